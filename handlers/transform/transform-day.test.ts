import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { addDays } from '../lake/calendar.ts'
import { quarantineKey, rawKey, rawPrefix, tableKey } from '../lake/layout.ts'
import type { Reason } from '../lake/quarantine.ts'
import { copyIn, setLastModified } from '../lake/testing/stores.ts'
import { dayKeys } from '../sources/day-keys.ts'
import { sources } from '../sources/index.ts'
import type { Identity, Source } from '../sources/source.ts'
import { telegram } from '../sources/telegram/index.ts'
import { fixturesOf, sortedPairs } from '../sources/testing/fixtures.ts'
import { testKits } from '../sources/testing/test-kits.ts'
import { whatsapp } from '../sources/whatsapp/index.ts'
import { at, countsOf, DAY, delivery, idsIn, json, QUARANTINE, said, TABLE, update } from './testing/days.ts'
import { arrive, byBundlesOnS3, bytesOf, inDirectories, rowsOf, type TestLake } from './testing/transforms.ts'

for (const kind of [inDirectories(), byBundlesOnS3()]) {
  describe(`a day ${kind.name}`, { skip: kind.skip }, () => {
    before(() => kind.start())
    after(() => kind.stop())

    test('2,500 objects are read, every one', async () => {
      const lake = await kind.open()
      for (let i = 0; i < 2500; i++) {
        const body = update(i)
        copyIn(lake.raw, rawKey('telegram', DAY, body), body, at(i))
      }
      const account = await lake.transform(telegram, DAY)
      assert.deepEqual([account.objects, account.rows], [2500, 2500])
      const ids = (await rowsOf(lake.enriched, tableKey('telegram', DAY))).map(row => Number(row.update_id))
      assert.deepEqual(
        ids,
        Array.from({ length: 2500 }, (_, i) => i),
      )
    })

    test('a body of 1,000 updates is 1,000 rows in their order', async () => {
      const lake = await kind.open()
      const ids = Array.from({ length: 1000 }, (_, i) => `wamid.${i}`)
      await arrive(lake, whatsapp, DAY, delivery(...ids.map(id => said(id))), at(0))
      assert.equal((await lake.transform(whatsapp, DAY)).rows, 1000)
      assert.deepEqual(await idsIn(lake), ids)
    })

    test('an empty day succeeds, writes nothing, and removes a stale table and stale quarantine', async () => {
      const lake = await kind.open()
      const others = [tableKey('whatsapp', addDays(DAY, 1)), ...dayKeys(telegram, DAY).values()]
      const own = [...dayKeys(whatsapp, DAY).values()]
      for (const key of [...own, ...others]) await lake.enriched.store.put(key, Buffer.from('stale'))
      for (const run of ['with stale objects', 'without']) {
        const account = await lake.transform(whatsapp, DAY)
        const none = { objects: 0, items: 0, rows: 0, duplicates: 0, quarantined: 0 }
        const names = ['whatsapp', 'whatsapp_statuses', 'events', 'identities', 'quarantine']
        const tables = Object.fromEntries(names.map(name => [name, { key: null, rows: 0 }]))
        assert.deepEqual(account, { source: 'whatsapp', date: DAY, ...none, tables }, run)
        for (const key of own) assert.equal(await bytesOf(lake.enriched, key), null, run)
      }
      for (const key of others) assert.ok(await bytesOf(lake.enriched, key))
    })

    test('a day without a new row writes no table, one without a bad message no quarantine', async () => {
      const lake = await kind.open()
      await arrive(lake, whatsapp, DAY, json({ entry: [{ changes: [{ value: { statuses: [{}, {}] } }] }] }), at(0))
      await arrive(lake, whatsapp, DAY, delivery({ text: 'no id' }), at(1))
      const account = await lake.transform(whatsapp, DAY)
      assert.deepEqual(countsOf(account), { objects: 2, items: 3, rows: 0, duplicates: 0, quarantined: 3 })
      assert.deepEqual(account.tables.whatsapp, { key: null, rows: 0 })
      assert.deepEqual(account.tables.quarantine, { key: QUARANTINE, rows: 3 })
      assert.equal(await bytesOf(lake.enriched, TABLE), null)
      assert.equal((await rowsOf(lake.enriched, QUARANTINE)).length, 3)
    })

    test('the same raw day gives the same bytes, again here and in a directory', async t => {
      const directories = inDirectories()
      await directories.start()
      t.after(() => directories.stop())
      const [lake, other] = [await kind.open(), await directories.open()]
      for (const source of sources) {
        const keys = [...dayKeys(source, DAY).values()].filter(
          key => source !== telegram || !key.startsWith('identities'),
        )
        const made = async (it: TestLake) => {
          await it.transform(source, DAY)
          return Promise.all(keys.map(async key => Buffer.from((await bytesOf(it.enriched, key)) ?? assert.fail(key))))
        }
        const bodies = fixturesOf(source).filter((_, i) => i % 4 === 0)
        for (const it of [lake, other])
          for (const [i, { body }] of bodies.entries()) await arrive(it, source, DAY, body, at(i % 7))
        const first = await made(lake)
        for (const files of [await made(lake), await made(other)])
          for (const [i, key] of keys.entries()) assert.ok(first[i]?.equals(files[i] ?? assert.fail()), key)
      }
    })

    test('a message repeated within a body or a day is one row: the first to arrive', async () => {
      const lake = await kind.open()
      await arrive(lake, whatsapp, DAY, delivery(said('a', 'first'), said('b'), said('a', 'second')), at(0))
      await arrive(lake, whatsapp, DAY, delivery(said('c'), said('a', 'third')), at(1))
      const account = await lake.transform(whatsapp, DAY)
      assert.deepEqual(countsOf(account), {
        objects: 2,
        items: 5,
        rows: 3,
        duplicates: 2,
        quarantined: 0,
      })
      const rows = await rowsOf(lake.enriched, TABLE)
      assert.deepEqual(
        rows.map(row => [row.message_id, row.message]),
        [
          ['a', 'first'],
          ['b', 'b'],
          ['c', 'c'],
        ],
      )
    })

    test('first is the earliest LastModified, then the first key, whatever the arrival in the metadata', async () => {
      const lake = await kind.open()
      const texts = new Map(['one', 'two', 'three', 'four'].map(text => [delivery(said('a', text), said(text)), text]))
      const keys = new Map([...texts].map(([body, text]) => [rawKey('whatsapp', DAY, body), text]))
      for (const [i, body] of [...texts.keys()].entries()) await arrive(lake, whatsapp, DAY, body, at(100 - i))
      const byKey = [...keys.keys()].toSorted()

      /** What a run makes of the day when the object of each rank by key was last modified in that second. */
      async function orderWith(...seconds: number[]) {
        for (const [rank, key] of byKey.entries()) setLastModified(lake.raw, key, at(seconds[rank] ?? 0))
        assert.equal((await lake.transform(whatsapp, DAY)).duplicates, 3)
        const [kept, ...rows] = await rowsOf(lake.enriched, TABLE)
        assert.equal(kept?.message, rows[0]?.message_id, 'the first delivery is the one kept')
        return rows.map(row => byKey.findIndex(key => keys.get(key) === row.message_id))
      }
      assert.deepEqual(await orderWith(0, 0, 0, 0), [0, 1, 2, 3])
      assert.deepEqual(await orderWith(3, 2, 1, 0), [3, 2, 1, 0])
      assert.deepEqual(await orderWith(1, 1, 0, 1), [2, 0, 1, 3])
    })

    for (const source of sources) {
      test(`a ${source.name} message redelivered up to 7 days later is a duplicate, on the 8th day a new row`, async () => {
        const lake = await kind.open()
        const first = '2026-12-28'
        const body = (id: number, day: number) =>
          source === telegram ? update(id, `day ${day}`) : delivery(said(String(id), `day ${day}`))
        const days = Array.from({ length: 8 }, (_, i) => i + 1)
        for (const day of days) {
          await arrive(lake, source, first, body(day, 0), at(0))
          await arrive(lake, source, addDays(first, day), body(day, day), at(0))
        }
        assert.equal((await lake.transform(source, first)).rows, 8)
        const firstTable = await bytesOf(lake.enriched, tableKey(source.name, first))
        for (const day of days) {
          const { rows, duplicates, tables } = await lake.transform(source, addDays(first, day))
          const isNew = day > 7
          assert.deepEqual([rows, duplicates], isNew ? [1, 0] : [0, 1], `${day} days later`)
          assert.equal(tables[source.name]?.key, isNew ? tableKey(source.name, addDays(first, day)) : null)
        }
        await lake.transform(source, first)
        const again = await bytesOf(lake.enriched, tableKey(source.name, first))
        assert.ok(
          again && Buffer.from(again).equals(firstTable ?? assert.fail()),
          'no later day changes an earlier one',
        )
      })
    }

    test("a message without an id that could be kept exactly is nobody's duplicate", async () => {
      const lake = await kind.open()
      for (const [i, date] of [DAY, DAY, addDays(DAY, 1)].entries()) {
        const body = `{"update_id":1e30,"message":{"chat":{"id":1},"message_id":${i}}}`
        await arrive(lake, telegram, date, Buffer.from(body), at(i))
      }
      assert.equal((await lake.transform(telegram, DAY)).rows, 2)
      assert.equal((await lake.transform(telegram, addDays(DAY, 1))).rows, 1)
    })

    test('a message under another update_id, and an event in another body, are duplicates, also days later', async () => {
      const lake = await kind.open()
      const message = (update_id: number, message_id: number) =>
        json({ update_id, message: { message_id, date: 1, chat: { id: 1 } } })
      const edit = (update_id: number) =>
        json({ update_id, edited_message: { message_id: 1, date: 1, edit_date: 2, chat: { id: 1 } } })
      const poll = (update_id: number) => json({ update_id, poll: { id: '5' } })
      const bodies = [message(1, 1), message(2, 1), message(1, 2), edit(1), edit(2), poll(1), poll(2)]
      for (const [i, body] of bodies.entries()) await arrive(lake, telegram, DAY, body, at(i))
      const first = await lake.transform(telegram, DAY)
      assert.deepEqual([first.tables.telegram?.rows, first.tables.events?.rows, first.duplicates], [2, 3, 2])
      for (const [i, body] of bodies.entries()) await arrive(lake, telegram, addDays(DAY, 7), body, at(i))
      assert.equal((await lake.transform(telegram, addDays(DAY, 7))).duplicates, bodies.length)

      const call = (time: number, event: string) => `{"id":"wacid.1","event":"${event}","timestamp":"${time}"}`
      const template = '{"event":"APPROVED","message_template_id":1}'
      const changes = [
        ['calls', `{"calls":[${call(1, 'connect')},${call(2, 'connect')},${call(3, 'terminate')}]}`],
        ['message_template_status_update', template],
      ].map(([field, value]) => `{"field":"${field}","value":${value}}`)
      for (const [i, time] of [1, 1, 2].entries()) {
        const body = Buffer.from(`{"entry":[{"id":"${i}","time":${time},"changes":[${changes}]}]}`)
        await arrive(lake, whatsapp, DAY, body, at(i))
      }
      const { rows, duplicates } = await lake.transform(whatsapp, DAY)
      assert.deepEqual([rows, duplicates], [4, 8]) // two of the call, the template at two times
    })

    test('messages of chats whose ids exceed int64 are told apart by their updates', async () => {
      const lake = await kind.open()
      for (const [i, chat] of ['1e30', '2e30', '1e30'].entries()) {
        const body = `{"update_id":${chat[0]},"message":{"chat":{"id":${chat}},"message_id":7,"date":1}}`
        await arrive(lake, telegram, i < 2 ? DAY : addDays(DAY, 1), Buffer.from(body), at(i))
      }
      assert.equal((await lake.transform(telegram, DAY)).rows, 2)
      assert.equal((await lake.transform(telegram, addDays(DAY, 1))).duplicates, 1)
    })

    test('statuses of participants of a group are told apart by whatever id they have', async () => {
      const lake = await kind.open()
      const status = { id: 'wamid.sent', status: 'read', recipient_type: 'group', recipient_id: 'group' }
      const body = json({
        entry: [
          {
            changes: [
              {
                value: {
                  statuses: [
                    { recipient_participant_user_id: 'BR.1' },
                    { recipient_participant_id: '5511900010001' },
                    { recipient_participant_id: 'a' },
                    { recipient_participant_id: 'b' },
                    { recipient_participant_parent_user_id: 'BR.ENT.1' },
                    { recipient_participant_parent_user_id: 'BR.ENT.2' },
                    {},
                  ].map(participant => ({ ...status, ...participant })),
                },
              },
            ],
          },
        ],
      })
      await arrive(lake, whatsapp, DAY, body, at(1))
      await arrive(lake, whatsapp, addDays(DAY, 1), body, at(2))
      assert.equal((await lake.transform(whatsapp, DAY)).rows, 7)
      assert.equal((await lake.transform(whatsapp, addDays(DAY, 1))).duplicates, 7)
    })

    test('a payment whose transaction has values of any type costs no neighbour its row', async () => {
      const lake = await kind.open()
      const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
      const ids = [
        deep,
        '{"toString":1,"valueOf":1}',
        '{"__proto__":null}',
        '9007199254740993',
        '9007199254740992',
        '"a"',
      ]
      const statuses = ids.map(
        id => `{"id":"wamid.sent","status":"captured","type":"payment","payment":{"transaction":{"id":${id}}}}`,
      )
      const odd = ['null', '5', '[]', '{"transaction":"x"}'].map(
        (payment, i) => `{"id":"wamid.${i}","status":"captured","type":"payment","payment":${payment}}`,
      )
      const all = [...statuses, ...odd]
      const body = Buffer.from(`{"entry":[{"changes":[{"value":{"statuses":[${all}]}}]}]}`)
      await arrive(lake, whatsapp, DAY, body, at(1))
      await arrive(lake, whatsapp, addDays(DAY, 1), body, at(2))
      assert.equal((await lake.transform(whatsapp, DAY)).rows, all.length)
      assert.equal((await lake.transform(whatsapp, addDays(DAY, 1))).duplicates, all.length)
    })

    test('events of a call or a purchase that do not say what happened are told apart by their payload', async () => {
      const lake = await kind.open()
      const items = (list: string) => `"${list}":[{"id":"x"},{"id":"x","timestamp":"1"},{"id":"x"}]`
      const value = ['calls', 'automatic_events'].map(items).join(',')
      await arrive(lake, whatsapp, DAY, Buffer.from(`{"entry":[{"changes":[{"value":{${value}}}]}]}`), at(1))
      const { rows, duplicates } = await lake.transform(whatsapp, DAY)
      assert.deepEqual([rows, duplicates], [4, 2])
    })

    test('received_at is the arrival kept with the object, else its LastModified, in whole seconds', async () => {
      const lake = await kind.open()
      await arrive(lake, whatsapp, DAY, delivery(said('told')), at(7) + 999)
      const [copied, kept] = [delivery(said('copied')), delivery(said('kept'))]
      copyIn(lake.raw, rawKey('whatsapp', DAY, copied), copied, at(8))
      const key = await arrive(lake, whatsapp, DAY, kept, at(9))
      if (lake.raw.bucket) setLastModified(lake.raw, key, at(3600)) // as after a copy from bucket to bucket
      await lake.transform(whatsapp, DAY)
      const rows = await rowsOf(lake.enriched, TABLE)
      assert.deepEqual(
        rows.map(row => [row.message_id, Number(row.received_at) * 1000]),
        [
          ['told', at(7)],
          ['copied', at(8)],
          ['kept', at(9)],
        ],
      )
    })

    test('only the objects of that day and source are read, and no folder counts as one', async () => {
      const lake = await kind.open()
      await arrive(lake, whatsapp, DAY, delivery(said('ours')), at(0))
      for (const date of [addDays(DAY, -1), addDays(DAY, 1), `${DAY}0`])
        await arrive(lake, whatsapp, date, delivery(said('other')), at(0))
      await arrive(lake, telegram, DAY, delivery(said('other')), at(0))
      for (const folder of [rawPrefix('whatsapp', DAY), `${rawPrefix('whatsapp', DAY)}sub/`]) {
        if (lake.raw.bucket) await lake.raw.store.put(folder, new Uint8Array())
        else mkdirSync(join(lake.raw.files, folder), { recursive: true })
      }
      assert.equal((await lake.transform(whatsapp, DAY)).objects, 1)
      assert.deepEqual(await idsIn(lake), ['ours'])
    })

    test('an impossible date throws', async () => {
      const lake = await kind.open()
      for (const date of ['2026-02-30', '2026-11-31', '24/11/2026', ''])
        await assert.rejects(() => lake.transform(whatsapp, date), { name: 'RangeError', message: /YYYY-MM-DD/ }, date)
    })

    test('every reason for quarantine, as it reads in the table', async () => {
      const lake = await kind.open()
      const bad = `{ "id" : 12345678901234567890, "text":"\\ud83d \\u00e9" }`
      const bodies: Readonly<Record<Exclude<Reason, 'unreadable'>, [Source, body: Buffer, payload: string]>> = {
        not_utf8: [whatsapp, Buffer.from([0x7b, 0xff, 0x7d]), 'e/99'],
        not_json: [whatsapp, Buffer.from('{"a":\0} é'), '{"a":\0} é'],
        not_object: [telegram, Buffer.from('{"update_id":1,"message":[1.10, "x"]}'), '[1.10, "x"]'],
        not_array: [whatsapp, Buffer.from('{"entry":[{"changes":[{"value":{"messages": "x" }}]}]}'), '"x"'],
        missing_id: [whatsapp, Buffer.from(`{"entry":[{"changes":[{"value":{"messages":[ ${bad} ]}}]}]}`), bad],
        missing_chat: [telegram, Buffer.from('{"update_id":1,"message":{"text":""}}'), '{"text":""}'],
      }
      const expected = new Map<Source, Record<string, unknown>[]>(sources.map(source => [source, []]))
      for (const [i, [reason, [source, body, payload]]] of Object.entries(bodies).entries()) {
        const raw_key = await arrive(lake, source, DAY, body, at(i) + 999)
        expected.get(source)?.push({ raw_key, reason, payload, received_at: BigInt(at(i) / 1000) })
      }
      for (const [source, rows] of expected) {
        const { quarantined, items } = await lake.transform(source, DAY)
        assert.deepEqual([quarantined, items], [rows.length, rows.length])
        const read = await rowsOf(lake.enriched, quarantineKey(source.name, DAY))
        for (const { detail } of read) assert.match(String(detail), /^[a-z].* .*[^.]$/, 'a human detail')
        assert.deepEqual(
          read.map(({ detail, ...row }) => row),
          rows,
        )
      }
    })
  })
}

describe('a day of all fixtures', () => {
  const kind = inDirectories()
  before(() => kind.start())
  after(() => kind.stop())

  for (const source of sources) {
    test(`${source.name}: they become exactly their rows, and their account balances`, async () => {
      const lake = await kind.open()
      const fixtures = new Map(fixturesOf(source).map(fixture => [rawKey(source.name, DAY, fixture.body), fixture]))
      for (const [key, { body }] of fixtures) copyIn(lake.raw, key, body, at(0))

      const account = await lake.transform(source, DAY)

      const inOrder = [...fixtures].toSorted(([a], [b]) => (a < b ? -1 : 1))
      const quarantined = inOrder.flatMap(([raw_key, fixture]) =>
        fixture.quarantined.map(({ reason, payload }) => ({ raw_key, reason, payload })),
      )
      const received_at = BigInt(at(0) / 1000)
      const keys = dayKeys(source, DAY)
      const key = (table: string) => keys.get(table) ?? assert.fail(table)
      const tables: Record<string, { key: string | null; rows: number }> = {}
      let [items, kept] = [quarantined.length, 0]
      for (const { name, columns } of source.tables) {
        const all = inOrder.flatMap(([raw_key, { rows }]) =>
          (rows[name] ?? []).map(row => ({ ...row, ...('raw_key' in columns ? { raw_key } : {}), received_at })),
        )
        const seen = new Set()
        const rows = all.filter(row => seen.size < seen.add(kitOf(source).sameness(name, row)).size)
        assert.deepEqual(
          await rowsOf(lake.enriched, key(name)),
          rows.map(row => inColumns(columns, row)),
          name,
        )
        assert.ok(rows.length > 0, name)
        tables[name] = { key: key(name), rows: rows.length }
        items += all.length
        kept += rows.length
      }
      const pairs = new Map(inOrder.flatMap(([, { identities }]) => identities.map(it => [JSON.stringify(it), it])))
      const identityRows = (await rowsOf(lake.enriched, key('identities'))).map(({ id, same_as }) => ({ id, same_as }))
      assert.deepEqual(sortedPairs(identityRows as Identity[]), sortedPairs([...pairs.values()]))
      assert.deepEqual(
        (await rowsOf(lake.enriched, key('quarantine'))).map(({ detail, ...row }) => row),
        quarantined.map(row => ({ ...row, received_at })),
      )
      assert.deepEqual(account, {
        source: source.name,
        date: DAY,
        objects: fixtures.size,
        items,
        rows: kept,
        duplicates: items - kept - quarantined.length,
        quarantined: quarantined.length,
        tables: {
          ...tables,
          identities: { key: pairs.size > 0 ? key('identities') : null, rows: pairs.size },
          quarantine: { key: key('quarantine'), rows: quarantined.length },
        },
      })
    })
  }
})

const inColumns = (columns: object, row: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.keys(columns).map(name => [name, row[name]]))

const kitOf = (source: Source) => testKits.find(kit => kit.source.name === source.name) ?? assert.fail(source.name)
