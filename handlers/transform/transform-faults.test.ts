import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { addDays } from '../lake/calendar.ts'
import { tableKey } from '../lake/layout.ts'
import { altered } from '../lake/testing/stores.ts'
import { whatsapp } from '../sources/whatsapp/index.ts'
import { arrive, bytesOf, inDirectories, rowsOf, type TestLake } from './testing/transforms.ts'
import { transformDay } from './transform-day.ts'

/* What a day is when things happen around it that should not. */

const DAY = '2026-11-24'
const TABLE = tableKey(whatsapp.name, DAY)
const NOON = Date.parse(`${DAY}T15:00:00Z`)

const said = (...ids: string[]) =>
  Buffer.from(
    JSON.stringify({ entry: [{ changes: [{ value: { messages: ids.map(id => ({ id, text: { body: 'olá' } })) } }] }] }),
  )

const kind = inDirectories()

describe('a day in trouble', () => {
  before(() => kind.start())
  after(() => kind.stop())

  const idsOf = async (lake: TestLake, date = DAY) =>
    (await rowsOf(lake.enriched, tableKey(whatsapp.name, date))).map(row => row.message_id)

  test('ids are told apart by every character, a byte order mark too, also over days', async () => {
    const lake = await kind.open()
    await arrive(lake, whatsapp, DAY, said('\ufeffa', '\ufeff', 'b'), NOON)
    await arrive(lake, whatsapp, addDays(DAY, 1), said('a', '\ufeffa', '\ufeff', '\ufeffb'), NOON)
    await lake.transform(whatsapp, DAY)
    const { rows, duplicates } = await lake.transform(whatsapp, addDays(DAY, 1))
    assert.deepEqual([rows, duplicates], [2, 2])
    assert.deepEqual(await idsOf(lake, addDays(DAY, 1)), ['a', '\ufeffb'])
  })

  test('a listing that repeats a page fails the run before anything is read, and changes nothing', async () => {
    const lake = await kind.open()
    for (const i of [1, 2, 3]) await arrive(lake, whatsapp, DAY, said(`${i}`), NOON + i)
    await lake.enriched.store.put(TABLE, Buffer.from('old'))
    const raw = altered(lake.raw.store, {
      async *list(prefix) {
        yield* lake.raw.store.list(prefix)
        yield* lake.raw.store.list(prefix)
      },
    })
    await assert.rejects(() => transformDay(whatsapp, DAY, { raw, enriched: lake.enriched.store }), /listing/)
    assert.equal(Buffer.from((await bytesOf(lake.enriched, TABLE)) ?? []).toString(), 'old')
  })

  test('two runs of a day at once give the bytes of one', async () => {
    const lake = await kind.open()
    for (let i = 0; i < 50; i++) await arrive(lake, whatsapp, DAY, said(`${i}`, `${i % 7}`), NOON + i)
    const accounts = await Promise.all([1, 2, 3].map(() => lake.transform(whatsapp, DAY)))
    const together = await bytesOf(lake.enriched, TABLE)
    assert.deepEqual(accounts, Array(3).fill(await lake.transform(whatsapp, DAY)))
    assert.deepEqual(await bytesOf(lake.enriched, TABLE), together)
  })

  test('a delivery stored while its day is read is in the next run, and no run is torn by it', async () => {
    const lake = await kind.open()
    await arrive(lake, whatsapp, DAY, said('early'), NOON)
    const raw = altered(lake.raw.store, {
      async *list(prefix) {
        yield* lake.raw.store.list(prefix)
        await arrive(lake, whatsapp, DAY, said('late'), NOON + 1)
      },
    })
    const { objects, rows } = await transformDay(whatsapp, DAY, { raw, enriched: lake.enriched.store })
    assert.deepEqual([objects, rows, await idsOf(lake)], [1, 1, ['early']])
    await lake.transform(whatsapp, DAY)
    assert.deepEqual(await idsOf(lake), ['early', 'late'])
  })

  test('a run that ends after a later one leaves a whole older table, which the next run replaces', async () => {
    const lake = await kind.open()
    await arrive(lake, whatsapp, DAY, said('early'), NOON)
    const enriched = altered(lake.enriched.store, {
      async put(key, body) {
        await arrive(lake, whatsapp, DAY, said('late'), NOON + 1)
        await lake.transform(whatsapp, DAY)
        await lake.enriched.store.put(key, body)
      },
    })
    await transformDay(whatsapp, DAY, { raw: lake.raw.store, enriched })
    assert.deepEqual(await idsOf(lake), ['early'])
    await lake.transform(whatsapp, DAY)
    assert.deepEqual(await idsOf(lake), ['early', 'late'])
  })
})
