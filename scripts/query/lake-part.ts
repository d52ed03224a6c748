import type { Table } from '../../handlers/sources/tables.ts'
import { platformOf } from '../../sql/filters.ts'
import { maskText } from '../../sql/mask-text.ts'
import { countReads, reads, type View } from '../../sql/views.ts'

/** The partitions of a table that a query needs. */
export interface WantedTable {
  readonly table: Table
  /** First and last day of arrival, `YYYY-MM-DD`, both included. */
  readonly from: string
  readonly to: string
}

/** Every day. */
export const EVERY_DAY = { from: '0000-01-01', to: '9999-12-31' } as const

/** The tables that queries can read, also through views, each with the days that are read of it. */
export function wantedTables(
  queries: readonly string[],
  {
    from = EVERY_DAY.from,
    to = EVERY_DAY.to,
  }: { readonly from?: string | undefined; readonly to?: string | undefined },
  tables: readonly Table[],
  views: readonly View[],
): WantedTable[] {
  const days = queries.map(sql => daysRead(sql, tables, views))
  return tables.flatMap(table => {
    const read = new Set(days.map(byTable => byTable.get(table.name)))
    if (read.has('all')) return [{ table, ...EVERY_DAY }]
    return read.has('range') ? [{ table, from, to }] : []
  })
}

/**
 * For each table that a query can read, by its name: whether only the days of the query's range are read. A table is read
 * whole if the query does not filter all that it reads by its range, or if a view on the way to the table reads all days.
 * The tables of other platforms are not read by a query that is limited to one.
 */
export function daysRead(
  sql: string,
  tables: readonly Table[],
  views: readonly View[] = [],
): Map<string, View['days']> {
  const dated = views.filter(({ columns }) => columns.some(({ name }) => name === 'context_date'))
  const days = new Map<string, View['days']>()
  const isBounded = filtersEveryDay(sql, tables, dated)
  const platform = isBounded ? platformOf(sql) : undefined
  const readable = tables.filter(({ source }) => platform === undefined || source === undefined || source === platform)
  const visit = (text: string, isBounded: boolean) => {
    for (const { name } of readable)
      if (new RegExp(`\\b${name}\\b`, 'i').test(maskText(text, { names: true })))
        days.set(name, isBounded && days.get(name) !== 'all' ? 'range' : 'all')
    for (const view of views)
      if (view.sql !== text && reads(text, view.name)) visit(view.sql, isBounded && view.days === 'range')
  }
  visit(sql, isBounded)
  return days
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
