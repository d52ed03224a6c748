import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '../lake/testing/code-point.ts'
import { type SourceName, sources } from './index.ts'
import type { ParseResult } from './source.ts'
import { allFixtures, type Expected, plainResult, rowsIn, sortedPairs } from './testing/fixtures.ts'
import { isObject } from './testing/is-object.ts'
import { isWritable, mutate, mutation, parsedOf, writeJson } from './testing/mutations.ts'
import { testKits } from './testing/test-kits.ts'

const RUNS = { numRuns: 400 }
const ARRIVAL = 1_795_490_100_000

// Sources and fixtures go by their names, so that a counterexample can be read.
const source = fc.constantFrom(...sources.map(({ name }) => name))
const fixtures = new Map(
  allFixtures().map(({ source, fixture }) => [fixture.name, { source: source.name, ...fixture }]),
)
const mutable = [...fixtures.values()].filter(({ body }) => isWritable(parsedOf(body))).map(({ name }) => name)
const fixture = fc.constantFrom(...mutable)
const bodyOf = (name: string) => fixtures.get(name) as NonNullable<ReturnType<typeof fixtures.get>>

/** Parses a body and holds the result to what the reference, which shares no code with the parser, makes of it. */
function checkedParse(name: SourceName, body: Uint8Array): ParseResult {
  const { source, expected } = testKits.find(kit => kit.source.name === name) ?? assert.fail(name)
  const result = source.parse(body, ARRIVAL)
  assert.ok(result.rows.length + result.rejects.length > 0, 'no body is without a row or a quarantined element')
  assert.deepEqual(sorted(plainResult(source, result)), sorted(expected(body)))
  for (const { table, row } of result.rows) {
    const { columns } = source.tables.find(it => it.name === table) ?? assert.fail(table)
    assert.deepEqual(Object.keys(row), Object.keys(columns))
    for (const value of Object.values(row)) if (typeof value === 'string') assert.ok(value.isWellFormed())
  }
  return result
}

const sorted = (expected: Expected) => ({ ...expected, identities: sortedPairs(expected.identities) })

test('arbitrary bytes never throw and are accounted for', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: codePoint }).map(utf8))
  fc.assert(
    fc.property(source, bytes, (name, body) => {
      checkedParse(name, body)
    }),
    RUNS,
  )
})

test('arbitrary JSON never throws and is accounted for', () => {
  fc.assert(
    fc.property(source, fc.json({ maxDepth: 6, stringUnit: codePoint }), (name, json) => {
      checkedParse(name, utf8(json))
    }),
    RUNS,
  )
})

test('arbitrary values where messages stand never throw and are accounted for', () => {
  const value = fc.jsonValue({ stringUnit: codePoint, maxDepth: 3 })
  const few = <T>(items: fc.Arbitrary<T>) => fc.array(items, { maxLength: 3 })
  const delivery = fc.record({
    entry: few(fc.record({ changes: few(fc.record({ value: fc.record({ messages: few(value), statuses: value }) })) })),
  })
  const update = fc.record({ update_id: fc.integer(), message: value })
  fc.assert(
    fc.property(delivery, update, (whatsapp, telegram) => {
      checkedParse('whatsapp', utf8(JSON.stringify(whatsapp)))
      checkedParse('telegram', utf8(JSON.stringify(telegram)))
    }),
    RUNS,
  )
})

test('a fixture whose nodes are deleted, replaced, repeated or of another type never throws and is accounted for', () => {
  fc.assert(
    fc.property(fixture, fc.array(mutation, { minLength: 1, maxLength: 4 }), (name, mutations) => {
      const { source, body } = bodyOf(name)
      checkedParse(source, utf8(writeJson(mutate(parsedOf(body), mutations))))
    }),
    { numRuns: 1500 },
  )
})

test('a fixture with foreign bytes in it never throws and is accounted for', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(fixture, share, fc.nat(8), fc.uint8Array({ maxLength: 8 }), (name, at, removed, inserted) => {
      const { source, body } = bodyOf(name)
      const start = Math.floor(at * body.length)
      checkedParse(source, Buffer.concat([body.subarray(0, start), inserted, body.subarray(start + removed)]))
    }),
    RUNS,
  )
})

test('whatever becomes of one message, its neighbours keep exactly their rows', () => {
  const batches = mutable.filter(name => {
    const { rows, quarantined } = bodyOf(name)
    const tables = Object.keys(rows).join()
    return tables === 'whatsapp' && (rows.whatsapp ?? []).length > 1 && quarantined.length === 0
  })
  const misfortune = fc.oneof(
    fc.array(mutation, { minLength: 1, maxLength: 3 }),
    fc.jsonValue().map(instead => ({ instead })),
  )
  fc.assert(
    fc.property(fc.constantFrom(...batches), fc.nat(), misfortune, (name, pick, what) => {
      const { body } = bodyOf(name)
      const before = rowsIn(checkedParse('whatsapp', body), 'whatsapp')
      const index = pick % before.length
      const delivery = parsedOf(body)
      replaceMessage(delivery, index, message => (Array.isArray(what) ? mutate(message, what) : what.instead))
      const after = checkedParse('whatsapp', utf8(writeJson(delivery)))
      const rows = rowsIn(after, 'whatsapp').map(withoutPayload)
      const others = before.map(withoutPayload)
      const own = after.rejects.length === 0 ? [rows[index]] : []
      assert.deepEqual(rows, [...others.slice(0, index), ...own, ...others.slice(index + 1)])
    }),
    { numRuns: 800 },
  )
})

const members = (parent: unknown, key: string): readonly unknown[] => {
  const value = isObject(parent) ? parent[key] : undefined
  return Array.isArray(value) ? value : []
}

/** Replaces the `index`-th message or echo of a delivery that is in order. */
function replaceMessage(delivery: unknown, index: number, replacement: (message: unknown) => unknown): void {
  let seen = 0
  for (const change of members(delivery, 'entry').flatMap(entry => members(entry, 'changes'))) {
    const list = isObject(change) ? LISTS.get(change.field) : undefined
    if (!isObject(change) || !isObject(change.value) || !list || !Array.isArray(change.value[list])) continue
    change.value[list] = change.value[list].map(message =>
      seen++ === index ? (replacement(message) ?? null) : message,
    )
  }
}

/** The list of messages by field. */
const LISTS: ReadonlyMap<unknown, string> = new Map([
  ['messages', 'messages'],
  ['smb_message_echoes', 'message_echoes'],
])

/** A payload is the body's own bytes, and these bodies are written anew. */
const withoutPayload = ({ payload, ...row }: Readonly<Record<string, unknown>>) => row

const utf8 = (text: string) => Buffer.from(text)
