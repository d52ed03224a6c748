import { literal } from './literal.ts'
import { maskText } from './mask-text.ts'

/** The price of a message, from a rate card. */
export interface Rate {
  /** WhatsApp's price category: `marketing`, `utility`, … */
  readonly category: string
  /** The digits with which the recipient's number begins, such as the calling code `55`. Empty: every number. */
  readonly prefix: string
  /** A decimal number without a sign, such as `0.0625`, in the currency of the rate card. */
  readonly price: string
}

const HEADER = 'category,prefix,price'
/** Athena takes 256 KiB of SQL; the rates of every country and category are about a thousand. */
const MAX_RATES = 2000

/**
 * Reads a rate card: CSV with the header `category,prefix,price` and one price per line. Fields may be in double quotes;
 * blank lines are ignored.
 * @throws RangeError with the number of the line that is wrong
 */
export function parseRates(csv: string): Rate[] {
  const lines = csv
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((text, index) => ({ text: text.trim(), number: index + 1 }))
    .filter(({ text }) => text !== '')
  const [header, ...rest] = lines
  if (header === undefined || fieldsOf(header.text).join(',').toLowerCase() !== HEADER)
    throw new RangeError(`line ${header?.number ?? 1}: the first line is "${HEADER}"`)
  if (rest.length === 0) throw new RangeError(`line ${header.number + 1}: there is no price`)
  if (rest.length > MAX_RATES) throw new RangeError(`there are ${rest.length} prices: at most ${MAX_RATES}`)
  const lineOf = new Map<string, number>()
  return rest.map(({ text, number }) => {
    const rate = rateOf(fieldsOf(text), number)
    const key = JSON.stringify([rate.category, rate.prefix])
    const before = lineOf.get(key)
    if (before !== undefined) throw new RangeError(`line ${number}: category and prefix are those of line ${before}`)
    lineOf.set(key, number)
    return rate
  })
}

const fieldsOf = (line: string) =>
  line.split(',').map(field =>
    field
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .trim(),
  )

function rateOf(fields: readonly string[], line: number): Rate {
  const [category = '', prefix = '', price = ''] = fields
  if (fields.length !== 3) throw new RangeError(`line ${line}: write "${HEADER}", such as "marketing,55,0.0625"`)
  if (category === '' || category.length > 50) throw new RangeError(`line ${line}: category has 1 to 50 characters`)
  if (!/^\d{0,15}$/.test(prefix))
    throw new RangeError(`line ${line}: prefix is digits, such as 55, or empty, not ${JSON.stringify(prefix)}`)
  if (!/^\d{1,9}(?:\.\d{1,9})?$/.test(price))
    throw new RangeError(`line ${line}: price is a number, such as 0.0625, not ${JSON.stringify(price)}`)
  return { category, prefix, price }
}

/**
 * A query with the prices of a rate card as its common table expression `rates`, with the columns category and prefix
 * (varchar) and price (double).
 * @throws RangeError where the query has no common table expression `rates`
 */
export function withRates(sql: string, rates: readonly Rate[]): string {
  const text = maskText(sql)
  const head = /(?:\bwith|,)\s+rates\s+as\s*\(/i.exec(text)
  if (!head) throw new RangeError('--rates needs a query with a common table expression "rates"')
  const start = head.index + head[0].length
  const rows = rates.map(({ category, prefix, price }) => `    (${literal(category)}, ${literal(prefix)}, ${price}e0)`)
  const body = `
  select category, prefix, price
  from (values
${rows.join(',\n')}
  ) as t(category, prefix, price)
`
  return sql.slice(0, start) + body + sql.slice(closingParenthesis(text, start))
}

/** The place of the parenthesis that closes one opened before `start`. */
function closingParenthesis(text: string, start: number): number {
  let depth = 1
  for (let i = start; i < text.length; i++) {
    if (text[i] === '(') depth++
    if (text[i] === ')') depth--
    if (depth === 0) return i
  }
  return text.length
}
