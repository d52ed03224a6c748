import type { Chart } from '../../sql/chart.ts'
import type { Row, Value } from '../query/engine.ts'
import { axisOf, unitOf } from './axis.ts'
import {
  type Answer,
  type ChartContext,
  type ChartModel,
  greatest,
  isCount,
  isDuration,
  labelOf,
  numeric,
  reader,
  scaleOf,
  sum,
} from './chart-context.ts'
import { isolate } from './html.ts'

type HeatmapChart = Extract<Chart, { kind: 'heatmap' }>
type AxisChart = Exclude<Chart, HeatmapChart>

/** A chart of an answer; undefined where there is nothing to draw. */
export function tell(chart: Chart, answer: Answer, telling: ChartContext): ChartModel | undefined {
  if (chart.kind === 'heatmap') return heatmap(chart, answer, telling)
  const isRanking = chart.kind === 'bar' && unitOf(chart.x, answer) === 'text'
  return (isRanking ? ranking : overAxis)(chart, answer, telling)
}

/** Bars that fit a page and a head. */
const TOP = 10

function ranking(chart: AxisChart, answer: Answer, telling: ChartContext): ChartModel | undefined {
  const { words, formats } = telling
  const x = reader(answer, chart.x)
  const layers = layersOf(chart, answer, telling)
  // A row is a bar, also where two have the same name; only series make one bar of several rows.
  const stacks = chart.series === undefined ? answer.rows.map(row => [row]) : grouped(answer.rows, x)
  const all = stacks
    .map(rows => {
      const parts = layers.map(({ color, measure }) => ({ color, value: sum(rows.map(row => measure(row) ?? 0)) }))
      return { label: labelOf(chart.x, x(rows[0] ?? []), words), parts, value: sum(parts.map(({ value }) => value)) }
    })
    .sort((a, b) => b.value - a.value)
  if (all.length === 0) return undefined
  const bars = all.slice(0, Math.min(chart.top ?? TOP, TOP))
  const unread = answer.columns.map(({ name }, i) => (chart.y.includes(name) ? (answer.moreSums[i] ?? 0) : 0))
  const total = sum([...all.map(({ value }) => value), ...unread])
  const others = all.length - bars.length + answer.more
  const othersSum = total - sum(bars.map(({ value }) => value))
  const isWhole = isCount(chart.y) && !answer.limited
  const scale = scaleOf(chart.y, formats)
  const values = all.map(({ value }) => value)
  const name = (i: number) => isolate(oneLine(all[i]?.label ?? ''))
  return {
    drawing: { kind: 'ranking', bars },
    scale,
    finding: words.leads(greatest(values, name, scale, telling, isWhole ? total : undefined)),
    notes: others > 0 && isWhole ? [words.others(formats.number(others), scale.format(othersSum), others)] : [],
    legend: legendOf(layers),
  }
}

/** A text for a sentence: without its line breaks, and not for ever. */
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

function grouped(rows: readonly Row[], key: (row: Row) => Value): Row[][] {
  const groups = new Map<Value, Row[]>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group) group.push(row)
    else groups.set(key(row), [row])
  }
  return [...groups.values()]
}

function overAxis(chart: AxisChart, answer: Answer, telling: ChartContext): ChartModel | undefined {
  const { words, formats } = telling
  const x = reader(answer, chart.x)
  const rows = answer.rows.slice(0, chart.top)
  const axis = axisOf(chart.x, answer, rows.map(x), telling)
  const places = new Map(axis.keys.map((key, i) => [key, i]))
  const place = (row: Row) => places.get(String(x(row)))
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
  const lines = layers.map(({ name, color, measure, mean, isEverywhere }) => {
    const values = spread(measure).map(value => (isEverywhere ? (value ?? 0) : value))
    return { name, color, values, mean: mean ? spread(mean).map((value, i) => value ?? meanOfWeek(values, i)) : [] }
  })
  const isSum = chart.kind === 'bar' || counted // the finding is about all layers together, or the first alone
  const told = isSum ? lines : lines.slice(0, 1)
  const heights = axis.keys.map((_, i) => sum(told.map(({ values }) => values[i] ?? 0)))
  const total = sum(heights)
  if (total === 0) return undefined
  const scale = scaleOf(chart.y, formats)
  const outside = sum(
    rows.filter(row => place(row) === undefined).flatMap(row => layers.map(({ measure }) => measure(row) ?? 0)),
  )
  return {
    drawing:
      chart.kind === 'bar'
        ? { kind: 'columns', labels: axis.labels, layers: lines }
        : { kind: 'lines', labels: axis.labels, lines },
    scale,
    finding: counted
      ? words.peak(axis.unit, greatest(heights, axis.name, scale, telling, total))
      : words.most(told.length > 1 ? words.total : (told[0]?.name ?? ''), greatest(heights, axis.name, scale, telling)),
    notes: outside > 0 && counted ? [words.outside(formats.number(outside), outside)] : [],
    legend: legendOf(layers),
  }
}

/** The mean of a day's value and the six before it: an answer ends with the last message, the chart with its days. */
function meanOfWeek(values: readonly (number | null)[], day: number): number | null {
  const known = values.slice(Math.max(0, day - 6), day + 1).filter(value => value !== null)
  return known.length > 0 ? sum(known) / known.length : null
}

function heatmap(chart: HeatmapChart, answer: Answer, telling: ChartContext): ChartModel | undefined {
  const { words, formats } = telling
  const [x, y, value] = [reader(answer, chart.x), reader(answer, chart.y), reader(answer, chart.value)]
  const across = axisOf(chart.x, answer, answer.rows.map(x), telling)
  const down = axisOf(chart.y, answer, answer.rows.map(y), telling)
  const values = down.keys.map(() => across.keys.map(() => 0))
  for (const row of answer.rows) {
    const line = values[down.keys.indexOf(String(y(row)))]
    const place = across.keys.indexOf(String(x(row)))
    if (line && place >= 0) line[place] = (line[place] ?? 0) + numeric(value(row))
  }
  const all = values.flat()
  const total = sum(all)
  if (total === 0) return undefined
  const outside = sum(answer.rows.map(row => numeric(value(row)))) - total
  const width = across.keys.length
  const name = (i: number) => words.both(down.name(Math.floor(i / width)), across.name(i % width))
  const scale = scaleOf([chart.value], formats)
  return {
    drawing: { kind: 'heatmap', color: telling.color(), columns: across.labels, rows: down.labels, values },
    scale,
    finding: words.peak('text', greatest(all, name, scale, telling, total)),
    notes: outside > 0 ? [words.outside(formats.number(outside), outside)] : [],
    legend: [],
  }
}

/** A part of a chart with a colour of its own: a measure, a series, or a measure of a series. */
interface Layer {
  readonly name: string
  readonly color: string
  /** Null for the rows that are none of its. */
  readonly measure: (row: Row) => number | null
  /** The running mean that goes with the measure, where there is one. */
  readonly mean: ((row: Row) => number | null) | undefined
  /** Whether it is 0 where there is no row: no message is none, but no delay is no short one. */
  readonly isEverywhere: boolean
}

/** Colours that a reader can tell apart, and that a legend has room for; the series after them share one. */
const MOST_SERIES = 5

/** A running mean, drawn as the bold line of the measure that it stands in the place of. */
const isMean = (column: string) => /(^|_)mean(_|$)/.test(column)

function layersOf(chart: AxisChart, answer: Answer, { words, color, first }: ChartContext): Layer[] {
  const measures = chart.y.filter(name => !isMean(name))
  const means = chart.y.filter(isMean)
  const number = (column: string | undefined, isIts: (row: Row) => boolean) => {
    if (column === undefined) return undefined
    const read = reader(answer, column)
    return (row: Row) => (read(row) === null || !isIts(row) ? null : numeric(read(row)))
  }
  const layers = (isIts: (row: Row) => boolean, series?: { name: string; color: string }) =>
    measures.flatMap((column, i): Layer[] => {
      const own = measures.length > 1 ? color(column) : color()
      const measure = number(column, isIts)
      if (!measure) return []
      const called = series ?? { name: words.column(column), color: own }
      return [{ ...called, measure, mean: number(means[i], isIts), isEverywhere: !isDuration(column) }]
    })
  if (chart.series === undefined) return layers(() => true)

  const column = chart.series
  const series = reader(answer, column)
  const names = [...new Set(answer.rows.map(series))].sort((a, b) => rankOf(a, first) - rankOf(b, first))
  const shown = names.length > MOST_SERIES ? names.slice(0, MOST_SERIES - 1) : names
  const named = shown.flatMap(name =>
    layers(row => series(row) === name, { name: labelOf(column, name, words), color: color(String(name)) }),
  )
  return shown.length === names.length
    ? named
    : [...named, ...layers(row => !shown.includes(series(row)), { name: words.otherSeries, color: 'var(--muted)' })]
}

const rankOf = (value: Value, first: readonly string[]) => {
  const place = first.indexOf(String(value))
  return place < 0 ? first.length : place
}

const legendOf = (layers: readonly Layer[]) =>
  layers.length > 1 ? layers.map(({ name, color }) => ({ name, color })) : []
