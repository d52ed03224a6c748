import { textWidth } from '../lib/cli/text-width.ts'

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
