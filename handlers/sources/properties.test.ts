import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { allFixtures, written } from './testing/fixtures.ts'
import { isObject } from './testing/is-object.ts'
import { isWritable, mutate, mutation, parsedOf, writeJson } from './testing/mutations.ts'
import { testKits } from './testing/test-kits.ts'

const RUNS = { numRuns: 400 }
const ARRIVAL = 1_795_490_100_000

// Sources and fixtures go by their names, so that a counterexample can be read.
const source = fc.constantFrom(...testKits.map(({ source }) => source.name))
const fixtures = new Map(
  allFixtures().map(({ source, fixture }) => [fixture.name, { source: source.name, ...fixture }]),
)
const mutable = [...fixtures.values()].filter(({ body }) => isWritable(parsedOf(body))).map(({ name }) => name)
const fixture = fc.constantFrom(...mutable)
const bodyOf = (name: string) => fixtures.get(name) as NonNullable<ReturnType<typeof fixtures.get>>

/** Reads a body and holds the reading to what is true of every body. */
function checkedRead(name: string, body: Uint8Array) {
  const { source, messagesIn } = testKits.find(({ source }) => source.name === name) ?? assert.fail(name)
  const { columns, id, parse } = source
  const reading = written(parse(body, ARRIVAL))
  const { rows, rejects, ignored } = reading
  const expected = messagesIn(parsedOf(body))
  assert.equal(rows.length + rejects.length, expected.length, 'every message is a row or a reject')
  const ids = rows.map(row => (row[id] == null ? null : String(row[id])))
  assert.deepEqual(
    ids,
    expected.flatMap(it => (it === 'quarantined' ? [] : [it.id])),
  )
  assert.ok(rows.length + rejects.length + ignored > 0, 'no body is without an account')
  for (const row of rows) {
    assert.deepEqual(Object.keys(row), Object.keys(columns))
    for (const [column, type] of Object.entries(columns)) {
      const value = row[column] ?? null
      if (value === null) continue
      if (type === 'string') assert.ok(typeof value === 'string' && value.isWellFormed())
      else if (type === 'boolean') assert.equal(typeof value, 'boolean')
      else assert.equal(BigInt.asIntN(64, BigInt(value)), BigInt(value))
    }
  }
  for (const { payload } of rejects.filter(({ reason }) => reason === 'not_json'))
    assert.deepEqual(Buffer.from(payload), Buffer.from(body))
  for (const { payload } of rejects.filter(({ reason }) => reason === 'not_utf8'))
    assert.deepEqual(Buffer.from(payload, 'base64'), Buffer.from(body))
  return reading
}

const members = (parent: unknown, key: string): readonly unknown[] => {
  const value = isObject(parent) ? parent[key] : undefined
  return Array.isArray(value) ? value : []
}

test('arbitrary bytes never throw and are accounted for', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'binary' }).map(utf8))
  fc.assert(
    fc.property(source, bytes, (name, body) => {
      checkedRead(name, body)
    }),
    RUNS,
  )
})

test('arbitrary JSON never throws and is accounted for', () => {
  fc.assert(
    fc.property(source, fc.json({ maxDepth: 6, stringUnit: 'binary' }), (name, json) => {
      checkedRead(name, utf8(json))
    }),
    RUNS,
  )
})

test('arbitrary values where messages stand never throw and are accounted for', () => {
  const value = fc.jsonValue({ stringUnit: 'binary', maxDepth: 3 })
  const few = <T>(items: fc.Arbitrary<T>) => fc.array(items, { maxLength: 3 })
  const delivery = fc.record({
    entry: few(fc.record({ changes: few(fc.record({ value: fc.record({ messages: few(value), statuses: value }) })) })),
  })
  const update = fc.record({ update_id: fc.integer(), message: value })
  fc.assert(
    fc.property(delivery, update, (whatsapp, telegram) => {
      checkedRead('whatsapp', utf8(JSON.stringify(whatsapp)))
      checkedRead('telegram', utf8(JSON.stringify(telegram)))
    }),
    RUNS,
  )
})

test('a fixture whose nodes are deleted, replaced, repeated or of another type never throws and is accounted for', () => {
  fc.assert(
    fc.property(fixture, fc.array(mutation, { minLength: 1, maxLength: 4 }), (name, mutations) => {
      const { source, body } = bodyOf(name)
      checkedRead(source, utf8(writeJson(mutate(parsedOf(body), mutations))))
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
      checkedRead(source, Buffer.concat([body.subarray(0, start), inserted, body.subarray(start + removed)]))
    }),
    RUNS,
  )
})

test('whatever becomes of one message, its neighbours keep exactly their rows', () => {
  const batches = mutable.filter(name => {
    const { source, rows, quarantined } = bodyOf(name)
    return source === 'whatsapp' && rows.length > 1 && quarantined.length === 0
  })
  const misfortune = fc.oneof(
    fc.array(mutation, { minLength: 1, maxLength: 3 }),
    fc.jsonValue().map(instead => ({ instead })),
  )
  fc.assert(
    fc.property(fc.constantFrom(...batches), fc.nat(), misfortune, (name, pick, what) => {
      const { body } = bodyOf(name)
      const before = checkedRead('whatsapp', body).rows
      const index = pick % before.length
      const delivery = parsedOf(body)
      replaceMessage(delivery, index, message => (Array.isArray(what) ? mutate(message, what) : what.instead))
      const after = checkedRead('whatsapp', utf8(writeJson(delivery)))
      const own = after.rejects.length === 0 ? [after.rows[index]] : []
      assert.deepEqual(after.rows, [...before.slice(0, index), ...own, ...before.slice(index + 1)])
    }),
    { numRuns: 800 },
  )
})

/** Replaces the `index`-th message of a delivery that is in order. */
function replaceMessage(delivery: unknown, index: number, replacement: (message: unknown) => unknown): void {
  let seen = 0
  for (const change of members(delivery, 'entry').flatMap(entry => members(entry, 'changes'))) {
    const value = isObject(change) && change.field === 'messages' ? change.value : undefined
    if (!isObject(value) || !Array.isArray(value.messages)) continue
    value.messages = value.messages.map(message => (seen++ === index ? (replacement(message) ?? null) : message))
  }
}

const utf8 = (text: string) => Buffer.from(text)
