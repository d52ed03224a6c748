import type { Column, Row, Value } from '../query/engine.ts'
import type { Drawing, Scale } from './draw.ts'
import type { Formats } from './language.ts'
import type { Maximum, Translations } from './translations.ts'

/** The result of a query: its first rows, and the count and sums of the rows that were not kept. */
export interface QueryResult {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** How many rows followed those in `rows`. */
  readonly omittedRows: number
  /** The sum of each column over the omitted rows; 0 for a column that is not numeric. */
  readonly omittedSums: readonly number[]
  /** Whether the query's own LIMIT was reached: the totals of all rows are then unknown. */
  readonly isLimited: boolean
}

/** A range of days, `YYYY-MM-DD`, both included. */
export interface Period {
  readonly from: string
  readonly to: string
}

/** What a chart needs besides its data: language, period and colors. */
export interface ChartContext {
  readonly translations: Translations
  readonly formats: Formats
  readonly period: Period | undefined
  /** Series that come first, in this order: the platforms. */
  readonly firstSeries: readonly string[]
  /** The color of a series, by name; without a name, the color of a chart with one series. */
  color(series?: string): string
}

/** A chart's content, and its description in text. */
export interface ChartModel {
  readonly drawing: Drawing
  readonly scale: Scale
  /** The main finding, as a sentence. */
  readonly finding: string
  /** Whether the chart shows more than one value; as a line, more than two. */
  readonly isTelling: boolean
  /** What the chart leaves out, one sentence each. */
  readonly notes: readonly string[]
  /** Empty for a chart with one series. */
  readonly legend: readonly { readonly name: string; readonly color: string }[]
}

/**
 * Returns a function that reads a column's value from a row.
 * @throws when the result has no such column
 */
export function columnReader({ columns }: QueryResult, name: string): (row: Row) => Value {
  const index = columns.findIndex(column => column.name === name)
  if (index < 0) throw new Error(`the result has no column "${name}": ${columns.map(column => column.name).join(', ')}`)
  return row => row[index] ?? null
}

/** Converts a value to a number; 0 when it is null, a boolean or not a finite number. */
export function toNumber(value: Value): number {
  const number = typeof value === 'boolean' || value === null ? Number.NaN : Number(value)
  return Number.isFinite(number) ? number : 0
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const ADDITIVE: ReadonlySet<string> = new Set(['messages', 'answers', 'reactions', 'amount'])

/** Whether the measures add up to a meaningful total: messages do, people and delays do not. */
export const isAdditive = (measures: readonly string[]): boolean => measures.some(measure => ADDITIVE.has(measure))

/** Whether a measure is a duration. A duration without rows is missing; any other measure is then 0. */
export const isDuration = (measure: string): boolean => measure.endsWith('_seconds')

/** The scale for the measures: time units for durations, plain numbers for the rest. */
export const scaleOf = (measures: readonly string[], { number, amount, duration }: Formats): Scale =>
  measures.every(isDuration)
    ? {
        format: duration,
        step: atLeast => ROUND_SECONDS.find(step => step >= atLeast) ?? DAY * roundStep(atLeast / DAY),
      }
    : { format: measures.includes('amount') ? amount : number, step: roundStep }

const DAY = 86_400
const ROUND_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, DAY]

/** The smallest whole number of the form 1, 2 or 5 × 10ⁿ that is at least `atLeast`. */
function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(atLeast, 1)))
  return [1, 2, 5].map(factor => factor * power).find(step => step >= atLeast) ?? 10 * power
}

/** The most labels to list when several values tie. */
const MAX_LISTED_TIES = 3

/**
 * The highest value, formatted for a sentence.
 * @param label the label of the value at an index
 * @param total the sum that the share refers to; without it there is no share
 */
export function maximumOf(
  values: readonly number[],
  label: (index: number) => string,
  scale: Scale,
  { formats }: ChartContext,
  total?: number,
): Maximum {
  const maximum = values.reduce((maximum, value) => Math.max(maximum, value), 0)
  const ties = values.flatMap((value, i) => (value === maximum ? [i] : []))
  return {
    label: ties.length <= MAX_LISTED_TIES ? formats.list(ties.map(label)) : undefined,
    ties: ties.length,
    value: scale.format(maximum),
    share: total && values.length > 1 ? formats.percent(maximum / total) : undefined,
  }
}

/** The label of a value, also of a null and of the empty string. */
export function labelOf(column: string, value: Value, translations: Translations): string {
  if (value === null) return translations.noValue(column)
  if (value === '') return translations.emptyText
  return translations.valueName(column, String(value))
}
