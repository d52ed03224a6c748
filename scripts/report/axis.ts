import { addDays, datesBetween } from '../../handlers/lake/calendar.ts'
import type { Value } from '../query/engine.ts'
import { type ChartContext, labelOf, type QueryResult } from './chart-context.ts'
import { isolate } from './html.ts'
import type { AxisKind } from './language.ts'

/** A discrete axis: its positions in order. */
export interface Axis {
  readonly kind: AxisKind
  /** The column's value at each position, as text. */
  readonly keys: readonly string[]
  /** The short label below each position; empty for none. */
  readonly labels: readonly string[]
  /** The label of a position in a sentence. */
  longLabel(index: number): string
}

/** The kind of axis for a column, by the column's name and type. */
export function axisKindOf(column: string, { columns }: QueryResult): AxisKind {
  if (column === 'hour' || column === 'weekday') return column
  if (column === 'monday') return 'week'
  return columns.find(({ name }) => name === column)?.type === 'date' ? 'day' : 'text'
}

/**
 * The axis of a column. Hours, weekdays, and the days and weeks of the period all get a position, also those without
 * a row.
 * @param values the column's values
 */
export function axisOf(
  column: string,
  result: QueryResult,
  values: readonly Value[],
  { translations, formats, period }: ChartContext,
): Axis {
  const kind = axisKindOf(column, result)
  const distinct = [...new Set(values.filter(value => value !== null).map(String))]
  switch (kind) {
    case 'hour': {
      const keys = Array.from({ length: 24 }, (_, hour) => String(hour))
      return { kind, keys, labels: keys, longLabel: i => translations.hour(i) }
    }
    case 'weekday': {
      const days = [1, 2, 3, 4, 5, 6, 7]
      const labels = days.map(day => formats.weekday(day, 'short'))
      return { kind, keys: days.map(String), labels, longLabel: i => formats.weekday(i + 1, 'long') }
    }
    case 'day': {
      const keys = period ? datesBetween(period.from, period.to) : distinct.sort()
      const showsMonths = keys.length > 366
      const labels = showsMonths
        ? keys.map(key => (key.endsWith('-01') ? formats.date(key, 'month') : ''))
        : keys.map(key => formats.date(key, 'short'))
      return { kind, keys, labels, longLabel: i => formats.date(keys[i] ?? '', 'long') }
    }
    case 'week': {
      const keys = period ? mondaysBetween(period.from, period.to) : distinct.sort()
      const weeks = keys.map(isoWeek)
      const labels = weeks.map(({ year, week }) => translations.weekLabel(week, keys.length > 53 ? year : undefined))
      return { kind, keys, labels, longLabel: i => translations.week(weeks[i] ?? { year: 0, week: 0 }) }
    }
    case 'text': {
      const labels = distinct.map(value => labelOf(column, value, translations))
      return { kind, keys: distinct, labels: labels.map(isolate), longLabel: i => isolate(labels[i] ?? '') }
    }
  }
}

/** The Mondays of the weeks that overlap a range of days. */
const mondaysBetween = (from: string, to: string) =>
  datesBetween(addDays(from, -daysSinceMonday(from)), to).filter((_, i) => i % 7 === 0)

const daysSinceMonday = (day: string) => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7

/** The ISO 8601 week of a day (`YYYY-MM-DD`); its year is that of the week's Thursday. */
export function isoWeek(day: string): { year: number; week: number } {
  const thursday = addDays(day, 3 - daysSinceMonday(day))
  const year = thursday.slice(0, 4)
  return { year: Number(year), week: Math.floor((Date.parse(thursday) - Date.parse(`${year}-01-01`)) / WEEK_MS) + 1 }
}

const WEEK_MS = 7 * 86_400_000
