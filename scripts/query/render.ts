import type { Result } from './engine.ts'
import { renderCsv } from './render-csv.ts'
import { renderJson } from './render-json.ts'
import type { TableOptions } from './render-table.ts'

export const FORMATS = ['table', 'csv', 'json'] as const
export type Format = (typeof FORMATS)[number]

export const isFormat = (text: string): text is Format => FORMATS.some(format => format === text)

/** Renders a result of any size as text, in pieces. @param options only for `table` */
export function render(result: Result, format: Format, options: TableOptions = {}): AsyncIterable<string> {
  switch (format) {
    case 'table':
      return table(result, options)
    case 'csv':
      return renderCsv(result)
    case 'json':
      return renderJson(result)
  }
}

/** Loads the tables' code, which takes longer than a small query, only for a table. */
async function* table(result: Result, options: TableOptions): AsyncIterable<string> {
  const { renderTable } = await import('./render-table.ts')
  yield* renderTable(result, options)
}
