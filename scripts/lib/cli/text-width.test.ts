import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import stringWidth from 'string-width'
import { textWidth, truncate } from './text-width.ts'

describe('textWidth', () => {
  for (const [shown, width] of [
    ['', 0],
    ['ação', 4],
    ['e\u0301', 1],
    ['王芳', 4],
    ['ｶﾅ', 2],
    ['ＡＢ', 4],
    ['한글', 4],
    ['👍', 2],
    ['👍🏽', 2],
    ['👨‍👩‍👧', 2],
    ['🇧🇷', 2],
    ['❤️', 2],
    ['❤', 1],
    ['1️⃣', 2],
    ['\u200b', 0],
    ['שלום', 4],
  ] as const) {
    it(`is ${width} for ${JSON.stringify(shown)}`, () => assert.equal(textWidth(shown), width))
  }

  it('is that of string-width for Latin letters and the symbols of a table', () => {
    const characters = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code))
    for (const character of [...characters, '∅', '↵', '…'])
      assert.equal(textWidth(character), stringWidth(character), JSON.stringify(character))
  })
})

describe('truncate', () => {
  it('keeps to the width and cuts between graphemes', () => {
    assert.equal(truncate('👨‍👩‍👧👨‍👩‍👧', 4), '👨‍👩‍👧👨‍👩‍👧')
    assert.equal(truncate('👨‍👩‍👧👨‍👩‍👧a', 4), '👨‍👩‍👧…')
    assert.equal(truncate('abcdef', 3), 'ab…')
    assert.equal(truncate('abc', 3), 'abc')
    assert.equal(truncate('abc', 1), '…')
    assert.equal(truncate('王', 1), '…')
    assert.equal(truncate('a\u200b', 1), 'a\u200b')
    assert.equal(truncate('王芳ab', 5), '王芳…')
    assert.equal(truncate('pão', 2), 'p…')
  })
})
