import type { Table } from '../../handlers/sources/tables.ts'
import { maskText } from '../../sql/mask-text.ts'
import { countReads, reads, type View } from '../../sql/views.ts'

/** The part of a lake that a query needs. */
export interface Wanted {
  readonly tables: readonly Table[]
  /** First and last day of arrival, `YYYY-MM-DD`, both included. */
  readonly from: string
  readonly to: string
}

/**
 * Whether each table and view that a query names has its own `where context_date between cast(? as date) and
 * cast(? as date)`, and the query has no `or`. False where the text leaves that open.
 * @param views those that have a `context_date`
 */
export function filtersEveryDay(sql: string, tables: readonly Table[], views: readonly View[] = []): boolean {
  const text = maskText(sql, { names: true })
  const named =
    tables.reduce((sum, { name }) => sum + (text.match(new RegExp(`\\b${name}\\b`, 'gi'))?.length ?? 0), 0) +
    views.reduce((sum, { name }) => sum + countReads(sql, name), 0)
  const day = String.raw`cast\s*\(\s*\?\s+as\s+date\s*\)`
  const ranges = text.match(new RegExp(String.raw`\bwhere\s+context_date\s+between\s+${day}\s+and\s+${day}`, 'gi'))
  return named === (ranges?.length ?? 0) && !/\bor\b/i.test(text)
}

/** Whether a query reads only the days of its range: it filters by them, and names no view that reads all days. */
export const readsOnlyRange = (sql: string, tables: readonly Table[], views: readonly View[] = []): boolean =>
  filtersEveryDay(sql, tables, views) && !views.some(({ name, days }) => days === 'all' && reads(sql, name))

/** The tables that a query may read: those whose name occurs in it, and those of the views that it names. */
export function namedTables(sql: string, tables: readonly Table[], views: readonly View[] = []): Table[] {
  const texts = [sql, ...views.filter(({ name }) => reads(sql, name)).flatMap(view => textsOf(view, views))]
  return tables.filter(({ name }) => texts.some(text => new RegExp(`\\b${name}\\b`, 'i').test(text)))
}

/** The SQL of a view and of the views that it reads, without comments and quoted texts. */
const textsOf = (view: View, views: readonly View[]): string[] => [
  maskText(view.sql, { names: true }),
  ...views.filter(({ name }) => name !== view.name && reads(view.sql, name)).flatMap(inner => textsOf(inner, views)),
]
