import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { addDays } from '../lake/calendar.ts'
import type { ObjectStore } from '../lake/object-store.ts'
import { altered } from '../lake/testing/stores.ts'
import type { Source } from '../sources/source.ts'
import { whatsapp } from '../sources/whatsapp/index.ts'
import { at, countsOf, DAY, delivery, idsIn, QUARANTINE, said, TABLE } from './testing/days.ts'
import { arrive, bytesOf, inDirectories, onS3, rowsOf, type TestLake } from './testing/transforms.ts'
import { transformDay } from './transform-day.ts'

for (const kind of [inDirectories(), onS3()]) {
  describe(`a day that fails, ${kind.name}`, { skip: kind.skip }, () => {
    before(() => kind.start())
    after(() => kind.stop())

    test('whichever call of the store it dies at, it leaves the old or the new, and a clean run makes the day whole', async () => {
      const lake = await kind.open()
      await arrive(lake, whatsapp, DAY, delivery(said('a'), 0), at(0))
      await arrive(lake, whatsapp, addDays(DAY, -3), delivery(said('b', 'earlier')), at(0))
      await lake.transform(whatsapp, addDays(DAY, -3))
      await lake.transform(whatsapp, DAY)
      const state = async () => {
        const files = [await bytesOf(lake.enriched, TABLE), await bytesOf(lake.enriched, QUARANTINE)]
        return files.map(file => Buffer.from(file ?? assert.fail()).toString('base64'))
      }
      const old = await state()
      for (const i of [1, 2, 3]) await arrive(lake, whatsapp, DAY, delivery(said(`more ${i}`), said('b'), i), at(i))
      await lake.transform(whatsapp, DAY)
      const fresh = await state()

      let deaths = 0
      for (let call = 1, died = true; died; call++) {
        for (const [i, key] of [TABLE, QUARANTINE].entries())
          await lake.enriched.store.put(key, Buffer.from(old[i] ?? assert.fail(), 'base64'))
        died = await transformDay(whatsapp, DAY, dyingAt(call, lake)).then(
          () => false,
          error => error instanceof Death || Promise.reject(error),
        )
        for (const [i, file] of (await state()).entries()) assert.ok(file === old[i] || file === fresh[i])
        await lake.transform(whatsapp, DAY)
        assert.deepEqual(await state(), fresh)
        if (died) deaths++
      }
      assert.equal(deaths, 1 + 3 * 7 + 4 + 5, 'a listing, for 3 tables a look back of 7 days, 4 objects, 5 files')
    })

    test('an object that vanishes between listing and reading throws a sentence, and changes nothing', async () => {
      const lake = await kind.open()
      const keys = []
      for (const i of [0, 1, 2]) keys.push(await arrive(lake, whatsapp, DAY, delivery(said(`${i}`)), at(i)))
      await lake.enriched.store.put(TABLE, Buffer.from('old'))
      const [, vanishing = ''] = keys
      const raw = altered(lake.raw.store, {
        async *list(prefix) {
          yield* lake.raw.store.list(prefix)
          await lake.raw.store.delete(vanishing)
        },
      })
      await assert.rejects(
        () => transformDay(whatsapp, DAY, { raw, enriched: lake.enriched.store }),
        ({ message }: Error) => message.includes(vanishing) && / .* /.test(message),
      )
      assert.equal(Buffer.from((await bytesOf(lake.enriched, TABLE)) ?? []).toString(), 'old')
    })

    test('a body whose reading throws is quarantined whole and exactly, between neighbours that keep their rows', async () => {
      const lake = await kind.open()
      const fragile: Source = {
        ...whatsapp,
        parse(body, receivedAt) {
          if (Buffer.from(body).includes('boom')) throw new TypeError('nobody foresaw this')
          return whatsapp.parse(body, receivedAt)
        },
      }
      await arrive(lake, whatsapp, DAY, delivery(said('before')), at(0))
      const text = delivery(said('boom é'))
      const binary = Buffer.from([...Buffer.from('boom'), 0xff])
      const raw_keys = [
        await arrive(lake, whatsapp, DAY, text, at(1)),
        await arrive(lake, whatsapp, DAY, binary, at(2)),
      ]
      await arrive(lake, whatsapp, DAY, delivery(said('after')), at(3))
      const account = await lake.transform(fragile, DAY)
      assert.deepEqual(countsOf(account), {
        objects: 4,
        items: 4,
        rows: 2,
        duplicates: 0,
        quarantined: 2,
      })
      assert.deepEqual(await idsIn(lake), ['before', 'after'])
      const rows = await rowsOf(lake.enriched, QUARANTINE)
      assert.deepEqual(
        rows.map(({ raw_key, reason, payload }) => ({ raw_key, reason, payload })),
        [
          { raw_key: raw_keys[0], reason: 'unreadable', payload: text.toString() },
          { raw_key: raw_keys[1], reason: 'unreadable', payload: binary.toString('base64') },
        ],
      )
      for (const { detail } of rows) assert.match(detail, /nobody foresaw this/)
    })
  })
}

class Death extends Error {}

/** A lake's stores as a process sees them that dies as it makes its `deadly`-th call. */
function dyingAt(deadly: number, lake: TestLake) {
  let calls = 0
  const live = () => {
    if (++calls >= deadly) throw new Death()
  }
  const mortal = (store: ObjectStore) =>
    altered(store, {
      async put(...put) {
        live()
        return store.put(...put)
      },
      async get(key) {
        live()
        return store.get(key)
      },
      async delete(key) {
        live()
        return store.delete(key)
      },
      async *list(...what) {
        live()
        yield* store.list(...what)
      },
    })
  return { raw: mortal(lake.raw.store), enriched: mortal(lake.enriched.store) }
}
