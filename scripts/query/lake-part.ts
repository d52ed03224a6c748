import type { Table } from '../../handlers/sources/tables.ts'
import { maskText } from '../../sql/mask-text.ts'

/** The part of a lake that a query needs. */
export interface Wanted {
  readonly tables: readonly Table[]
  /** First and last day of arrival, `YYYY-MM-DD`, both included. */
  readonly from: string
  readonly to: string
}

/**
 * Whether a query reads only the days of its range: each table that it names has its own `where context_date between
 * cast(? as date) and cast(? as date)`, and the query has no `or`. False where the text leaves that open.
 */
export function readsOnlyRange(sql: string, tables: readonly Table[]): boolean {
  const text = maskText(sql, { names: true })
  const named = tables.reduce((sum, { name }) => sum + (text.match(new RegExp(`\\b${name}\\b`, 'gi'))?.length ?? 0), 0)
  const day = String.raw`cast\s*\(\s*\?\s+as\s+date\s*\)`
  const ranges = text.match(new RegExp(String.raw`\bwhere\s+context_date\s+between\s+${day}\s+and\s+${day}`, 'gi'))
  return named === (ranges?.length ?? 0) && !/\bor\b/i.test(text)
}

/** The tables that a query may read: those whose name occurs in it. */
export const namedTables = (sql: string, tables: readonly Table[]): Table[] =>
  tables.filter(({ name }) => new RegExp(`\\b${name}\\b`, 'i').test(sql))
