import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DEFAULT_TIME_ZONE, dayIn } from '../../handlers/lake/calendar.ts'
import { rawKey } from '../../handlers/lake/layout.ts'
import { sources } from '../../handlers/sources/index.ts'
import { tables } from '../../handlers/sources/tables.ts'
import { transformDay } from '../../handlers/transform/transform-day.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { bindParameters } from '../../sql/parameters.ts'
import { savedViews } from '../../sql/views.ts'
import { localLake } from '../lib/local/lake.ts'
import { openDuckDb } from './duckdb.ts'
import { allRows, type Row } from './engine.ts'
import { tableFiles } from './lake-files.ts'
import { plain } from './testing/golden-expected.ts'
import {
  arrivedAt,
  bodyOf,
  type Delivery,
  goldenDeliveries,
  isBroken,
  isOther,
  makeGoldenLake,
} from './testing/golden-lake.ts'
import { expectedRows } from './testing/golden-reference.ts'
import { expectedViewRows } from './testing/golden-views.ts'
import { temporaryDirectory } from './testing/test-lake.ts'

/*
 * A lake whose Parquet version 0.1.0 made of the golden messages. That version knew no outbound messages, and no columns
 * from `direction` on.
 */

const OLD = fileURLToPath(new URL('../../fixtures/lake-0.1.0/', import.meta.url))

/** What was delivered when version 0.1.0 transformed the golden messages: the other ones are newer. */
const isOld = (delivery: Delivery) =>
  isBroken(delivery) ||
  !(isOther(delivery) || 'to' in delivery || 'business' in delivery || ('update' in delivery && delivery.update === 17))

const deliveries = goldenDeliveries().filter(isOld)

const inTextOrder = (rows: readonly Row[]) =>
  rows.map(plain).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

describe('a lake that version 0.1.0 transformed', () => {
  it('gives the same result of every saved query, with nulls in the new columns', async t => {
    const engine = await openDuckDb(OLD, tables)
    t.after(() => engine.close())
    const everything = expectedRows(deliveries, ['2023-01-01', '9999-12-31'], true)
    const queries = savedQueries().filter(({ name }) => everything.has(name))
    assert.ok(queries.length > 20)
    for (const query of queries) {
      const result = await engine.run(query.sql, bindParameters(query))
      const expected = (everything.get(query.name) ?? []).map(row => {
        if (query.name !== 'whatsapp' && query.name !== 'telegram') return row
        const direction = result.columns.findIndex(({ name }) => name === 'direction')
        const isNew = (column: number) => column >= direction && column < row.length - 1
        return row.map((value, column) => (isNew(column) ? null : value))
      })
      assert.deepEqual(inTextOrder(await allRows(result)), inTextOrder(expected), query.name)
    }
  })

  it('has the same messages and people in the views, as far as it knows them', async t => {
    const engine = await openDuckDb(OLD, tables)
    t.after(() => engine.close())
    const known: Readonly<Record<string, readonly string[]>> = {
      messages: [
        'direction',
        'sent_at',
        'received_at',
        'person',
        'name',
        'number',
        'is_bot',
        'chat',
        'message_id',
        'text',
      ],
      people: ['person', 'ids', 'names', 'numbers', 'first_seen', 'last_seen', 'messages_out'],
    }
    for (const { name, columns } of savedViews()) {
      const selected = known[name] ?? []
      if (selected.length === 0) continue
      const places = selected.map(column => columns.findIndex(({ name }) => name === column))
      const rows = expectedViewRows(deliveries).get(name) ?? []
      const expected = rows.map(row => places.map(place => row[place] ?? null))
      assert.ok(expected.length > 10)
      const result = await engine.run(`select ${selected.join(', ')} from ${name}`)
      assert.deepEqual(inTextOrder(await allRows(result)), inTextOrder(expected), name)
    }
  })

  it('recognises what it has already when the platform delivers it again', async t => {
    const directory = temporaryDirectory(t)
    cpSync(join(OLD, 'enriched'), join(directory, 'enriched'), { recursive: true })
    const lake = localLake(directory)
    const [first, today] = ['2024-12-27', '2025-01-03'] // the first of the 7 days of look-back
    for (const delivery of deliveries) {
      const arrival = dayIn(DEFAULT_TIME_ZONE)(arrivedAt(delivery) * 1000)
      if (isBroken(delivery) || arrival < first || arrival >= today) continue
      const body = Buffer.from(` ${bodyOf(delivery)}`)
      await lake.raw.putIfAbsent(rawKey(delivery.source, today, body), body, Date.parse(`${today}T12:00:00Z`))
    }
    for (const source of sources) {
      const { objects, items, rows, duplicates } = await transformDay(source, today, lake)
      assert.ok(objects > 5, source.name)
      assert.deepEqual({ items, rows, duplicates }, { items: objects, rows: 0, duplicates: objects }, source.name)
    }
  })

  it('is the lake of today once every day is transformed again', async t => {
    const [old, fresh] = [temporaryDirectory(t), temporaryDirectory(t)]
    cpSync(join(OLD, 'enriched'), join(old, 'enriched'), { recursive: true })
    await makeGoldenLake(old)
    await makeGoldenLake(fresh)
    const contents = (directory: string) =>
      tables
        .flatMap(table => tableFiles(directory, table))
        .map(path => [path.slice(directory.length), createHash('sha256').update(readFileSync(path)).digest('hex')])
    assert.ok(contents(fresh).length > 10)
    assert.deepEqual(contents(old), contents(fresh))
  })
})
