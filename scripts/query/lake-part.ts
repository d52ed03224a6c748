import type { Table } from '../../handlers/sources/tables.ts'
import { maskText } from '../../sql/mask-text.ts'

/** The part of a lake that a query needs. */
export interface Wanted {
  readonly tables: readonly Table[]
  /** Days, both included, `YYYY-MM-DD`. */
  readonly from: string
  readonly to: string
}

/**
 * The days that a query can read: its range where each table that it names has `where context_date between cast(? as
 * date) and cast(? as date)`, and otherwise, as far as can be seen from its text, every day.
 */
export function readsOnlyRange(sql: string, tables: readonly Table[]): boolean {
  const text = maskText(sql, { names: true })
  const named = tables.reduce((sum, { name }) => sum + (text.match(new RegExp(`\\b${name}\\b`, 'gi'))?.length ?? 0), 0)
  const day = String.raw`cast\s*\(\s*\?\s+as\s+date\s*\)`
  const ranges = text.match(new RegExp(String.raw`\bwhere\s+context_date\s+between\s+${day}\s+and\s+${day}`, 'gi'))
  return named === (ranges?.length ?? 0) && !/\bor\b/i.test(text)
}

/** The tables that a query names; more than it reads, perhaps, but never fewer. */
export const namedTables = (sql: string, tables: readonly Table[]): Table[] =>
  tables.filter(({ name }) => new RegExp(`\\b${name}\\b`, 'i').test(sql))
