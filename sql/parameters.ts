import { assertDate } from '../handlers/lake/calendar.ts'
import { maskText } from './mask-text.ts'

/** A parameter of a query, written `?`. Its value is passed as text, and SQL casts it: `cast(? as date)`. */
export interface Parameter {
  readonly name: string
  readonly type: 'date' | 'bigint' | 'varchar'
  readonly default: string
}

/**
 * The range of arrival days that most queries take, the first and the last included. The tables are partitioned by that
 * day, so an engine reads only the partitions of the range. The default is every day: 2023-01-01 is the first day of the
 * tables' partition projection.
 */
export const RANGE: readonly Parameter[] = [
  { name: 'from', type: 'date', default: '2023-01-01' },
  { name: 'to', type: 'date', default: '9999-12-31' },
]

const TYPES = ['date', 'bigint', 'varchar'] as const satisfies readonly Parameter['type'][]
const isType = (text: string): text is Parameter['type'] => TYPES.some(type => type === text)

/**
 * Parses the `parameters` of a query's header, such as `from date = 2024-01-01, to date = 2024-12-31, least bigint = 5`.
 * A name alone is a parameter that stands before it, again: `from date = 2024-01-01, to date = 2024-12-31, from, to`.
 * @throws for any other text, a repeated name, or a default that is not of its type
 */
export function parseParameters(text: string): Parameter[] {
  const parameters: Parameter[] = []
  for (const item of text.split(',')) {
    const again = parameters.find(({ name }) => name === item.trim())
    if (again) {
      parameters.push(again)
      continue
    }
    const [, name = '', type = '', value = ''] = /^\s*([a-z]\w*) +(\w+) *= *(.*?)\s*$/.exec(item) ?? []
    if (name === '') throw new Error(`"${item.trim()}" is not a parameter: write "name type = default"`)
    if (!isType(type)) throw new Error(`the parameter "${name}" has an unknown type "${type}": ${TYPES.join(', ')}`)
    if (parameters.some(parameter => parameter.name === name)) throw new Error(`the parameter "${name}" is repeated`)
    const parameter = { name, type, default: value }
    assertValue(parameter, value)
    parameters.push(parameter)
  }
  return parameters
}

/**
 * The values of a query's `?`, in order. The parameters are taken in turn, and again from the first: a query of two
 * tables has `from` and `to` twice.
 * @param given values by parameter name; a parameter without one gets its default
 * @throws RangeError for a value that is not of its type, an unknown name, a range that ends before it begins, or a
 *   number of `?` that is not a multiple of the number of parameters
 */
export function bindParameters(
  { sql, parameters }: { readonly sql: string; readonly parameters: readonly Parameter[] },
  given: Readonly<Record<string, string | undefined>> = {},
): string[] {
  const places = maskText(sql).split('?').length - 1
  const taken = places === 0 ? [] : parameters
  const unknown = Object.keys(given).find(
    name => given[name] !== undefined && !taken.some(parameter => parameter.name === name),
  )
  if (unknown !== undefined) throw new RangeError(`the query has no parameter "${unknown}"`)
  if (places % (taken.length || 1) !== 0) {
    throw new RangeError(
      `the query has ${places} "?", which is no multiple of its parameters: ${taken.map(({ name }) => name).join(', ')}`,
    )
  }
  const values = taken.map(parameter => {
    const value = given[parameter.name] ?? parameter.default
    assertValue(parameter, value)
    return value
  })
  const value = (name: string) => values[taken.findIndex(parameter => parameter.name === name)] ?? ''
  if (value('from') > value('to') && value('to') !== '')
    throw new RangeError(`the range ends before it begins: ${value('from')} to ${value('to')}`)
  return Array.from({ length: places }, (_, place) => values[place % values.length] ?? '')
}

function assertValue({ name, type }: Pick<Parameter, 'name' | 'type'>, value: string): void {
  if (type === 'date') assertDate(value)
  else if (type === 'bigint' && !/^-?\d{1,18}$/.test(value))
    throw new RangeError(`"${name}" is an integer, not ${JSON.stringify(value)}`)
  // Athena accepts 1 to 1024 characters
  else if (value === '' || value.length > 1000) throw new RangeError(`"${name}" has 1 to 1000 characters`)
}
