import type { Result, Value } from './engine.ts'

/**
 * Renders a JSON array with one object per line. Numbers are exact: integers beyond ±2^53 and decimals of more than 15
 * digits are strings, and so are NaN and the infinities. A column with the name of an earlier one gets `_2`, `_3` …
 */
export async function* renderJson({ columns, batches }: Result): AsyncGenerator<string> {
  const keys = unique(columns.map(({ name }) => name)).map(name => `${JSON.stringify(name)}:`)
  const values = columns.map(({ type }) => (type.startsWith('decimal') ? decimalJson : valueJson))
  let separator = '[\n'
  for await (const rows of batches) {
    let text = ''
    for (const row of rows) {
      text += `${separator}{${row.map((value, index) => `${keys[index]}${values[index]?.(value)}`).join(',')}}`
      separator = ',\n'
    }
    yield text
  }
  yield separator === ',\n' ? '\n]\n' : '[]\n'
}

function valueJson(value: Value): string {
  const isExact = typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'bigint'
  return JSON.stringify(isExact ? value : String(value))
}

const decimalJson = (value: Value) =>
  typeof value === 'string' && value.replace(/\D/g, '').length <= 15 ? value : valueJson(value)

function unique(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map(name => {
    let free = name
    for (let count = 2; taken.has(free); count++) free = `${name}_${count}`
    taken.add(free)
    return free
  })
}
