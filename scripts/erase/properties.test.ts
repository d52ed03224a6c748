import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { type Cells, isRowOf } from '../../handlers/sources/erasure.ts'
import { sources } from '../../handlers/sources/index.ts'
import { isWritable, mutate, mutation, parsedOf, writeJson } from '../../handlers/sources/testing/mutations.ts'
import { fixture, fixtureNames } from '../lib/testing/fixture-lake.ts'
import { removePerson } from './person-removal.ts'
import { RowChanges } from './row-changes.ts'
import { judge } from './table-file.ts'

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

/** What stands beside these rows in a body says whose they are, or makes their id. */
const NEED_THEIR_BODY = [
  'telegram/callback-query-without-its-id',
  'telegram/update-managed-bot',
  'whatsapp/contact-by-number-whose-user-id-differs',
  'whatsapp/contact-by-user-id-when-the-phone-differs',
  'whatsapp/contact-that-is-a-stranger',
  'whatsapp/history-placeholder-beside-an-error',
  'whatsapp/parent-id-alone',
  'whatsapp/user-id-in-the-only-contact',
]

test('a row of a fixture whose body is gone becomes the same as with it', () => {
  const different = new Set<string>()
  for (const [name, { source, body, people }] of cases) {
    for (const person of new Set(people)) {
      const ids = new Set(source.erasure.spellings(person))
      const removal = removePerson(source, body, 0, ids) ?? assert.fail(name)
      const rules = { source, ids, changes: new RowChanges(source), isUntied: () => false, includeUnreadable: false }
      for (const { table, start, row } of source.parse(body, 0).rows) {
        const change = removal.changes.find(change => change.table === table && change.start === start)
        const expected = change ? change.after : row
        const judged = judge(table, row, rules)
        assert.notEqual(judged, 'unreadable')
        const isSame =
          judged && expected && typeof judged === 'object'
            ? isDeepStrictEqual(asTexts(judged), asTexts(expected))
            : judged === expected
        if (!isSame) different.add(name)
      }
    }
  }
  assert.deepEqual([...different].sort(), NEED_THEIR_BODY)
})

const asTexts = (row: object) =>
  Object.entries(row).map(([column, value]) => [column, value === null ? null : String(value)])
