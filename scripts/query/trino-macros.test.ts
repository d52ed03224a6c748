import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type DuckDbEngine, openDuckDb } from './duckdb.ts'
import { allRows, QueryError } from './engine.ts'

interface Measured {
  readonly sql: string
  readonly types: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
}

/** The results of Trino 435 in UTC: types by name, values as text, times without zone or zero fraction. */
const measured: readonly Measured[] = JSON.parse(readFileSync(new URL('trino-values.json', import.meta.url), 'utf8'))

describe("Trino's functions in DuckDB", () => {
  let engine: DuckDbEngine
  before(async () => {
    engine = await openDuckDb(fileURLToPath(new URL('.', import.meta.url)), [], { views: [] })
  })
  after(() => engine.close())

  const answer = async (sql: string) => {
    const result = await engine.run(sql)
    const rows = (await allRows(result)).map(row => row.map(value => (value === null ? null : String(value))))
    return { sql, types: result.columns.map(column => column.type), rows }
  }

  it(`gives Trino's values and types to ${measured.length} queries`, async () => {
    const different: unknown[] = []
    for (const expected of measured) {
      const got = await answer(expected.sql).catch((error: Error) => ({ sql: expected.sql, error: error.message }))
      if (JSON.stringify(got) !== JSON.stringify(expected)) different.push({ expected, got })
    }
    assert.deepEqual(different, [])
  })

  it('works in every clause, on columns and on nulls', async () => {
    const { rows } = await answer(`
      with moments as (
        select from_unixtime(epoch, 'America/Sao_Paulo') as moment
        from (values (1704585600), (1704596400), (null)) as t(epoch)
      )
      select extract(dow from moment) as dow, date_format(moment, '%H:%i') as clock, count(*) as n
      from moments
      where coalesce(extract(week from moment), 1) = 1
      group by extract(dow from moment), date_format(moment, '%H:%i')
      having count(*) > 0
      order by extract(dow from moment)`)
    assert.deepEqual(rows, [
      ['6', '21:00', '1'],
      ['7', '00:00', '1'],
      [null, null, '1'],
    ])
  })

  for (const [what, sql] of [
    ['a date_format that strftime has no word for', "select date_format(timestamp '2024-01-01 00:00:00', '%U')"],
    ['a format_datetime that strftime has no word for', "select format_datetime(timestamp '2024-01-01 00:00:00', 'z')"],
    ['a format that is no constant', "select date_format(from_unixtime(0), f) from (values ('%Y')) as t(f)"],
    ['a unit that does not exist', "select date_add('fortnight', 1, date '2024-01-01')"],
    ['a time zone that does not exist', "select from_unixtime(0, 'America/Nowhere')"],
    ['an epoch beyond time', 'select from_unixtime(9223372036854775807)'],
    ['a named group in a replacement', `select regexp_replace('a', 'a', '\${name}')`],
    ['approx_distinct with a filter', 'select approx_distinct(x) filter (where x > 1) from (values (1)) as t(x)'],
  ] as const) {
    it(`fails where the value would be a guess: ${what}`, () => assert.rejects(answer(sql), QueryError))
  }
})
