import { textWidth } from '../lib/cli/text-width.ts'
import { QueryError } from './engine.ts'

/**
 * SQL of the same length and lines with blanks for its comments and for what stands in quotes (the quotes stay), so
 * that what is left can be searched for words and signs.
 * @param names whether quoted names stay too
 */
export function maskText(sql: string, { names = false } = {}): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ')
  return sql.replace(PARTS, part => {
    if (part.startsWith('"') && names) return part
    return /^['"]/.test(part) ? part[0] + blank(part.slice(1, -1)) + part[0] : blank(part)
  })
}

/** A quote that never ends is no part. */
const PARTS = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"/g

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
