import type { Chart } from '../../sql/chart.ts'
import type { Row, Value } from '../query/engine.ts'
import { axisKindOf, axisOf } from './axis.ts'
import {
  type ChartContext,
  type ChartModel,
  columnReader,
  isAdditive,
  isDuration,
  labelOf,
  maximumOf,
  type QueryResult,
  scaleOf,
  sum,
  toNumber,
} from './chart-context.ts'
import { isolate } from './html.ts'

type HeatmapChart = Extract<Chart, { kind: 'heatmap' }>
type SeriesChart = Exclude<Chart, HeatmapChart>

/**
 * Builds a chart of a query's result.
 * @returns undefined when there is nothing to draw
 * @throws when the result lacks a column that the chart names
 */
export function buildChart(chart: Chart, result: QueryResult, context: ChartContext): ChartModel | undefined {
  if (chart.kind === 'heatmap') return heatmap(chart, result, context)
  const isRanking = chart.kind === 'bar' && axisKindOf(chart.x, result) === 'text' && !ORDERED.has(chart.x)
  return (isRanking ? ranking : columnsOrLines)(chart, result, context)
}

/** Columns of text whose rows have an order of their own. */
const ORDERED: ReadonlySet<string> = new Set(['characters'])

/** The most bars of a ranking. */
const MAX_BARS = 10

function ranking(chart: SeriesChart, result: QueryResult, context: ChartContext): ChartModel | undefined {
  const { translations, formats } = context
  const x = columnReader(result, chart.x)
  const layers = layersOf(chart, result, context)
  // Each row is one bar, even when two share a label. Only a chart with series joins rows into one bar.
  const groups = chart.series === undefined ? result.rows.map(row => [row]) : groupBy(result.rows, x)
  const allBars = groups
    .map(rows => {
      const parts = layers.map(({ color, measure }) => ({ color, value: sum(rows.map(row => measure(row) ?? 0)) }))
      const label = labelOf(chart.x, x(rows[0] ?? []), translations)
      return { label, parts, value: sum(parts.map(({ value }) => value)) }
    })
    .sort((a, b) => b.value - a.value)
  if (allBars.length === 0) return undefined
  const bars = withoutCutTies(allBars, Math.min(chart.top ?? MAX_BARS, MAX_BARS))
  const omitted = result.columns.map(({ name }, i) => (chart.y.includes(name) ? (result.omittedSums[i] ?? 0) : 0))
  const values = allBars.map(({ value }) => value)
  const total = sum([...values, ...omitted])
  const hiddenBars = allBars.length - bars.length + result.omittedRows
  const hiddenSum = total - sum(bars.map(({ value }) => value))
  const hasTotal = isAdditive(chart.y) && !result.isLimited
  const scale = scaleOf(chart.y, formats)
  const label = (i: number) => isolate(shortLine(allBars[i]?.label ?? ''))
  return {
    drawing: { kind: 'ranking', bars },
    scale,
    isTelling: bars.length > 1,
    finding: translations.topBar(maximumOf(values, label, scale, context, hasTotal ? total : undefined)),
    notes:
      hiddenBars > 0 && hasTotal
        ? [translations.hiddenBars(formats.number(hiddenBars), scale.format(hiddenSum), hiddenBars)]
        : [],
    legend: legendOf(layers),
  }
}

/** The fewest bars that a ranking with ties shows, if it has as many. */
const MIN_BARS = 3

/**
 * The first bars, at most `count`. Leaves out those that tie with a bar after them, because only chance would tell which
 * of them are shown.
 */
function withoutCutTies<T extends { readonly value: number }>(bars: readonly T[], count: number): T[] {
  const next = bars[count]?.value
  const shown = bars.slice(0, count)
  const untied = shown.filter(({ value }) => value !== next)
  return untied.length >= MIN_BARS ? untied : shown
}

/** A text in one line of at most 60 UTF-16 code units. */
function shortLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

function groupBy(rows: readonly Row[], key: (row: Row) => Value): Row[][] {
  const groups = new Map<Value, Row[]>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group) group.push(row)
    else groups.set(key(row), [row])
  }
  return [...groups.values()]
}

function columnsOrLines(chart: SeriesChart, result: QueryResult, context: ChartContext): ChartModel | undefined {
  const { translations, formats } = context
  const x = columnReader(result, chart.x)
  const rows = result.rows.slice(0, chart.top)
  const axis = axisOf(chart.x, result, rows.map(x), context)
  const positions = new Map(axis.keys.map((key, i) => [key, i]))
  const positionOf = (row: Row) => positions.get(String(x(row)))
  const valuesByPosition = (read: (row: Row) => number | null) => {
    const values: (number | null)[] = axis.keys.map(() => null)
    for (const row of rows) {
      const [i, value] = [positionOf(row), read(row)]
      if (i !== undefined && value !== null) values[i] = (values[i] ?? 0) + value
    }
    return values
  }
  const layers = layersOf(chart, result, context)
  const lines = layers.map(({ name, color, measure, mean, isZeroWithoutRow }) => {
    const values = valuesByPosition(measure).map(value => (isZeroWithoutRow ? (value ?? 0) : value))
    const means = mean ? valuesByPosition(mean).map((value, i) => value ?? weeklyMean(values, i)) : []
    return { name, color, values, mean: means }
  })
  const counts = isAdditive(chart.y)
  // The finding is about the sum of all layers where a sum makes sense, otherwise about the first layer.
  const described = chart.kind === 'bar' || counts ? lines : lines.slice(0, 1)
  const totals = axis.keys.map((_, i) => sum(described.map(({ values }) => values[i] ?? 0)))
  const total = sum(totals)
  if (total === 0) return undefined
  const scale = scaleOf(chart.y, formats)
  const outside = sum(
    rows.filter(row => positionOf(row) === undefined).flatMap(row => layers.map(({ measure }) => measure(row) ?? 0)),
  )
  const measure = described.length > 1 ? translations.total : (described[0]?.name ?? '')
  return {
    drawing:
      chart.kind === 'bar'
        ? { kind: 'columns', labels: axis.labels, layers: lines }
        : { kind: 'lines', labels: axis.labels, lines },
    scale,
    isTelling: totals.filter(value => value > 0).length > (chart.kind === 'line' ? 2 : 1),
    finding: counts
      ? translations.busiest(axis.kind, maximumOf(totals, axis.longLabel, scale, context, total))
      : translations.peak(measure, maximumOf(totals, axis.longLabel, scale, context)),
    notes: outside > 0 && counts ? [translations.outsidePeriod(formats.number(outside), outside)] : [],
    legend: legendOf(layers),
  }
}

/**
 * The mean of a day's value and the six before it; null when all are missing. Fills in the days of the period after
 * the query's last row.
 */
function weeklyMean(values: readonly (number | null)[], day: number): number | null {
  const known = values.slice(Math.max(0, day - 6), day + 1).filter(value => value !== null)
  return known.length > 0 ? sum(known) / known.length : null
}

function heatmap(chart: HeatmapChart, result: QueryResult, context: ChartContext): ChartModel | undefined {
  const { translations, formats } = context
  const [x, y, value] = [
    columnReader(result, chart.x),
    columnReader(result, chart.y),
    columnReader(result, chart.value),
  ]
  const xAxis = axisOf(chart.x, result, result.rows.map(x), context)
  const yAxis = axisOf(chart.y, result, result.rows.map(y), context)
  const values = yAxis.keys.map(() => xAxis.keys.map(() => 0))
  for (const row of result.rows) {
    const line = values[yAxis.keys.indexOf(String(y(row)))]
    const column = xAxis.keys.indexOf(String(x(row)))
    if (line && column >= 0) line[column] = (line[column] ?? 0) + toNumber(value(row))
  }
  const cells = values.flat()
  const total = sum(cells)
  if (total === 0) return undefined
  const outside = sum(result.rows.map(row => toNumber(value(row)))) - total
  const width = xAxis.keys.length
  const label = (i: number) =>
    translations.heatmapCell(yAxis.longLabel(Math.floor(i / width)), xAxis.longLabel(i % width))
  const scale = scaleOf([chart.value], formats)
  return {
    drawing: { kind: 'heatmap', color: context.color(), columns: xAxis.labels, rows: yAxis.labels, values },
    scale,
    isTelling: cells.filter(value => value > 0).length > 1,
    finding: translations.busiest('text', maximumOf(cells, label, scale, context, total)),
    notes: outside > 0 ? [translations.outsidePeriod(formats.number(outside), outside)] : [],
    legend: [],
  }
}

/** A part of a chart with its own color: a measure, a series, or one measure of a series. */
interface Layer {
  readonly name: string
  readonly color: string
  /** Reads the measure; null for rows of other series. */
  readonly measure: (row: Row) => number | null
  /** Reads the moving average of the measure; undefined when the chart has none. */
  readonly mean: ((row: Row) => number | null) | undefined
  /** Whether a missing row means 0. It does for counts, but not for durations. */
  readonly isZeroWithoutRow: boolean
}

/** The most series: colors stay distinguishable and the legend short. Further series are joined into the last. */
const MAX_SERIES = 5

/** Whether a column is a moving average. The n-th such column belongs to the n-th measure and is its bold line. */
const isMean = (column: string) => /(^|_)mean(_|$)/.test(column)

function layersOf(
  chart: SeriesChart,
  result: QueryResult,
  { translations, color, firstSeries }: ChartContext,
): Layer[] {
  const measures = chart.y.filter(name => !isMean(name))
  const means = chart.y.filter(isMean)
  const numberReader = (column: string | undefined, matches: (row: Row) => boolean) => {
    if (column === undefined) return undefined
    const read = columnReader(result, column)
    return (row: Row) => (read(row) === null || !matches(row) ? null : toNumber(read(row)))
  }
  const layers = (matches: (row: Row) => boolean, series?: { name: string; color: string }) =>
    measures.flatMap((column, i): Layer[] => {
      const measureColor = measures.length > 1 ? color(column) : color()
      const measure = numberReader(column, matches)
      if (!measure) return []
      const nameAndColor = series ?? { name: translations.columnName(column), color: measureColor }
      const mean = numberReader(means[i], matches)
      return [{ ...nameAndColor, measure, mean, isZeroWithoutRow: !isDuration(column) }]
    })
  if (chart.series === undefined) return layers(() => true)

  const column = chart.series
  const series = columnReader(result, column)
  const names = [...new Set(result.rows.map(series))].sort((a, b) => rankOf(a, firstSeries) - rankOf(b, firstSeries))
  const shown = names.length > MAX_SERIES ? names.slice(0, MAX_SERIES - 1) : names
  const named = shown.flatMap(name =>
    layers(row => series(row) === name, { name: labelOf(column, name, translations), color: color(String(name)) }),
  )
  const other = { name: translations.otherSeries, color: 'var(--muted)' }
  return shown.length === names.length ? named : [...named, ...layers(row => !shown.includes(series(row)), other)]
}

const rankOf = (value: Value, firstSeries: readonly string[]) => {
  const index = firstSeries.indexOf(String(value))
  return index < 0 ? firstSeries.length : index
}

const legendOf = (layers: readonly Layer[]) =>
  layers.length > 1 ? layers.map(({ name, color }) => ({ name, color })) : []
