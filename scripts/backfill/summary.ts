import type { DayStats } from '../../handlers/transform/transform-day.ts'
import { textTable } from '../lib/cli/text-table.ts'
import type { Outcome } from './schedule.ts'

const FIELDS = ['objects', 'messages', 'rows', 'duplicates', 'ignored', 'quarantined'] as const

/**
 * What a backfill has done, a line for each source.
 * @param days how many each source was to have
 * @param earlier what was done before an interruption
 */
export function summary(
  sources: readonly string[],
  days: number,
  earlier: readonly DayStats[],
  outcomes: readonly Outcome[],
): string {
  const accounts = [...earlier, ...outcomes.flatMap(outcome => (outcome.state === 'done' ? [outcome.account] : []))]
  const lines = sources.map(source => {
    const own = accounts.filter(account => account.source === source)
    const sums = FIELDS.map(field => own.reduce((sum, account) => sum + account[field], 0))
    return [source, `${own.length}/${days}`, ...sums]
  })
  return textTable([['', 'days', ...FIELDS], ...lines])
}
