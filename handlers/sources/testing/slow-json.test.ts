import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '../../lake/testing/code-point.ts'
import { type JsonValue, readJson } from './slow-json.ts'

/** The value as `JSON.parse` gives it. */
function plain(value: JsonValue): unknown {
  if (value.kind === 'object') return Object.fromEntries([...value.members].map(([name, it]) => [name, plain(it)]))
  if (value.kind === 'array') return value.items.map(plain)
  if (value.kind === 'string') return JSON.parse(value.json)
  return value.number ?? value.boolean
}

test('it reads what JSON.parse reads, and every value’s text is that value alone', () => {
  const value = fc.jsonValue({ stringUnit: codePoint })
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 1, '\t'), (document, space) => {
      const body = Buffer.from(` ${JSON.stringify(document, null, space)}\n`)
      const root = readJson(body)
      assert.deepEqual(plain(root), JSON.parse(body.toString()))
      for (const it of valuesOf(root)) {
        assert.deepEqual(plain(it), JSON.parse(it.json))
        assert.equal(body.subarray(it.offset, it.end).toString(), it.json)
      }
    }),
    { numRuns: 60 },
  )
})

test('of several members of one name the last counts, at its place', () => {
  const { members } = readJson(Buffer.from('{"a":1,"b":2,"\\u0061":3,"__proto__":4}'))
  assert.deepEqual(
    [...members].map(([name, { json, offset }]) => [name, json, offset]),
    [
      ['b', '2', 11],
      ['a', '3', 22],
      ['__proto__', '4', 36],
    ],
  )
})

test('offsets count bytes, also behind a byte order mark and long characters', () => {
  const [first, second] = readJson(Buffer.from('\ufeff["ação🥖", 1]')).items
  assert.deepEqual([first?.text, first?.offset, second?.json, second?.offset], ['ação🥖', 4, '1', 18])
})

test('a lone surrogate is U+FFFD, and a text that is no JSON throws', () => {
  assert.equal(readJson(Buffer.from('"a\\ud83d"')).text, 'a\ufffd')
  for (const text of ['', ' ', '{', '[1,]', '{"a" 1}', '01', 'nul', '"\n"', '1 2'])
    assert.throws(() => readJson(Buffer.from(text)), SyntaxError, text)
})

test('a document 100,000 levels deep is read', () => {
  const deep = `${'{"a":['.repeat(50_000)}${']}'.repeat(50_000)}`
  assert.equal(readJson(Buffer.from(`{"x":${deep},"y":1}`)).members.get('x')?.json, deep)
})

function valuesOf(value: JsonValue): JsonValue[] {
  return [value, ...[...value.members.values(), ...value.items].flatMap(valuesOf)]
}
