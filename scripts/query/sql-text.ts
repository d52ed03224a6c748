import { maskText } from '../../sql/mask-text.ts'
import { textWidth } from '../lib/cli/text-width.ts'
import { QueryError } from './engine.ts'

/**
 * Nothing but one SELECT: what creates, inserts, unloads or drops begins with its own word, also after WITH none can.
 * @throws QueryError for anything else
 */
export function assertSelect(sql: string): void {
  const text = maskText(sql).trim()
  if (text === '') throw new QueryError('there is no SQL in the query')
  if (text.includes(';')) throw new QueryError('one SELECT at a time, and without a ";"')
  if (!/^\(*\s*(?:select|with|values|table)\b/i.test(text)) throw new QueryError('only a SELECT can be run')
}

/** An engine's message, and below it the place that its `line 3:8` (both from 1) names, with a caret. */
export function showPlace(message: string, sql: string): string {
  const [, line, column] = (/\bline (\d+):(\d+)/.exec(message) ?? []).map(Number)
  const text = line === undefined ? undefined : sql.split('\n')[line - 1]
  if (text === undefined || column === undefined || column < 1) return message
  const shown = text.replace(/[\r\t]/g, ' ')
  const margin = String(line).length
  const before = ' '.repeat(textWidth(shown.slice(0, column - 1)))
  return `${message}\n  ${line} │ ${shown}\n  ${' '.repeat(margin)} │ ${before}^`
}
