import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tableKey } from '../lake/layout.ts'
import type { ObjectStore } from '../lake/object-store.ts'
import { telegram } from '../sources/telegram/index.ts'
import { arrive, bytesOf, inDirectories } from './testing/transforms.ts'
import { timeLimit } from './time-limit.ts'
import { transformDay } from './transform-day.ts'

/** When a run of 100 s at a steady pace ends itself: after which object and second; null if it does not. */
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

test('a day may take nine tenths of the time', () => {
  assert.equal(run(80_000, 1), null)
  assert.equal(run(80_000, 1, 9_000), null)
  assert.equal(run(0, 1), null)
})

test('a day that is far too long ends after a fifth of the time, one that is slightly too long a little later', () => {
  assert.equal(run(1_000_000, 1)?.second, 20)
  const late = run(95_000, 1)
  assert.ok(late && late.second >= 20 && late.second <= 90)
})

test('a day of a few slow objects ends as early', () => {
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

test('the error says what could not be done, and that nothing was written', () => {
  const message = run(1_000_000, 1)?.error.message ?? ''
  assert.match(
    message,
    /^1,000,000 objects are more than this run can process in 100 s: (19,\d{3}|20,\d{3}) were done after /,
  )
  assert.match(message, /Nothing was written\./)
})

test('a day that takes too long to list ends before the run is killed', async () => {
  let left = 100_000
  async function* list(prefix: string) {
    for (let page = 10; page < 60; page++, left -= 2000)
      yield Array.from({ length: 10 }, (_, i) => ({ key: `${prefix}${page}${i}.json`, lastModified: 0, size: 1 }))
  }
  const raw = { ...NO_STORE, list }
  const limit = timeLimit(() => left)
  await assert.rejects(() => transformDay(telegram, '2026-11-24', { raw, enriched: NO_STORE }, limit), {
    name: 'TimeTooShort',
    message: /^460 objects .* 0 were done after 90 s/,
  })
})

const NEVER = () => assert.fail('this store must not be used')
const NO_STORE: ObjectStore = {
  putIfAbsent: NEVER,
  put: NEVER,
  get: NEVER,
  readEach: NEVER,
  list: NEVER,
  delete: NEVER,
}

test('a run that ends for lack of time leaves the table of the previous run', async t => {
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
