import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PackedStrings } from './packed-strings.ts'

function kept(texts: readonly string[]): PackedStrings {
  const names = new PackedStrings()
  for (const text of texts) names.push(text)
  return names
}

const all = (names: PackedStrings) => Array.from({ length: names.length }, (_, place) => names.at(place))
const inOrder = (names: PackedStrings) => Array.from(names.argsort(), place => names.at(place))
const byBytes = (texts: readonly string[]) => texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

test('names come back in their places, of any characters and none, and are sorted by their bytes', () => {
  // Many begin alike, for longer than a head is, or are the beginning of others.
  const text = fc
    .tuple(fc.constantFrom('', 'a', 'context', 'context_date'), fc.string({ unit: 'binary' }))
    .map(parts => parts.join(''))
  fc.assert(
    fc.property(fc.array(text), texts => {
      const names = kept(texts)
      assert.deepEqual(all(names), texts)
      assert.deepEqual(inOrder(names), byBytes(texts))
    }),
  )
})

test('names are sorted by bytes, not by code units: a folder between those beside it, a short name before a longer', () => {
  const texts = ['', '\0', 'a', 'a\0', 'a b', 'a-b', 'a.json', 'a/', 'a0', 'same beginning 1', 'same beginning 1/']
  texts.push('same beginning 2', 'é', '\uFF5E', '\uFFFF', '😀')
  assert.deepEqual(inOrder(kept(texts.toReversed())), texts)
})

test('a name after many of ASCII may be of other characters, and those before stay what they were', () => {
  const texts = ['a', 'b', 'ção', 'c']
  assert.deepEqual(all(kept(texts)), texts)
})

test('names fill blocks one after the other, and are compared across them', () => {
  for (const length of [1, 7, 69, 1000, 65_535, 65_536, 100_001]) {
    // More than the first three blocks hold; all of their heads are one.
    const count = Math.ceil(5_000_000 / length / 4)
    const texts = Array.from(
      { length: Math.min(count, 50_000) },
      (_, i) => `${'x'.repeat(length)}${(i * 7919) % count}`,
    )
    const names = kept(texts)
    assert.deepEqual(all(names), texts)
    assert.deepEqual(inOrder(names), byBytes(texts))
  }
})

test('a name larger than the next block has one of its own', () => {
  const texts = ['before', '語'.repeat(1_000_000), 'x'.repeat(5_000_000), '', 'after']
  assert.deepEqual(all(kept(texts)), texts)
})
