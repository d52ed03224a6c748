import { maskText } from '../../sql/mask-text.ts'
import { textWidth } from '../lib/cli/text-width.ts'
import { QueryError } from './engine.ts'

/**
 * Asserts that a query is one SELECT, by its first word. Statements that create, insert, unload or drop begin with another
 * word, and none of them can follow WITH.
 * @throws QueryError for any other text, and for a `;`
 */
export function assertSelect(sql: string): void {
  const text = maskText(sql).trim()
  if (text === '') throw new QueryError('there is no SQL in the query')
  if (text.includes(';')) throw new QueryError('one SELECT at a time, and without a ";"')
  if (!/^\(*\s*(?:select|with|values|table)\b/i.test(text)) throw new QueryError('only a SELECT can be run')
}

/** An engine's message with the line of SQL that its `line 3:8` names, and a caret below the column. Both count from 1. */
export function showPlace(message: string, sql: string): string {
  const [, line, column] = (/\bline (\d+):(\d+)/.exec(message) ?? []).map(Number)
  const text = line === undefined ? undefined : sql.split('\n')[line - 1]
  if (text === undefined || column === undefined || column < 1) return message
  const shown = text.replace(/[\r\t]/g, ' ')
  const margin = String(line).length
  const before = ' '.repeat(textWidth(shown.slice(0, column - 1)))
  return `${message}\n  ${line} │ ${shown}\n  ${' '.repeat(margin)} │ ${before}^`
}
