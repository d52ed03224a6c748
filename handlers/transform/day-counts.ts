import { isObject } from '../parsed-json.ts'
import type { DayStats } from './transform-day.ts'

/** What a run of a day counts, in the order in which it is shown. */
export const DAY_COUNTS = [
  'objects',
  'items',
  'rows',
  'duplicates',
  'quarantined',
] as const satisfies readonly (keyof DayStats)[]

/** Whether a value, parsed from JSON, is the counts of a run. */
export const isDayStats = (value: unknown): value is DayStats =>
  isObject(value) && DAY_COUNTS.every(name => typeof value[name] === 'number') && isObject(value.tables)
