import { DAY_COUNTS } from '../../handlers/transform/day-counts.ts'
import type { DayStats } from '../../handlers/transform/transform-day.ts'
import { textTable } from '../lib/cli/text-table.ts'
import type { Outcome } from './schedule.ts'

/**
 * Formats the sums of the finished days as a table with one line per source.
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
  return textTable([['', 'days', ...DAY_COUNTS], ...lines])
}
