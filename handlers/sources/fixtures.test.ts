import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sources } from './index.ts'
import { fixturesOf, plainResult } from './testing/fixtures.ts'

const RECEIVED_AT = Date.parse('2026-11-24T03:15:00.999Z')

for (const source of sources) {
  describe(`a body of fixtures/${source.name} gives exactly its rows, identities and what is quarantined`, () => {
    for (const { name, body, rows, identities, quarantined } of fixturesOf(source)) {
      test(name, () => {
        const result = source.parse(body, RECEIVED_AT)
        assert.deepEqual(plainResult(source, result), { rows, identities, quarantined })
        for (const { table, row } of result.rows) {
          assert.deepEqual(Object.keys(row), Object.keys(source.tables.find(it => it.name === table)?.columns ?? {}))
          assert.equal(row.received_at, Math.floor(RECEIVED_AT / 1000))
        }
        for (const { detail } of result.rejects) assert.match(detail, /\w+ \w+/)
      })
    }
  })
}
