import { addDays, datesBetween } from '../../handlers/lake/calendar.ts'
import type { Value } from '../query/engine.ts'
import { type Answer, type ChartContext, labelOf } from './chart-context.ts'
import { isolate } from './html.ts'
import type { Unit } from './language.ts'

/** Places in their order: the keys that values have, what may stand below each, and how a sentence says it. */
export interface Axis {
  readonly unit: Unit
  readonly keys: readonly string[]
  readonly labels: readonly string[]
  name(index: number): string
}

/** What the values of a column are, by what it is called and by its type. */
export function unitOf(name: string, { columns }: Answer): Unit {
  if (name === 'hour' || name === 'weekday') return name
  if (name === 'monday') return 'week'
  return columns.find(column => column.name === name)?.type === 'date' ? 'day' : 'text'
}

/** The axis of a column: whole where it has a whole, so that an hour without a message has its place too. */
export function axisOf(column: string, answer: Answer, values: readonly Value[], telling: ChartContext): Axis {
  const { words, formats, period } = telling
  const unit = unitOf(column, answer)
  const given = [...new Set(values.filter(value => value !== null).map(String))]
  switch (unit) {
    case 'hour': {
      const keys = Array.from({ length: 24 }, (_, hour) => String(hour))
      return { unit, keys, labels: keys, name: i => words.hour(i) }
    }
    case 'weekday': {
      const days = [1, 2, 3, 4, 5, 6, 7]
      const labels = days.map(day => formats.weekday(day, 'short'))
      return { unit, keys: days.map(String), labels, name: i => formats.weekday(i + 1, 'long') }
    }
    case 'day': {
      const keys = period ? datesBetween(period.from, period.to) : given.sort()
      const isLong = keys.length > 366
      const labels = isLong
        ? keys.map(key => (key.endsWith('-01') ? formats.date(key, 'month') : ''))
        : keys.map(key => formats.date(key, 'short'))
      return { unit, keys, labels, name: i => formats.date(keys[i] ?? '', 'long') }
    }
    case 'week': {
      const keys = period ? mondaysBetween(period.from, period.to) : given.sort()
      const weeks = keys.map(isoWeek)
      const labels = weeks.map(({ year, week }) => words.weekTick(week, keys.length > 53 ? year : undefined))
      return { unit, keys, labels, name: i => words.week(weeks[i] ?? { year: 0, week: 0 }) }
    }
    case 'text': {
      const labels = given.map(value => labelOf(column, value, words))
      return { unit, keys: given, labels: labels.map(isolate), name: i => isolate(labels[i] ?? '') }
    }
  }
}

/** The Mondays of the weeks that days belong to. */
const mondaysBetween = (from: string, to: string) =>
  datesBetween(addDays(from, -daysSinceMonday(from)), to).filter((_, i) => i % 7 === 0)

const daysSinceMonday = (day: string) => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7

/** The ISO week of a day, and the year that the week belongs to, which is its Thursday's. */
export function isoWeek(day: string): { year: number; week: number } {
  const thursday = addDays(day, 3 - daysSinceMonday(day))
  const year = thursday.slice(0, 4)
  return { year: Number(year), week: Math.floor((Date.parse(thursday) - Date.parse(`${year}-01-01`)) / WEEK_MS) + 1 }
}

const WEEK_MS = 7 * 86_400_000
