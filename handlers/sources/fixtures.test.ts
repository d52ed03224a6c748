import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sources } from './index.ts'
import { fixturesOf, plainRow } from './testing/fixtures.ts'

const RECEIVED_AT = Date.parse('2026-11-24T03:15:00.999Z')

for (const source of sources) {
  describe(`a body of fixtures/${source.name} gives exactly its rows, what is ignored and what is quarantined`, () => {
    for (const { name, body, rows, ignored, quarantined } of fixturesOf(source)) {
      test(name, () => {
        const reading = source.parse(body, RECEIVED_AT)
        const rejects = reading.rejects.map(({ reason, payload }) => ({ reason, payload }))
        assert.deepEqual(
          { rows: reading.rows.map(row => plainRow(source, row)), ignored: reading.ignored, quarantined: rejects },
          { rows, ignored, quarantined },
        )
        for (const row of reading.rows) {
          assert.deepEqual(Object.keys(row), Object.keys(source.columns))
          assert.equal(row.received_at, Math.floor(RECEIVED_AT / 1000))
        }
        for (const { detail } of reading.rejects) assert.match(detail, /\w+ \w+/)
      })
    }
  })
}
