import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PackedStrings } from './packed-strings.ts'
import { codePoint } from './testing/code-point.ts'

function packed(texts: readonly string[]): PackedStrings {
  const strings = new PackedStrings()
  for (const text of texts) strings.push(text)
  return strings
}

const unpacked = (strings: PackedStrings) => Array.from({ length: strings.length }, (_, index) => strings.at(index))
const sorted = (strings: PackedStrings) => Array.from(strings.argsort(), index => strings.at(index))
const sortedByBytes = (texts: readonly string[]) =>
  texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

test('strings of any characters come back in order, and are sorted by their bytes', () => {
  // Many have a common prefix that is longer than the one that is compared first.
  const text = fc
    .tuple(fc.constantFrom('', 'a', 'context', 'context_date'), fc.string({ unit: codePoint }))
    .map(parts => parts.join(''))
  fc.assert(
    fc.property(fc.array(text), texts => {
      const strings = packed(texts)
      assert.deepEqual(unpacked(strings), texts)
      assert.deepEqual(sorted(strings), sortedByBytes(texts))
    }),
  )
})

test('strings are sorted by bytes, not by code units; a prefix comes before a longer string', () => {
  const texts = ['', '\0', 'a', 'a\0', 'a b', 'a-b', 'a.json', 'a/', 'a0', 'same beginning 1', 'same beginning 1/']
  texts.push('same beginning 2', 'é', '\uFF5E', '\uFFFF', '😀')
  assert.deepEqual(sorted(packed(texts.toReversed())), texts)
})

test('a string that is not ASCII may follow ASCII strings, which stay the same', () => {
  const texts = ['a', 'b', 'ção', 'c']
  assert.deepEqual(unpacked(packed(texts)), texts)
})

test('strings fill several blocks, and are compared across them', () => {
  for (const length of [1, 7, 69, 1000, 65_535, 65_536, 100_001]) {
    // More than the first three blocks hold. All have the same prefix.
    const count = Math.ceil(5_000_000 / length / 4)
    const texts = Array.from(
      { length: Math.min(count, 50_000) },
      (_, i) => `${'x'.repeat(length)}${(i * 7919) % count}`,
    )
    const strings = packed(texts)
    assert.deepEqual(unpacked(strings), texts)
    assert.deepEqual(sorted(strings), sortedByBytes(texts))
  }
})

test('a string that is larger than the next block gets its own', () => {
  const texts = ['before', '語'.repeat(1_000_000), 'x'.repeat(5_000_000), '', 'after']
  assert.deepEqual(unpacked(packed(texts)), texts)
})
