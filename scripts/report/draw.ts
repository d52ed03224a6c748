import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { truncate } from '../lib/cli/text-width.ts'
import { isolate, printable } from './html.ts'

/** What to draw, with all labels in the reader's language. */
export type Drawing = Ranking | Columns | Lines | Heatmap

/** Horizontal bars, the longest on top, each below its label. */
export interface Ranking {
  readonly kind: 'ranking'
  readonly bars: readonly Bar[]
}

export interface Bar {
  readonly label: string
  /** The sum of the parts. */
  readonly value: number
  readonly parts: readonly { readonly color: string; readonly value: number }[]
}

/** Vertical bars along an axis; several layers are stacked. */
export interface Columns {
  readonly kind: 'columns'
  readonly labels: readonly string[]
  readonly layers: readonly Series[]
}

/** One value per label; null for a missing value. */
export interface Series {
  readonly name: string
  readonly color: string
  readonly values: readonly (number | null)[]
}

/** Lines along an axis: a thin line for the values and a bold one for their moving average, if it is not empty. */
export interface Lines {
  readonly kind: 'lines'
  readonly labels: readonly string[]
  readonly lines: readonly (Series & { readonly mean: readonly (number | null)[] })[]
}

/** Cells of a grid: the higher the value, the more opaque the color. */
export interface Heatmap {
  readonly kind: 'heatmap'
  readonly color: string
  readonly columns: readonly string[]
  readonly rows: readonly string[]
  /** One array per row, one value per column. */
  readonly values: readonly (readonly number[])[]
}

/** How a chart formats its numbers and spaces its ticks. */
export interface Scale {
  format(value: number): string
  /** The smallest round step that is at least `atLeast`. */
  step(atLeast: number): number
}

/**
 * Renders a chart as SVG. Colors may be CSS variables: the same SVG then serves the light and the dark theme.
 * @param width in CSS pixels
 * @example draw({ kind: 'ranking', bars }, 504, { format: String, step: atLeast => Math.ceil(atLeast) })
 */
export function draw(drawing: Drawing, width: number, scale: Scale): string {
  switch (drawing.kind) {
    case 'ranking':
      return svg(ranking(drawing, width, scale))
    case 'columns':
      return svg(columns(drawing, width, scale))
    case 'lines':
      return svg(lines(drawing, width, scale))
    case 'heatmap':
      return svg(heatmap(drawing, width, scale))
  }
}

const { document } = parseHTML('<html></html>')

/** A tag with its attributes. Text has no unescaped `<`. */
const TAG = /<\w[^>]*>/g

const MUTED = 'var(--muted)'
const FAINT = 'var(--line)'

function svg(options: Plot.PlotOptions): string {
  const figure: { outerHTML: string } = Plot.plot({
    ...options,
    document,
    className: 'plot',
    style: { fontSize: '12px' },
  })
  return figure.outerHTML
    .replace(/<style>.*?<\/style>/s, '') // the page's style sheet covers all charts
    .replace(TAG, tag => tag.replace(/(\.\d\d)\d+/g, '$1')) // two decimals are precise enough
}

function ranking({ bars }: Ranking, width: number, scale: Scale): Plot.PlotOptions {
  const rowHeight = 38
  const rows = bars.map(({ label, value }, row) => ({
    row,
    value,
    label: shortLabel(label, width),
    text: scale.format(value),
  }))
  const maximum = Math.max(1, ...bars.map(({ value }) => value))
  const parts = bars.flatMap(({ parts }, row) => parts.map(part => ({ row, ...part })))
  const bar = { y: 'row', insetTop: 22, insetBottom: 7 } as const
  const text = { y: 'row', dy: -8, fill: 'currentColor', fontSize: 13 } as const
  return {
    width,
    height: rowHeight * bars.length,
    margin: 0,
    x: { axis: null, domain: [0, maximum], range: [0, width] },
    y: { type: 'band', axis: null, domain: rows.map(({ row }) => row), padding: 0 },
    marks: [
      Plot.barX(rows, { ...bar, x1: 0, x2: maximum, fill: FAINT, r: 2 }),
      Plot.barX(parts, { ...bar, x: 'value', fill: 'color' }),
      Plot.text(rows, { ...text, text: 'label', frameAnchor: 'left', textAnchor: 'start' }),
      Plot.text(rows, { ...text, text: 'text', frameAnchor: 'right', textAnchor: 'end', fontVariant: 'tabular-nums' }),
    ],
  }
}

/** The label in one line, cut to the space beside the number at about 8.5 pixels per character. */
const shortLabel = (label: string, width: number) =>
  isolate(truncate(printable(label.replace(/\s+/g, ' ').trim()), Math.floor((width - 80) / 8.5)))

const PLOT_HEIGHT = 200
const MARGIN = { marginTop: 20, marginBottom: 26, marginRight: 4 }
/** In pixels. */
const MAX_COLUMN_WIDTH = 44

/** The most columns that get a tooltip: more are too thin to point at, and their tooltips would dominate the file. */
const MAX_TOOLTIPS = 120

function columns({ labels, layers }: Columns, width: number, scale: Scale): Plot.PlotOptions {
  const totals = labels.map((_, i) => layers.reduce((sum, { values }) => sum + (values[i] ?? 0), 0))
  const maximum = Math.max(1, ...totals)
  const axis = valueAxis(maximum, scale)
  const showsAllNumbers = totals.length <= 8 // a number on every column makes the axis unnecessary
  const left = showsAllNumbers ? 4 : axis.margin
  const band = (width - left - MARGIN.marginRight) / labels.length
  const inset = Math.max(band * 0.11, (band - MAX_COLUMN_WIDTH) / 2)
  const cells = layers.flatMap(({ name, values, color }) =>
    values.map((value, i) => ({
      i,
      color,
      value: value ?? 0,
      title: `${labels[i]}: ${scale.format(value ?? 0)} ${name}`,
    })),
  )
  const bars = cells.filter(({ value }) => value > 0)
  const numbers = totals.flatMap((value, i) =>
    value > 0 && (showsAllNumbers || value === maximum) ? [{ i, value, text: scale.format(value) }] : [],
  )
  const gap = Math.ceil((scale.format(maximum).length * 8 + 4) / band)
  const shownNumbers = showsAllNumbers ? numbers : withGaps(numbers, gap)
  return {
    width,
    height: PLOT_HEIGHT,
    ...MARGIN,
    marginLeft: left,
    x: { type: 'band', axis: null, domain: labels.map((_, i) => i), padding: 0, round: false },
    y: { axis: null, domain: [0, axis.top] },
    marks: [
      showsAllNumbers ? [] : axis.marks,
      Plot.barY(bars, {
        x: 'i',
        y: 'value',
        fill: 'color',
        ...(labels.length <= MAX_TOOLTIPS && { title: 'title' }),
        insetLeft: inset,
        insetRight: inset,
        ry2: 2,
      }),
      Plot.text(shownNumbers, {
        x: 'i',
        y: 'value',
        text: 'text',
        dy: -8,
        fill: 'currentColor',
        fontWeight: 600,
      }),
      Plot.ruleY([0], { stroke: MUTED }),
      labelAxis(labels, width - left - MARGIN.marginRight),
    ],
  }
}

/** Drops each item that is less than `gap` positions after the last one kept. */
function withGaps<T extends { readonly i: number }>(items: readonly T[], gap: number): T[] {
  const kept: T[] = []
  for (const item of items) if (item.i - (kept.at(-1)?.i ?? -gap) >= gap) kept.push(item)
  return kept
}

function lines({ labels, lines }: Lines, width: number, scale: Scale): Plot.PlotOptions {
  const maximum = Math.max(1, ...lines.flatMap(({ values, mean }) => [...values, ...mean]).map(value => value ?? 0))
  const axis = valueAxis(maximum, scale)
  const points = (values: readonly (number | null)[]) => values.map((value, i) => ({ i, value }))
  const inset = 12
  return {
    width,
    height: PLOT_HEIGHT + 20,
    ...MARGIN,
    marginLeft: axis.margin,
    x: { type: 'point', axis: null, domain: labels.map((_, i) => i), padding: 0, insetLeft: inset, insetRight: inset },
    y: { axis: null, domain: [0, axis.top] },
    marks: [
      axis.marks,
      Plot.ruleY([0], { stroke: MUTED }),
      lines.toReversed().flatMap(({ values, mean, color }) => [
        Plot.lineY(points(values), {
          x: 'i',
          y: 'value',
          stroke: color,
          ...(mean.length > 0 || labels.length > MAX_BOLD_POINTS ? THIN : BOLD),
        }),
        labels.length <= MAX_DOTS ? Plot.dotY(points(values), { x: 'i', y: 'value', fill: color, r: 2.5 }) : [],
        Plot.lineY(points(mean), {
          x: 'i',
          y: 'value',
          stroke: color,
          ...BOLD,
        }),
      ]),
      labelAxis(labels, width - axis.margin - MARGIN.marginRight),
    ],
  }
}

/** With more points, a line is thin. */
const MAX_BOLD_POINTS = 120
/** With more points, a line has no dots. */
const MAX_DOTS = 62

const THIN = { strokeWidth: 1, strokeOpacity: 0.7 } as const
const BOLD = { strokeWidth: 2.5, strokeLinejoin: 'round', strokeLinecap: 'round' } as const

function heatmap({ columns, rows, values, color }: Heatmap, width: number, scale: Scale): Plot.PlotOptions {
  const cells = values.flatMap((row, y) =>
    row.map((value, x) => ({ x, y, value, title: `${rows[y]} ${columns[x]}: ${scale.format(value)}` })),
  )
  const maximum = Math.max(1, ...cells.map(({ value }) => value))
  const left = 10 + 7 * Math.max(...rows.map(label => label.length))
  const cell = { x: 'x', y: 'y', inset: 1, r: 2 } as const
  return {
    width,
    height: 26 * rows.length + MARGIN.marginBottom,
    marginTop: 0,
    marginRight: 0,
    marginBottom: MARGIN.marginBottom,
    marginLeft: left,
    x: { type: 'band', axis: null, domain: columns.map((_, i) => i), padding: 0, round: false },
    y: { type: 'band', axis: null, domain: rows.map((_, i) => i), padding: 0, round: false },
    marks: [
      Plot.cell(cells, { ...cell, fill: FAINT, fillOpacity: 0.6 }),
      Plot.cell(
        cells.filter(({ value }) => value > 0),
        {
          ...cell,
          fill: color,
          title: 'title',
          fillOpacity: ({ value }: { value: number }) => opacityOf(value / maximum),
        },
      ),
      Plot.text(rows, {
        x: null,
        y: (_, i) => i,
        text: row => row,
        frameAnchor: 'left',
        dx: -left,
        textAnchor: 'start',
        fill: MUTED,
      }),
      labelAxis(columns, width - left),
    ],
    opacity: { type: 'identity' },
  }
}

/** The opacity for a share (0 to 1) of the maximum. The lowest share still differs visibly from no value. */
export const opacityOf = (share: number): number => 0.15 + 0.85 * share

/** The grid lines and tick labels of a value axis with up to five round steps. */
function valueAxis(maximum: number, scale: Scale) {
  const step = scale.step(maximum / 5)
  const ticks = Array.from({ length: Math.floor(maximum / step) }, (_, i) => (i + 1) * step)
  const margin = 12 + 7 * Math.max(...ticks.map(tick => scale.format(tick).length), 1)
  return {
    top: maximum,
    margin,
    marks: [
      Plot.ruleY(ticks, { stroke: FAINT }),
      Plot.text(ticks, {
        x: null,
        y: tick => tick,
        text: tick => scale.format(tick),
        frameAnchor: 'left',
        dx: -8,
        textAnchor: 'end',
        fill: MUTED,
        fontVariant: 'tabular-nums',
      }),
    ],
  }
}

/** How far a label may extend beyond the drawing, in pixels: the page leaves this much around it. */
const PADDING = 12

/**
 * The labels below an axis. Labels that would overlap are thinned out to every second, third and so on.
 * @param width of the axis in pixels, to be compared with an estimate of 7 pixels per character
 */
function labelAxis(labels: readonly string[], width: number): Plot.Markish {
  const ticks = labels.map((label, i) => ({ i, label })).filter(({ label }) => label !== '')
  const longest = Math.max(...labels.map(label => label.length)) * 7 + 10
  const fits = Math.max(1, Math.floor(width / longest))
  const interval =
    [1, 2, 3, 4, 6, 7, 12, 14, 28, 52].find(n => ticks.length / n <= fits) ?? Math.ceil(ticks.length / fits)
  const fitsRightEdge = ({ label, i }: { label: string; i: number }) =>
    ((labels.length - i - 0.5) * width) / labels.length + PADDING >= label.length * 3.5
  return Plot.text(
    ticks.filter((tick, i) => i % interval === 0 && fitsRightEdge(tick)),
    { x: 'i', y: null, text: 'label', frameAnchor: 'bottom', dy: 18, lineAnchor: 'bottom', fill: MUTED },
  )
}
