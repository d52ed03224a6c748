import { DAY_COUNTS } from '../../handlers/transform/day-counts.ts'
import type { DayStats } from '../../handlers/transform/transform-day.ts'
import { textTable } from '../lib/cli/text-table.ts'
import type { Outcome } from './schedule.ts'

/**
 * Formats the sums of the finished days: a table with one line per source, and one with the rows of each table.
 * @param days how many days each source has in this backfill
 * @param earlier the days finished before an interruption
 */
export function summary(
  sources: readonly string[],
  days: number,
  earlier: readonly DayStats[],
  outcomes: readonly Outcome[],
): string {
  const finished = [...earlier, ...outcomes.flatMap(outcome => (outcome.state === 'done' ? [outcome.stats] : []))]
  const lines = sources.map(source => {
    const ofSource = finished.filter(stats => stats.source === source)
    const sums = DAY_COUNTS.map(field => ofSource.reduce((sum, stats) => sum + stats[field], 0))
    return [source, `${ofSource.length}/${days}`, ...sums]
  })
  const counts = textTable([['', 'days', ...DAY_COUNTS], ...lines])
  return finished.length === 0 ? counts : `${counts}\n\n${rowsByTable(sources, finished)}`
}

/** A table with one line per table of the lake and one column per source, with a dash where the source has no such table. */
function rowsByTable(sources: readonly string[], finished: readonly DayStats[]): string {
  const tables = [...new Set(finished.flatMap(stats => Object.keys(stats.tables)))]
  const rowsOf = (table: string, source: string) => {
    const own = finished.filter(stats => stats.source === source).flatMap(stats => stats.tables[table] ?? [])
    return own.length === 0 ? '–' : own.reduce((sum, { rows }) => sum + rows, 0)
  }
  return textTable([['rows', ...sources], ...tables.map(table => [table, ...sources.map(name => rowsOf(table, name))])])
}
