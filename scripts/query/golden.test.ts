import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { tables } from '../../handlers/sources/tables.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { chartColumns } from '../../sql/chart.ts'
import { bindParameters } from '../../sql/parameters.ts'
import { savedViews } from '../../sql/views.ts'
import { type DuckDbEngine, openDuckDb } from './duckdb.ts'
import { allRows, type Row } from './engine.ts'
import { tableFiles } from './lake-files.ts'
import { type Expected, expectedFile, plain } from './testing/golden-expected.ts'
import { GOLDEN, goldenDeliveries, makeGoldenLake } from './testing/golden-lake.ts'
import { expectedRows } from './testing/golden-reference.ts'
import { expectedViewRows } from './testing/golden-views.ts'
import { queryFixtures } from './testing/query-fixtures.ts'
import { temporaryDirectory } from './testing/test-lake.ts'

const queries = savedQueries()
const views = savedViews()
const everything = expectedRows(goldenDeliveries(), ['2023-01-01', '9999-12-31'])
const viewRows = expectedViewRows(goldenDeliveries())

describe('the golden lake', () => {
  it('is byte for byte what the transform writes of its messages (write-golden.ts writes it again)', async t => {
    const made = temporaryDirectory(t)
    await makeGoldenLake(made)
    const contents = (lake: string) =>
      tables
        .flatMap(table => tableFiles(lake, table))
        .map(path => [
          path.slice(lake.length).replace(/^\/+/, ''),
          createHash('sha256').update(readFileSync(path)).digest('hex'),
        ])
    assert.deepEqual(contents(GOLDEN), contents(made))
  })

  it('has expected rows only for saved queries and views', () => {
    const names = readdirSync(join(GOLDEN, 'expected')).map(file => file.replace(/\.json$/, ''))
    assert.deepEqual(
      names.filter(name => ![...queries, ...views].some(known => known.name === name)),
      [],
    )
    for (const [name, rows] of [...everything, ...viewRows])
      assert.deepEqual(expected(name).rows, rows.map(plain), name)
  })
})

it('every saved query has expected rows, here or in fixtures/queries', () => {
  const answered = queryFixtures().flatMap(({ answers }) => answers.map(({ query }) => query))
  assert.deepEqual(
    queries.map(({ name }) => name).filter(name => !existsSync(expectedFile(name)) && !answered.includes(name)),
    [],
  )
})

describe('the saved queries over the golden lake', () => {
  let engine: DuckDbEngine
  before(async () => {
    engine = await openDuckDb(GOLDEN, tables)
  })
  after(() => engine.close())

  const answer = async (query: (typeof queries)[number], range: { from?: string; to?: string } = {}) => {
    const result = await engine.run(query.sql, bindParameters(query, range))
    const rows = (await allRows(result)).map(plain)
    return { columns: result.columns.map(({ name, type }) => `${name} ${type}`), rows: ordered(query.sql, rows) }
  }

  for (const query of queries) {
    if (!existsSync(expectedFile(query.name))) continue
    it(query.name, async () => {
      const got = await answer(query)
      const names = got.columns.map(column => column.split(' ')[0])
      if (query.chart) for (const column of chartColumns(query.chart)) assert.ok(names.includes(column), column)
      const { columns, rows } = expected(query.name)
      assert.deepEqual(got, { columns, rows: ordered(query.sql, rows) })
    })
  }

  for (const range of [
    ['2024-12-30', '2025-01-05'],
    ['2025-01-01', '2025-01-01'],
    ['2030-01-01', '2030-01-02'],
  ] as const) {
    it(`from ${range[0]} to ${range[1]}`, async () => {
      const some = expectedRows(goldenDeliveries(), range)
      for (const query of queries.filter(({ name }) => some.has(name))) {
        const { rows } = await answer(query, { from: range[0], to: range[1] })
        assert.deepEqual(rows, ordered(query.sql, (some.get(query.name) ?? []).map(plain)), query.name)
      }
    })
  }
})

describe('the views over the golden lake', () => {
  let engine: DuckDbEngine
  before(async () => {
    engine = await openDuckDb(GOLDEN, tables)
  })
  after(() => engine.close())

  for (const { name, columns } of views) {
    it(name, async () => {
      const sql = `select * from ${name}`
      const rows = (await allRows(await engine.run(sql))).map(plain)
      assert.ok(rows.length > 0)
      assert.deepEqual(
        { columns: columns.map(({ name, type }) => `${name} ${type}`), rows: ordered(sql, rows) },
        { ...expected(name), rows: ordered(sql, expected(name).rows) },
      )
    })
  }
})

const expected = (name: string): Expected => JSON.parse(readFileSync(expectedFile(name), 'utf8'))

/** Rows in an order of their own where the query has none. */
const ordered = (sql: string, rows: readonly Row[]) =>
  /^order by/m.test(sql) ? rows : [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
