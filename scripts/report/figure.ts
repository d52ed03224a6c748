import { addDays, datesBetween } from '../../handlers/lake/calendar.ts'
import type { Chart } from '../query/chart.ts'
import type { Column, Row, Value } from '../query/engine.ts'
import type { Drawing } from './draw.ts'
import { isolate } from './html.ts'
import type { Formats, Unit } from './language.ts'
import type { Words } from './words.ts'

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

/** What a figure is told in: the reader's language, the days it is about, a colour for what is told of. */
export interface Telling {
  readonly words: Words
  readonly formats: Formats
  readonly period: Period | undefined
  /** The colour of a series, by its name where it has one; of the whole chart, where there is only one. */
  color(series?: string): string
}

/** Days, both included. */
export interface Period {
  readonly from: string
  readonly to: string
}

/** A chart's content and what it shows, said in words. */
export interface Told {
  readonly drawing: Drawing
  /** How its numbers are written. */
  format(value: number): string
  /** The main finding, in a sentence. */
  readonly finding: string
  /** What the chart leaves out, in a sentence each. */
  readonly notes: readonly string[]
  /** What its colours stand for, where there are several. */
  readonly legend: readonly { readonly name: string; readonly color: string }[]
}

/** Bars that fit a page and a head. */
const TOP = 10

/** A chart of an answer; undefined where there is nothing to draw. */
export function tell(chart: Chart, answer: Answer, telling: Telling): Told | undefined {
  if (chart.kind === 'heatmap') return heatmap(chart, answer, telling)
  const unit = unitOf(chart.x, answer)
  return unit === 'text' && chart.kind === 'bar'
    ? ranking(chart, answer, telling)
    : overAxis(chart, unit, answer, telling)
}

/** The value of a row's column. */
const reader = ({ columns }: Answer, name: string) => {
  const index = columns.findIndex(column => column.name === name)
  if (index < 0) throw new Error(`the result has no column "${name}": ${columns.map(column => column.name).join(', ')}`)
  return (row: Row): Value => row[index] ?? null
}

/** A number out of any value; what is none counts for nothing. */
export const numeric = (value: Value): number => {
  const number = typeof value === 'boolean' ? Number.NaN : Number(value ?? Number.NaN)
  return Number.isFinite(number) ? number : 0
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** The place of the largest of some values. */
const peakOf = (values: readonly number[]) => values.indexOf(Math.max(...values))

function ranking(chart: AxisChart, answer: Answer, telling: Telling): Told | undefined {
  const { words, formats } = telling
  const x = reader(answer, chart.x)
  const layers = layersOf(chart, answer, telling)
  // A row is a bar, also where two have the same name; only series make one bar of several rows.
  const stacks =
    chart.series === undefined ? answer.rows.map(row => [row]) : grouped(answer.rows, row => String(x(row)))
  const all = stacks
    .map(rows => ({
      label: labelOf(chart.x, x(rows[0] ?? []), words),
      parts: layers.map(({ color, measure }) => ({ color, value: sum(rows.map(row => measure(row) ?? 0)) })),
    }))
    .map(bar => ({ ...bar, value: sum(bar.parts.map(({ value }) => value)) }))
    .sort((a, b) => b.value - a.value)
  const bars = all.slice(0, Math.min(chart.top ?? TOP, TOP))
  const first = bars[0]
  if (!first) return undefined
  const hidden = sum(
    chart.y.map(name => answer.moreSums[answer.columns.findIndex(column => column.name === name)] ?? 0),
  )
  const total = sum(all.map(({ value }) => value)) + hidden
  const others = all.length - bars.length + answer.more
  const othersSum = total - sum(bars.map(({ value }) => value))
  const counted = isCount(chart.y) && !answer.limited
  return {
    drawing: { kind: 'ranking', bars },
    format: formatOf(chart.y, formats),
    finding: words.leads(
      isolate(oneLine(first.label)),
      formatOf(chart.y, formats)(first.value),
      counted ? formats.percent(first.value / total) : undefined,
    ),
    notes: others > 0 && counted ? [words.others(formats.number(others), formats.number(othersSum), others)] : [],
    legend: legendOf(layers),
  }
}

/** A part of a chart with a colour of its own: a measure, a series, or a measure of a series. */
interface Layer {
  readonly name: string
  readonly color: string
  /** Null for the rows that are none of its. */
  measure(row: Row): number | null
  /** The mean that goes with the measure, where there is one. */
  mean: ((row: Row) => number | null) | undefined
}

function layersOf(chart: AxisChart, answer: Answer, { words, color }: Telling): Layer[] {
  const series = chart.series === undefined ? undefined : reader(answer, chart.series)
  const measures = chart.y.filter(name => !isMean(name))
  const means = chart.y.filter(isMean)
  const names = series ? [...new Set(answer.rows.map(row => series(row)))] : [undefined]
  const several = names.length * measures.length > 1 || series !== undefined
  return names.flatMap(name =>
    measures.map((column, i): Layer => {
      const value = (column: string) => {
        const read = reader(answer, column)
        return (row: Row) => (read(row) === null || (series && series(row) !== name) ? null : numeric(read(row)))
      }
      const called = name === undefined ? words.column(column) : labelOf(chart.series ?? '', name, words)
      const mean = means[i]
      return {
        name: called,
        color: several ? color(String(name ?? column)) : color(),
        measure: value(column),
        mean: mean === undefined ? undefined : value(mean),
      }
    }),
  )
}

const legendOf = (layers: readonly Layer[]) =>
  layers.length > 1 ? layers.map(({ name, color }) => ({ name, color })) : []

/** A running mean, drawn as the bold line of the measure before it. */
const isMean = (column: string) => /(^|_)mean(_|$)/.test(column)

/** Whether measures count things that add up to a whole, as messages do; people and delays do not. */
const isCount = (measures: readonly string[]) => measures.includes('messages')

/** How a measure's numbers are written: a delay in its unit, all else as they are. */
const formatOf = (measures: readonly string[], formats: Formats) =>
  measures.every(name => name.endsWith('_seconds')) ? formats.duration : formats.number

function grouped(rows: readonly Row[], key: (row: Row) => string): Row[][] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row])
  return [...groups.values()]
}

/** A text for a sentence: without its line breaks, and not for ever. */
const oneLine = (text: string) => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

const labelOf = (column: string, value: Value, words: Words): string => {
  if (value === null) return words.none
  if (value === '') return words.empty
  return words.value(column, String(value))
}

/** What the values of a column are, by what it is called and by its type. */
function unitOf(name: string, { columns }: Answer): Unit {
  const type = columns.find(column => column.name === name)?.type
  if (name === 'monday') return 'week'
  if (type === 'date' || type === 'timestamp') return 'day'
  return UNITS.get(name) ?? 'text'
}

const UNITS = new Map<string, Unit>([
  ['hour', 'hour'],
  ['weekday', 'weekday'],
])

/** Places on an axis, in their order: the keys that values have, what stands below them, and how a sentence says them. */
interface Axis {
  readonly keys: readonly string[]
  readonly labels: readonly string[]
  name(index: number): string
}

/** The whole axis of a column, so that an hour without a message has its place; of the values alone where it has no whole. */
function axisOf(column: string, answer: Answer, values: readonly Value[], { words, formats, period }: Telling): Axis {
  const given = [...new Set(values.filter(value => value !== null).map(String))]
  switch (unitOf(column, answer)) {
    case 'hour': {
      const keys = Array.from({ length: 24 }, (_, hour) => String(hour))
      return { keys, labels: keys, name: i => words.hour(i) }
    }
    case 'weekday': {
      const keys = Array.from({ length: 7 }, (_, day) => String(day + 1))
      return {
        keys,
        labels: keys.map(key => formats.weekday(Number(key), 'short')),
        name: i => formats.weekday(i + 1, 'long'),
      }
    }
    case 'day': {
      const days = given.map(text => text.slice(0, 10)).sort()
      const [first, last] = [period?.from ?? days[0], period?.to ?? days.at(-1)]
      const keys = first && last ? datesBetween(first, last) : []
      return {
        keys,
        labels: keys.map(key => formats.date(key, 'short')),
        name: i => formats.date(keys[i] ?? '', 'long'),
      }
    }
    case 'week': {
      const keys = period ? mondaysBetween(period.from, period.to) : given.sort()
      const weeks = keys.map(isoWeek)
      return {
        keys,
        labels: weeks.map(({ week }) => words.weekTick(week)),
        name: i => words.week(weeks[i] ?? { year: 0, week: 0 }),
      }
    }
    case 'text': {
      const labels = given.map(value => labelOf(column, value, words))
      return { keys: given, labels, name: i => isolate(labels[i] ?? '') }
    }
  }
}

/** The Mondays of the weeks of the days between two, both included. */
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

type AxisChart = Exclude<Chart, { kind: 'heatmap' }>

function overAxis(chart: AxisChart, unit: Unit, answer: Answer, telling: Telling): Told | undefined {
  const { words, formats } = telling
  const x = reader(answer, chart.x)
  const rows = chart.top === undefined ? answer.rows : answer.rows.slice(0, chart.top)
  const axis = axisOf(chart.x, answer, rows.map(x), telling)
  const places = new Map(axis.keys.map((key, i) => [key, i]))
  const place = (row: Row) => places.get(unit === 'day' ? String(x(row)).slice(0, 10) : String(x(row)))
  const spread = (read: (row: Row) => number | null) => {
    const values: (number | null)[] = axis.keys.map(() => null)
    for (const row of rows) {
      const [i, value] = [place(row), read(row)]
      if (i !== undefined && value !== null) values[i] = (values[i] ?? 0) + value
    }
    return values
  }
  const layers = layersOf(chart, answer, telling)
  const counted = isCount(chart.y)
  const lines = layers.map(({ name, color, measure, mean }) => ({
    name,
    color,
    values: spread(measure).map(value => (counted ? (value ?? 0) : value)), // no messages are 0, no delay is none
    mean: mean ? spread(mean) : [],
  }))
  const stacked = chart.kind === 'bar' || counted
  const heights = axis.keys.map((_, i) =>
    sum((stacked ? lines : lines.slice(0, 1)).map(({ values }) => values[i] ?? 0)),
  )
  const total = sum(heights)
  if (total === 0) return undefined
  const peak = peakOf(heights)
  const most = heights[peak] ?? 0
  const outside = sum(
    rows.filter(row => place(row) === undefined).flatMap(row => layers.map(layer => layer.measure(row) ?? 0)),
  )
  const format = formatOf(chart.y, formats)
  return {
    drawing:
      chart.kind === 'bar'
        ? { kind: 'columns', labels: axis.labels, layers: lines }
        : { kind: 'lines', labels: axis.labels, lines },
    format,
    finding: (counted ? words.peak : words.most)(
      unit,
      axis.name(peak),
      format(most),
      counted && axis.keys.length > 1 ? formats.percent(most / total) : undefined,
    ),
    notes: outside > 0 && counted ? [words.outside(formats.number(outside), outside)] : [],
    legend: legendOf(layers),
  }
}

function heatmap(chart: Extract<Chart, { kind: 'heatmap' }>, answer: Answer, telling: Telling): Told | undefined {
  const { words, formats } = telling
  const [x, y, value] = [reader(answer, chart.x), reader(answer, chart.y), reader(answer, chart.value)]
  const across = axisOf(chart.x, answer, answer.rows.map(x), telling)
  const down = axisOf(chart.y, answer, answer.rows.map(y), telling)
  const values = down.keys.map(() => across.keys.map(() => 0))
  let outside = 0
  for (const row of answer.rows) {
    const line = values[down.keys.indexOf(String(y(row)))]
    const column = across.keys.indexOf(String(x(row)))
    if (line && column >= 0) line[column] = (line[column] ?? 0) + numeric(value(row))
    else outside += numeric(value(row))
  }
  const flat = values.flat()
  const total = sum(flat)
  if (total === 0) return undefined
  const peak = peakOf(flat)
  const most = flat[peak] ?? 0
  const width = across.keys.length
  const where = words.both(down.name(Math.floor(peak / width)), across.name(peak % width))
  return {
    format: formats.number,
    drawing: { kind: 'heatmap', color: telling.color(), columns: across.labels, rows: down.labels, values },
    finding: words.peak('text', where, formats.number(most), formats.percent(most / total)),
    notes: outside > 0 ? [words.outside(formats.number(outside), outside)] : [],
    legend: [],
  }
}
