import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { parseSecrets } from '../ingest/secrets-manager.ts'
import { SECRETS, sign, whatsappPost } from '../ingest/testing/deliveries.ts'
import { openIngest, testThatLogsAreDiscreet } from '../ingest/testing/harness.ts'
import { whatsapp } from '../sources/whatsapp/index.ts'
import type { SecretStore } from './configuration.ts'

const MINUTE = 60_000
const { WHATSAPP_APP_SECRET: OLD } = SECRETS
const NEW = `new-${OLD}`

/** A secret store with a programmable answer. Counts how often it is read. */
class FakeStore implements SecretStore {
  reads = 0
  answer: () => readonly string[] | Promise<readonly string[]> = () => [OLD]

  async read() {
    this.reads++
    return { WHATSAPP_APP_SECRET: await this.answer() }
  }

  fails = () => {
    throw new Error(`no access to ${OLD}`)
  }
}

describe('the secret store', () => {
  let store: FakeStore
  let clock: number
  let ingest: ReturnType<typeof openIngest>

  beforeEach(() => {
    store = new FakeStore()
    clock = Date.parse('2026-03-10T15:00:00Z')
    ingest = openIngest(whatsapp, { env: {}, secrets: store, now: () => clock, answerWithinMs: 20 })
  })

  const statusWith = async (secret: string) =>
    (await ingest.deliver(whatsappPost('{}', { headers: { 'X-Hub-Signature-256': sign('{}', secret) } }))).status

  const repeat = async (times: number, act: () => Promise<unknown>) => {
    for (let i = 0; i < times; i++) await act()
  }

  test('is read at the first delivery, and then not again', async () => {
    assert.equal(store.reads, 0)
    await repeat(50, async () => assert.equal(await statusWith(OLD), 200))
    assert.equal(store.reads, 1)
  })

  test('is not read for a method that is not allowed', async () => {
    await ingest.deliver(whatsappPost('{}', { method: 'PUT' }))
    assert.equal(store.reads, 0)
  })

  test('may hold two valid values; a value may contain a comma', async () => {
    store.answer = () => [OLD, `${NEW},`]
    const statuses = [await statusWith(OLD), await statusWith(`${NEW},`), await statusWith(NEW)]
    assert.deepEqual(statuses, [200, 200, 401])
  })

  test('is read again when a check fails: a new secret is accepted one minute after the last read', async () => {
    assert.equal(await statusWith(OLD), 200)
    store.answer = () => [NEW]
    clock += MINUTE - 1
    assert.equal(await statusWith(NEW), 401)
    assert.equal(store.reads, 1)
    clock += 1
    assert.equal(await statusWith(NEW), 200)
    assert.equal(await statusWith(OLD), 401)
    assert.equal(store.reads, 2)
  })

  test('is read at most once a minute, however many checks fail', async () => {
    await repeat(20, async () => assert.equal(await statusWith('wrong'), 401))
    assert.equal(store.reads, 1)
    clock += MINUTE
    await repeat(20, async () => assert.equal(await statusWith('wrong'), 401))
    assert.equal(store.reads, 2)
  })

  test('is read again after five minutes without a failed check: a withdrawn secret is refused', async () => {
    assert.equal(await statusWith(OLD), 200)
    store.answer = () => [NEW]
    clock += 10 * MINUTE
    assert.equal(await statusWith(OLD), 401)
    assert.equal(store.reads, 2)
  })

  test('fails at the first read: 500, nothing is stored, and the next delivery reads it again', async () => {
    store.answer = store.fails
    assert.equal(await statusWith(OLD), 500)
    assert.equal(ingest.stored.size, 0)
    store.answer = () => [OLD]
    assert.equal(await statusWith(OLD), 200)
  })

  test('fails later: the values read before stay valid, and it is not read again for a minute', async () => {
    assert.equal(await statusWith(OLD), 200)
    store.answer = store.fails
    clock += 10 * MINUTE
    await repeat(20, async () => assert.equal(await statusWith(OLD), 200))
    await repeat(20, async () => assert.equal(await statusWith('wrong'), 401))
    assert.equal(store.reads, 2)
    clock += MINUTE
    store.answer = () => [NEW]
    assert.equal(await statusWith(NEW), 200)
  })

  test('hangs at the first read: 500 within the time for an answer', async () => {
    store.answer = () => new Promise(() => {})
    assert.equal(await statusWith(OLD), 500)
    assert.equal(ingest.stored.size, 0)
  })

  test('is given up after half of the time for an answer, and after 4 s at most', async t => {
    const waited: number[] = []
    const { timeout } = AbortSignal
    t.mock.method(AbortSignal, 'timeout', (ms: number) => {
      waited.push(ms)
      return timeout.call(AbortSignal, ms)
    })
    for (const answerWithinMs of [undefined, 20_000, 2000]) {
      const webhook = { ...whatsapp.webhook, ...(answerWithinMs && { answerWithinMs }) }
      ingest = openIngest({ ...whatsapp, webhook }, { env: {}, secrets: store })
      assert.equal(await statusWith(OLD), 200)
    }
    assert.deepEqual(waited, [4000, 4000, 1000])
  })

  test('has no value of that name: 500, and the log names it', async () => {
    store.answer = () => []
    assert.equal(await statusWith(''), 500)
    assert.equal(ingest.lines[0]?.setting, 'WHATSAPP_APP_SECRET')
  })

  test('is not read where an environment variable is set: the variable wins', async () => {
    ingest = openIngest(whatsapp, { env: { WHATSAPP_APP_SECRET: NEW }, secrets: store, now: () => clock })
    assert.deepEqual([await statusWith(NEW), await statusWith(OLD)], [200, 401])
    clock += 10 * MINUTE
    assert.equal(await statusWith(OLD), 401)
    assert.equal(store.reads, 0)
  })

  test('is read where the environment variable is empty', async () => {
    ingest = openIngest(whatsapp, { env: { WHATSAPP_APP_SECRET: '' }, secrets: store, now: () => clock })
    assert.equal(await statusWith(OLD), 200)
  })
})

describe('the JSON of the secret', () => {
  test('holds a string or a list of strings for each name; other values are dropped', () => {
    const json =
      '{"A":"a","B":["b1","b2"],"C":"","D":[""],"E":null,"F":5,"G":[5,"g",null],"H":{"a":"b"},"__proto__":"p"}'
    const { A, B, C, D, E, F, G, H, ...others } = parseSecrets(json)
    assert.deepEqual(
      { A, B, C, D, E, F, G, H },
      { A: ['a'], B: ['b1', 'b2'], C: [], D: [], E: [], F: [], G: ['g'], H: [] },
    )
    assert.deepEqual(Object.keys(others), ['__proto__'])
  })

  for (const text of ['', 'app-secret', '"app-secret"', '["app-secret"]', 'null', '5', '{"A":"app-secret"']) {
    test(`${text || 'an empty text'} is refused, and the error does not quote it`, () => {
      assert.throws(
        () => parseSecrets(text),
        (error: Error) => !`${error.message}${error.cause ?? ''}`.includes('app-secret'),
      )
    })
  }
})

testThatLogsAreDiscreet()
