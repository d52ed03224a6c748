import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bindParameters, parseParameters, RANGE } from './parameters.ts'

describe('the parameters of a header', () => {
  it('have names, types and defaults', () =>
    assert.deepEqual(parseParameters('from date = 2024-01-01, least bigint=5 , word varchar = bom dia'), [
      { name: 'from', type: 'date', default: '2024-01-01' },
      { name: 'least', type: 'bigint', default: '5' },
      { name: 'word', type: 'varchar', default: 'bom dia' },
    ]))

  for (const [text, message] of [
    ['from', /"from" is not a parameter/],
    ['from date', /"from date" is not a parameter/],
    ['from day = 1', /unknown type "day": date, bigint, varchar/],
    ['from date = 2024-02-30', /"2024-02-30" is not a date/],
    ['least bigint = 1.5', /"least" is an integer/],
    ['word varchar = ', /"word" has 1 to 1000 characters/],
    ['a bigint = 1, a bigint = 2', /"a" is repeated/],
  ] as const) {
    it(`are refused as ${JSON.stringify(text)}`, () => assert.throws(() => parseParameters(text), message))
  }
})

describe('the values of a query', () => {
  const one = { sql: "select '?' -- ?\nfrom t where d between cast(? as date) and cast(? as date)", parameters: RANGE }
  const two = { sql: 'where ? ? union all where ? ?', parameters: RANGE }

  it('are every day by default', () => {
    assert.deepEqual(bindParameters(one), ['2023-01-01', '9999-12-31'])
    assert.deepEqual(bindParameters(one, { from: '2024-01-02', to: undefined }), ['2024-01-02', '9999-12-31'])
    assert.deepEqual(bindParameters(one, { from: '2024-01-02', to: '2024-01-02' }), ['2024-01-02', '2024-01-02'])
  })
  it('are repeated for every table', () =>
    assert.deepEqual(bindParameters(two, { from: '2024-01-02', to: '2024-01-03' }), [
      '2024-01-02',
      '2024-01-03',
      '2024-01-02',
      '2024-01-03',
    ]))
  it('are none for a query without a "?"', () => {
    assert.deepEqual(bindParameters({ sql: 'select 1', parameters: RANGE }), [])
    assert.throws(() => bindParameters({ sql: 'select 1', parameters: RANGE }, { from: '2024-01-01' }), /no parameter/)
  })

  for (const [what, given, message] of [
    ['an impossible date', { from: '2023-02-29' }, /"2023-02-29" is not a date/],
    ['a range that ends before it begins', { from: '2024-01-02', to: '2024-01-01' }, /ends before it begins/],
    ['an unknown name', { least: '1' }, /no parameter "least"/],
  ] as const) {
    it(`are refused: ${what}`, () => assert.throws(() => bindParameters(one, given), message))
  }
  it('are refused where the number of "?" is not a multiple of the number of parameters', () =>
    assert.throws(
      () => bindParameters({ sql: '? ? ?', parameters: RANGE }),
      /3 "\?", which is no multiple of its parameters: from, to/,
    ))
})
