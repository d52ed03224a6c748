import type { DayStats } from './transform-day.ts'

/** What a run of a day counts, in the order in which it is shown. */
export const DAY_COUNTS = [
  'objects',
  'items',
  'rows',
  'duplicates',
  'quarantined',
] as const satisfies readonly (keyof DayStats)[]
