import type { Result, Value } from './engine.ts'

/** Renders CSV (RFC 4180) with a header line. Null is an empty field, the empty text is `""`. */
export async function* renderCsv({ columns, batches }: Result): AsyncGenerator<string> {
  yield line(columns.map(({ name }) => name))
  for await (const rows of batches) yield rows.map(line).join('')
}

const line = (values: readonly Value[]) => `${values.map(field).join(',')}\r\n`

function field(value: Value): string {
  if (value === null) return ''
  const text = String(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
