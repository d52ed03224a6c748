import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tableKey } from '../lake/layout.ts'
import type { ObjectStore } from '../lake/object-store.ts'
import { telegram } from '../sources/telegram/index.ts'
import { arrive, bytesOf, inDirectories } from './testing/transforms.ts'
import { timeLimit } from './time-limit.ts'
import { transformDay } from './transform-day.ts'

/** A run of 100 s at a steady pace: the object at which it ends itself, and the second. */
function run(objects: number, msEach: number, startMs = 0) {
  let now = 0
  const limit = timeLimit(() => 100_000 - now)
  now = startMs
  for (let done = 0; done <= objects; done++, now += msEach) {
    try {
      limit.check(done, objects)
    } catch (error) {
      assert.ok(error instanceof Error)
      return { done, second: Math.round(now / 1000), error }
    }
  }
  return null
}

test('a day that fits is let be, to nine tenths of the time', () => {
  assert.equal(run(80_000, 1), null)
  assert.equal(run(80_000, 1, 9_000), null)
  assert.equal(run(0, 1), null)
})

test('a day that has no chance ends after a fifth of the time, one that just misses a little later', () => {
  assert.equal(run(1_000_000, 1)?.second, 20)
  const late = run(95_000, 1)
  assert.ok(late && late.second >= 20 && late.second <= 90)
})

test('a few objects that take long are no less noticed', () => {
  assert.equal(run(300, 1000)?.second, 20)
})

test('a day that slows down ends before the run is killed', () => {
  let now = 0
  const limit = timeLimit(() => 100_000 - now)
  assert.throws(
    () => {
      for (let done = 0; done <= 50_000; done++, now += done < 45_000 ? 1 : 20) limit.check(done, 50_000)
    },
    { name: 'TimeTooShort' },
  )
  assert.ok(now < 100_000)
})

test('it says what it could not do, and that nothing was written', () => {
  const message = run(1_000_000, 1)?.error.message ?? ''
  assert.match(message, /^1,000,000 objects are more than this run can do in its 100 s: it had done 19,\d{3}|20,\d{3} /)
  assert.match(message, /Nothing was written\./)
})

test('a day that is too long to be listed ends before the run is killed', async () => {
  let left = 100_000
  async function* list(prefix: string) {
    for (let page = 10; page < 60; page++, left -= 2000)
      yield Array.from({ length: 10 }, (_, i) => ({ key: `${prefix}${page}${i}.json`, lastModified: 0, size: 1 }))
  }
  const raw = { ...NO_STORE, list }
  const limit = timeLimit(() => left)
  await assert.rejects(() => transformDay(telegram, '2026-11-24', { raw, enriched: NO_STORE }, limit), {
    name: 'TimeTooShort',
    message: /^460 objects .* it had done 0 after 90 s/,
  })
})

const NEVER = () => assert.fail('nothing may be asked of this store')
const NO_STORE: ObjectStore = {
  putIfAbsent: NEVER,
  put: NEVER,
  get: NEVER,
  readEach: NEVER,
  list: NEVER,
  delete: NEVER,
}

test('a run that is out of time leaves the table of the run before', async t => {
  const kind = inDirectories()
  await kind.start()
  t.after(() => kind.stop())
  const lake = await kind.open()
  const [date, table] = ['2026-11-24', tableKey('telegram', '2026-11-24')]
  await arrive(lake, telegram, date, Buffer.from('{"update_id":1,"message":{"chat":{"id":1}}}'), 0)
  await lake.enriched.store.put(table, Buffer.from('old'))
  const stores = { raw: lake.raw.store, enriched: lake.enriched.store }
  let left = 1000
  const limit = timeLimit(() => (left -= 450))
  await assert.rejects(() => transformDay(telegram, date, stores, limit), { name: 'TimeTooShort' })
  assert.equal(Buffer.from((await bytesOf(lake.enriched, table)) ?? []).toString(), 'old')
})
