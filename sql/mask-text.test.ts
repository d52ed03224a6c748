import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { maskText } from './mask-text.ts'

describe('masked SQL', () => {
  for (const [sql, masked] of [
    ['a \'b\'\'c\' "d""e" f', 'a \'    \' "    " f'],
    ["-- it's\n'--'", "       \n'  '"],
    ['/* a\n? */ ?', '    \n     ?'],
    ["'open -- ?", "'open     "],
  ] as const) {
    it(JSON.stringify(sql), () => assert.equal(maskText(sql), masked))
  }
  it('keeps names where they are wanted', () =>
    assert.equal(maskText('a \'b\' "c" -- d', { names: true }), 'a \' \' "c"     '))
})
