import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Cells, isRowOf } from '../../handlers/sources/erasure.ts'
import { sources } from '../../handlers/sources/index.ts'
import { isWritable, mutate, mutation, parsedOf, writeJson } from '../../handlers/sources/testing/mutations.ts'
import { fixture, fixtureNames } from '../lib/testing/fixture-lake.ts'
import { removePerson } from './person-removal.ts'

const PEOPLE = { whatsapp: /\b55\d{10,11}\b|\bBR\.\d{20}\b/g, telegram: /\b70000\d{5}\b/g }

// Fixtures go by their names, so that a counterexample can be read.
const cases = new Map(
  sources.flatMap(source =>
    fixtureNames(source.name)
      .map(name => ({ name: `${source.name}/${name}`, body: fixture(`${source.name}/${name}`) }))
      .filter(({ body }) => isWritable(parsedOf(body)))
      .map(
        ({ name, body }) =>
          [name, { source, body, people: body.toString('latin1').match(PEOPLE[source.name]) ?? [] }] as const,
      )
      .filter(([, { people }]) => people.length > 0),
  ),
)

test('after any mutation of a fixture, the changes of its rows are what parsing the rest gives', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...cases.keys()),
      fc.nat(),
      fc.array(mutation, { maxLength: 3 }),
      (name, pick, mutations) => {
        const { source, body, people } = cases.get(name) ?? assert.fail(name)
        const mutated = Buffer.from(writeJson(mutate(parsedOf(body), mutations)))
        const { spellings } = source.erasure
        const ids = new Set(spellings(people[pick % people.length] ?? ''))
        const removal = removePerson(source, mutated, 0, ids)
        if (!removal) {
          assert.equal(parsedOf(mutated), undefined)
          return
        }
        const before = source.parse(mutated, 0)
        const after = removal.body ? source.parse(removal.body, 0) : { rows: [], rejects: [], identities: [] }
        for (const table of source.tables.map(({ name }) => name)) {
          const changes = new Map(removal.changes.filter(of => of.table === table).map(of => [of.start, of.after]))
          const changed = before.rows
            .filter(row => row.table === table)
            .map(({ start, row }): Cells | null | undefined => (changes.has(start) ? changes.get(start) : row))
            .filter(row => row != null)
          const left = after.rows.filter(row => row.table === table).map(({ row }) => row)
          assert.deepEqual(changed.map(asTexts), left.map(asTexts))
          assert.ok(!left.some(row => isRowOf(source.erasure, table, row, ids)))
        }
        const again = removal.body && removePerson(source, Buffer.from(removal.body), 0, ids)
        assert.equal(again?.count ?? 0, 0)
      },
    ),
    { numRuns: 1500 },
  )
})

const asTexts = (row: object) =>
  Object.entries(row).map(([column, value]) => [column, value === null ? null : String(value)])
