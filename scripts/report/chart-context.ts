import type { Column, Row, Value } from '../query/engine.ts'
import type { Drawing, Scale } from './draw.ts'
import type { Formats } from './language.ts'
import type { Greatest, Translations } from './translations.ts'

/** What a query answered: its first rows, and what the rest of them come to. */
export interface Answer {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** How many rows more there were. */
  readonly more: number
  /** The sum of each column over those, where it is one of numbers. */
  readonly moreSums: readonly number[]
  /** Whether the query itself gave but its first rows, so that nobody knows the whole. */
  readonly limited: boolean
}

/** Days, both included. */
export interface Period {
  readonly from: string
  readonly to: string
}

/** What a figure is told with: the reader's language, the days it is about, a colour for what is told of. */
export interface ChartContext {
  readonly words: Translations
  readonly formats: Formats
  readonly period: Period | undefined
  /** Names that come first among series, in their order: the platforms. */
  readonly first: readonly string[]
  /** The colour of a series, by its name; of the whole chart, where there is only one. */
  color(series?: string): string
}

/** A chart's content, and what it shows said in words. */
export interface ChartModel {
  readonly drawing: Drawing
  readonly scale: Scale
  /** The main finding, in a sentence. */
  readonly finding: string
  /** What the chart leaves out, in a sentence each. */
  readonly notes: readonly string[]
  /** What its colours stand for, where there are several. */
  readonly legend: readonly { readonly name: string; readonly color: string }[]
}

/**
 * Reads the value of a column from rows.
 * @throws when the result has no such column
 */
export function reader({ columns }: Answer, name: string): (row: Row) => Value {
  const index = columns.findIndex(column => column.name === name)
  if (index < 0) throw new Error(`the result has no column "${name}": ${columns.map(column => column.name).join(', ')}`)
  return row => row[index] ?? null
}

/** A number out of any value; what is none counts for nothing. */
export function numeric(value: Value): number {
  const number = typeof value === 'boolean' || value === null ? Number.NaN : Number(value)
  return Number.isFinite(number) ? number : 0
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Whether measures count what adds up to a whole, as messages do; people and delays do not. */
export const isCount = (measures: readonly string[]): boolean => measures.includes('messages')

/** Whether a measure is how long something took, which is nothing where nothing was; all else is then 0. */
export const isDuration = (measure: string): boolean => measure.endsWith('_seconds')

/** How a measure's numbers are written: a delay in its unit, all else as they are. */
export const scaleOf = (measures: readonly string[], { number, duration }: Formats): Scale =>
  measures.every(isDuration)
    ? { format: duration, step: least => ROUND_SECONDS.find(step => step >= least) ?? DAY * roundStep(least / DAY) }
    : { format: number, step: roundStep }

const DAY = 86_400
const ROUND_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, DAY]

/** One, two or five times a power of ten, and a whole number. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)))
  return [1, 2, 5].map(factor => factor * power).find(step => step >= least) ?? 10 * power
}

/** More that are level are not named one by one. */
const MOST_NAMED = 3

/**
 * The greatest of some values, as sentences tell of it.
 * @param total what the values are a share of, where they are of anything
 */
export function greatest(
  values: readonly number[],
  name: (index: number) => string,
  scale: Scale,
  { formats }: ChartContext,
  total?: number,
): Greatest {
  const most = values.reduce((most, value) => Math.max(most, value), 0)
  const level = values.flatMap((value, i) => (value === most ? [i] : []))
  return {
    where: level.length <= MOST_NAMED ? formats.list(level.map(name)) : undefined,
    count: level.length,
    value: scale.format(most),
    share: total && values.length > 1 ? formats.percent(most / total) : undefined,
  }
}

/** What a value is called. */
export function labelOf(column: string, value: Value, words: Translations): string {
  if (value === null) return words.none(column)
  if (value === '') return words.empty
  return words.value(column, String(value))
}
