import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { S3Store } from '../lake/s3-store.ts'
import { s3Buckets } from '../lake/testing/stores.ts'
import { whatsapp } from '../sources/whatsapp/index.ts'
import { NOON, SECRETS, sign, whatsappPost } from './testing/deliveries.ts'
import { only, openIngest, testThatLogsAreDiscreet } from './testing/harness.ts'

/* Clocks that jump, and a secret store that is slow or changes during traffic. See also configuration.test.ts. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const { WHATSAPP_APP_SECRET: OLD } = SECRETS
const NEW = `new-${OLD}`

const signedWith = (secret: string, body = '{}') =>
  whatsappPost(body, { headers: { 'X-Hub-Signature-256': sign(body, secret) } })

describe('during traffic', () => {
  let clock: number
  let valid: readonly string[]
  let reads: number
  let read: (signal: AbortSignal) => Promise<readonly string[]>
  let ingest: ReturnType<typeof openIngest>

  beforeEach(() => {
    clock = NOON
    valid = [OLD]
    reads = 0
    read = async () => valid
    const secrets = {
      async read(signal: AbortSignal) {
        reads++
        return { WHATSAPP_APP_SECRET: await read(signal) }
      },
    }
    ingest = openIngest(whatsapp, { env: {}, secrets, now: () => clock, answerWithinMs: 2000 })
  })

  const statuses = (...secrets: string[]) =>
    Promise.all(secrets.map(async secret => (await ingest.deliver(signedWith(secret))).status))

  test('a rotation with two valid secrets refuses no delivery, whichever secret signed it', async () => {
    assert.deepEqual(await statuses(OLD, OLD), [200, 200])
    valid = [OLD, NEW]
    clock += 6 * MINUTE
    assert.deepEqual(await statuses(OLD, NEW, OLD, NEW), [200, 200, 200, 200])
    valid = [NEW]
    clock += 6 * MINUTE
    assert.deepEqual(await statuses(NEW, OLD), [200, 401])
  })

  test('a secret that is replaced at once refuses deliveries for at most a minute; the platform sends them again', async () => {
    assert.deepEqual(await statuses(OLD), [200])
    valid = [NEW]
    const refused = []
    for (let second = 0; second < 120; second++) {
      clock += 1000
      const [status] = await statuses(NEW)
      if (status !== 200) refused.push(status)
    }
    assert.deepEqual(refused, Array(59).fill(401))
  })

  test('a slow store is given up after 4 s, and the values read before stay valid', async t => {
    assert.deepEqual(await statuses(OLD), [200])
    const waited: number[] = []
    const { timeout } = AbortSignal
    t.mock.method(AbortSignal, 'timeout', (ms: number) => {
      waited.push(ms)
      return timeout.call(AbortSignal, 5)
    })
    read = signal =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
    clock += 10 * MINUTE
    assert.deepEqual(await statuses(OLD, 'wrong'), [200, 401])
    assert.ok(waited.every(ms => ms <= 4000))
    clock += 1000
    const before = reads
    assert.deepEqual(await statuses(OLD, OLD), [200, 200])
    assert.equal(reads, before, 'and it is not read again at once')
  })

  test('after the clock goes back the store is read again: a new secret does not wait for the old time', async () => {
    assert.deepEqual(await statuses(OLD), [200])
    clock -= 5 * HOUR
    valid = [NEW]
    assert.deepEqual(await statuses(NEW), [200])
    assert.deepEqual(await statuses(OLD), [401])
    assert.equal(reads, 2)
  })

  test('after the clock goes forward the store is read once more, and then as usual', async () => {
    assert.deepEqual(await statuses(OLD), [200])
    clock += 1000 * HOUR
    assert.deepEqual(await statuses(OLD), [200])
    assert.deepEqual(await statuses(OLD, OLD), [200, 200])
    assert.equal(reads, 2)
  })
})

test('the day comes from the time of the request, not from the clock of the process', async t => {
  t.mock.method(Date, 'now', () => NOON + 400 * 24 * HOUR)
  const { key, receivedAt } = only(await openIngest(whatsapp).deliver(whatsappPost()))
  assert.match(key, /context_date=2026-03-10/)
  assert.equal(receivedAt, NOON)
})

const buckets = s3Buckets()

describe('a process with a wrong clock', { skip: buckets.skip }, () => {
  before(() => buckets.start())
  after(() => buckets.stop())

  for (const [how, by] of [
    ['an hour fast', HOUR],
    ['a day slow', -24 * HOUR],
  ] as const) {
    test(`${how}: S3 refuses the signature, the SDK corrects its clock, and the body is stored`, async t => {
      const { bucket = '' } = await buckets.open()
      const wrong = Date.now() + by
      t.mock.method(Date, 'now', () => wrong)
      const store = new S3Store(bucket)
      assert.equal(await store.putIfAbsent('a.json', Buffer.from('a'), NOON), 'created')
      assert.deepEqual((await store.get('a.json'))?.receivedAt, NOON)
    })
  }
})

testThatLogsAreDiscreet()
