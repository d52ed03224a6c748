import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseRates, withRates } from './rates.ts'

const HEADER = 'category,prefix,price'

describe('parseRates', () => {
  it('reads a price per line, also with a byte order mark, quotes, blanks and blank lines', () => {
    const csv = `\ufeff${HEADER}\r\nmarketing,55,0.0625\r\n\r\n "utility" , "" , 1 \r\nmarketing,,0\r\n`
    assert.deepEqual(parseRates(csv), [
      { category: 'marketing', prefix: '55', price: '0.0625' },
      { category: 'utility', prefix: '', price: '1' },
      { category: 'marketing', prefix: '', price: '0' },
    ])
  })

  for (const [what, csv, message] of [
    ['no text', '', /^line 1: the first line is "category,prefix,price"$/],
    ['another header', 'category;prefix;price\n', /^line 1: the first line is/],
    ['no header', '\nmarketing,55,0.0625\n', /^line 2: the first line is/],
    ['no price', `${HEADER}\n`, /^line 2: there is no price$/],
    ['too few fields', `${HEADER}\nmarketing,0.0625\n`, /^line 2: write "category,prefix,price", such as/],
    ['a decimal comma', `${HEADER}\nmarketing,55,0,0625\n`, /^line 2: write/],
    ['no category', `${HEADER}\n,55,0.0625\n`, /^line 2: category has 1 to 50 characters$/],
    ['a country', `${HEADER}\n\nmarketing,BR,0.0625\n`, /^line 3: prefix is digits, such as 55, or empty, not "BR"$/],
    ['a plus sign', `${HEADER}\nmarketing,+55,0.0625\n`, /^line 2: prefix is digits/],
    ['a currency', `${HEADER}\nmarketing,55,$1\n`, /^line 2: price is a number, such as 0\.0625, not "\$1"$/],
    ['a negative price', `${HEADER}\nmarketing,55,-1\n`, /^line 2: price is a number/],
    ['an exponent', `${HEADER}\nmarketing,55,1e3\n`, /^line 2: price is a number/],
    ['a repeated price', `${HEADER}\na,55,1\nb,55,1\na,55,2\n`, /^line 4: category and prefix are those of line 2$/],
    ['too many prices', `${HEADER}\n${Array.from({ length: 2001 }, (_, i) => `a,${i},1\n`).join('')}`, /at most 2000/],
  ] as const)
    it(`refuses ${what}`, () => assert.throws(() => parseRates(csv), { name: 'RangeError', message }))
})

describe('withRates', () => {
  const query = (body: string) =>
    `-- rates as (\nwith a as (select 1 as n),\nrates as (${body})\nselect n from rates, a\n`

  it('puts the prices in place of the common table expression', () => {
    const sql = query(
      "\n  select category, prefix, price -- none :)\n  from (values ('(', ')', 0e0)) as t(category, prefix, price)\n",
    )
    assert.equal(
      withRates(sql, parseRates(`${HEADER}\nmarketing,55,0.0625\nmarketing,,1\n`)),
      query(`
  select category, prefix, price
  from (values
    ('marketing', '55', 0.0625e0),
    ('marketing', '', 1e0)
  ) as t(category, prefix, price)
`),
    )
  })

  it('quotes a category', () =>
    assert.match(withRates(query('select 1'), parseRates(`${HEADER}\no'$&),1,1\n`)), /\('o''\$&\)', '1', 1e0\)\n/))

  it('refuses a query without it', () =>
    assert.throws(() => withRates("select 'with rates as (' as t", []), /a common table expression "rates"/))
})
