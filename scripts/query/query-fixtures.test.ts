import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tables } from '../../handlers/sources/tables.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { withFilters } from '../../sql/filters.ts'
import { bindParameters } from '../../sql/parameters.ts'
import { parseRates, withRates } from '../../sql/rates.ts'
import { openDuckDb } from './duckdb.ts'
import { allRows } from './engine.ts'
import { relations } from './filter-options.ts'
import { plain } from './testing/golden-expected.ts'
import { makeLakeOf, queryFixtures } from './testing/query-fixtures.ts'
import { temporaryDirectory } from './testing/test-lake.ts'

const queries = savedQueries()

describe('the saved queries over the deliveries of', () => {
  for (const fixture of queryFixtures()) {
    it(fixture.name, async t => {
      const directory = temporaryDirectory(t)
      await makeLakeOf(fixture, directory)
      const engine = await openDuckDb(directory, tables)
      t.after(() => engine.close())
      for (const { query: name, parameters = {}, filters = {}, rates, columns, rows } of fixture.answers) {
        const query = queries.find(query => query.name === name)
        assert.ok(query, `there is no query ${name}`)
        const filtered = withFilters(query.sql, filters, relations())
        const sql = rates ? withRates(filtered, parseRates(rates.join('\n'))) : filtered
        const result = await engine.run(sql, bindParameters({ ...query, sql }, parameters))
        const got = {
          columns: result.columns.map(({ name, type }) => `${name} ${type}`),
          rows: (await allRows(result)).map(plain),
        }
        assert.deepEqual(got, { columns, rows }, JSON.stringify({ name, parameters, filters }))
      }
    })
  }
})
