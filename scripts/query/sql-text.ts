import { maskText } from '../../sql/mask-text.ts'
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
