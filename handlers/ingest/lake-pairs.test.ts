import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { rawPrefix } from '../lake/layout.ts'
import type { ObjectStore } from '../lake/object-store.ts'
import { S3Store } from '../lake/s3-store.ts'
import { s3Error, scriptedS3 } from '../lake/testing/scripted-s3.ts'
import { directories, listed, s3Buckets, type TestStore } from '../lake/testing/stores.ts'
import { telegram } from '../sources/telegram/index.ts'
import { whatsapp } from '../sources/whatsapp/index.ts'
import { LakePairs } from './lake-pairs.ts'
import { ENVIRONMENT, NOON, telegramMessage } from './testing/deliveries.ts'
import type { Answered, Place } from './testing/ingest-process.ts'

const REQUEST = { receivedAt: NOON }
const never = new AbortController()

const pairsIn = (store: ObjectStore, deadline = never) => new LakePairs(telegram, () => store).during(REQUEST, deadline)

for (const kind of [directories(), s3Buckets()]) {
  describe(`pairs of ids ${kind.name}`, { skip: kind.skip }, () => {
    before(() => kind.start())
    after(() => kind.stop())

    test('what one function adds, every other finds', async () => {
      const { store } = await kind.open()
      const [one, another] = [pairsIn(store), pairsIn(store)]
      assert.deepEqual(await another.of('-2'), [])
      await one.add('-2', '-1')
      await another.add('-2', '-1')
      await another.add('-22', '-1')
      for (const pairs of [one, another, pairsIn(store)]) {
        assert.deepEqual(await pairs.of('-2'), ['-1'])
        assert.deepEqual(await pairs.of('-22'), ['-1'])
        assert.deepEqual(await pairs.of('-1'), [])
      }
      await one.add('-2', '-3')
      assert.deepEqual((await pairsIn(store).of('-2')).toSorted(), ['-1', '-3'])
      assert.deepEqual(
        (await listed(store, '')).map(({ key }) => key),
        ['telegram/chats/-2/-1.json', 'telegram/chats/-2/-3.json', 'telegram/chats/-22/-1.json'],
      )
      assert.deepEqual(await listed(store, rawPrefix('telegram', '')), [])
    })

    describe('of two processes with one lake', () => {
      let processes: readonly ChildProcess[]
      before(() => {
        const file = fileURLToPath(import.meta.resolve('./testing/ingest-process.js'))
        processes = [fork(file), fork(file)]
      })
      after(() => {
        for (const process of processes) process.kill()
      })

      test('a group that becomes a supergroup is kept, in whatever order and by whichever process its updates come', {
        timeout: 120_000,
      }, async () => {
        const orders = [...permutations(['in the old chat', 'departure', 'arrival', 'in the new chat'] as const)]
        // bit i says which process gets the update i. The processes are alike, so the first update goes to the first
        // process; on S3, where a delivery takes longer, two ways are enough.
        const ways = kind.name === 'on S3' ? [0b1010, 0b0110] : Array.from({ length: 8 }, (_, way) => way * 2)
        const cases = orders.flatMap(order => ways.map(way => ({ order, way })))
        const groups = cases.map((_, i) => ({ old: -(400_000_001 + i), new: -(1_001_500_000_001 + i) }))
        const opened = await kind.open()
        const env = { ...ENVIRONMENT, TELEGRAM_CHAT_ID: groups.map(group => group.old).join() }
        for (const process of processes) process.send(placeOf(opened, env))

        let kept = 0
        for (const [i, { order, way }] of cases.entries()) {
          const group = groups[i] as (typeof groups)[number]
          const updates = {
            'in the old chat': telegramMessage(group.old),
            departure: telegramMessage(group.old, { migrate_to_chat_id: group.new }),
            arrival: telegramMessage(group.new, { migrate_from_chat_id: group.old }),
            'in the new chat': telegramMessage(group.new),
          }
          for (const [at, name] of order.entries()) {
            const answered = await deliver(processes[(way >> at) & 1], updates[name])
            const isNotice = (it: string) => it === 'departure' || it === 'arrival'
            const isKept = name !== 'in the new chat' || order.slice(0, at).some(isNotice)
            if (isKept) kept++
            const events = [...(isNotice(name) ? ['chat_migrated'] : []), isKept ? 'stored' : 'foreign']
            assert.deepEqual(answered, { status: 200, events }, `${order.join(', ')}; ${way.toString(2)}; ${name}`)
          }
        }
        assert.equal((await listed(opened.store, rawPrefix('telegram', '2026-11-28'))).length, kept)
        assert.equal((await listed(opened.store, 'telegram/chats/')).length, cases.length)
      })
    })
  })
}

function placeOf({ files, bucket }: TestStore, env: Readonly<Record<string, string>>): Place {
  return { files, env, ...(bucket === undefined ? {} : { bucket }) }
}

async function deliver(process: ChildProcess | undefined, update: unknown): Promise<Answered> {
  assert.ok(process)
  process.send({ update })
  const [answered] = await once(process, 'message')
  return answered
}

test('an id that is found is not looked up again; one that is not found is', async () => {
  let lookUps = 0
  const { store } = await inDirectory()
  const counting: ObjectStore = Object.assign(Object.create(store), {
    list: (...what: Parameters<ObjectStore['list']>) => {
      lookUps++
      return store.list(...what)
    },
    putIfAbsent: (...what: Parameters<ObjectStore['putIfAbsent']>) => store.putIfAbsent(...what),
  })
  const pairs = pairsIn(counting)
  for (let i = 0; i < 3; i++) assert.deepEqual(await pairs.of('-2'), [])
  assert.equal(lookUps, 3)
  await pairsIn(store).add('-2', '-1')
  for (let i = 0; i < 3; i++) assert.deepEqual(await pairs.of('-2'), ['-1'])
  assert.equal(lookUps, 4)
})

test('S3 does not answer, or denies: an error, never "no pairs"; a deadline ends the request', async t => {
  const failures = [s3Error(403, 'AccessDenied'), s3Error(404, 'NoSuchBucket'), s3Error(503, 'SlowDown')]
  for (const failure of failures) {
    const { client } = await scriptedS3(t, failure)
    const pairs = pairsIn(new S3Store('raw', client))
    await assert.rejects(() => pairs.of('-2'))
    await assert.rejects(() => pairs.add('-2', '-1'))
  }
  const { client, requests } = await scriptedS3(t, { status: 200, body: 'x', sent: 'stalled' })
  const deadline = new AbortController()
  const answer = pairsIn(new S3Store('raw', client), deadline).of('-2')
  deadline.abort()
  await assert.rejects(answer, { name: 'AbortError' })
  assert.ok(requests.length <= 1)
})

test('a platform that declares no folder has no pairs', async () => {
  const { store } = await inDirectory()
  const pairs = new LakePairs(whatsapp, () => store).during(REQUEST, never)
  await assert.rejects(() => pairs.add('1', '2'), /whatsapp declares no pairsFolder/)
  await assert.rejects(() => pairs.of('1'), /whatsapp declares no pairsFolder/)
})

const kind = directories()
before(() => kind.start())
after(() => kind.stop())
const inDirectory = () => kind.open()

function* permutations<T>(items: readonly T[]): Iterable<readonly T[]> {
  if (items.length === 0) yield []
  for (const [i, first] of items.entries())
    for (const rest of permutations(items.filter((_, at) => at !== i))) yield [first, ...rest]
}
