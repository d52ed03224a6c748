import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { truncate } from '../lib/cli/text-width.ts'
import { isolate, printable } from './html.ts'

/** A chart's content, in the words of its reader: all that is left to do is to draw it. */
export type Drawing = Ranking | Columns | Lines | Heatmap

/** Bars that lie, the longest on top, each under its label. */
export interface Ranking {
  readonly kind: 'ranking'
  readonly bars: readonly Bar[]
}

export interface Bar {
  readonly label: string
  /** The sum of its parts. */
  readonly value: number
  readonly parts: readonly { readonly color: string; readonly value: number }[]
}

/** Columns side by side, in an order of their own, stacked where they have layers. */
export interface Columns {
  readonly kind: 'columns'
  readonly labels: readonly string[]
  readonly layers: readonly Series[]
}

/** A value for each label; null where there is none. */
export interface Series {
  readonly name: string
  readonly color: string
  readonly values: readonly (number | null)[]
}

/** Values day by day: thin the days, bold their mean. */
export interface Lines {
  readonly kind: 'lines'
  readonly labels: readonly string[]
  readonly lines: readonly (Series & { readonly mean: readonly (number | null)[] })[]
}

/** How much, by two things at once: the more, the stronger the colour. */
export interface Heatmap {
  readonly kind: 'heatmap'
  readonly color: string
  readonly columns: readonly string[]
  readonly rows: readonly string[]
  /** Row by row. */
  readonly values: readonly (readonly number[])[]
}

/** How a chart's numbers are written, and which of them are round. */
export interface Scale {
  format(value: number): string
  /** The smallest round step that is at least so large. */
  step(least: number): number
}

/** The chart as SVG of that many pixels' width. Its colours may be CSS variables, so that one drawing serves light and dark. */
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

/** A tag with its attributes; in text there is no < but escaped. */
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
    .replace(/<style>.*?<\/style>/s, '') // the page has its own, and one for all
    .replace(TAG, tag => tag.replace(/(\.\d\d)\d+/g, '$1')) // more digits than there are pixels
}

function ranking({ bars }: Ranking, width: number, scale: Scale): Plot.PlotOptions {
  const rowHeight = 38
  const rows = bars.map(({ label, value }, row) => ({
    row,
    value,
    label: shortLabel(label, width),
    text: scale.format(value),
  }))
  const most = Math.max(1, ...bars.map(({ value }) => value))
  const parts = bars.flatMap(({ parts }, row) => parts.map(part => ({ row, ...part })))
  const bar = { y: 'row', insetTop: 22, insetBottom: 7 } as const
  const text = { y: 'row', dy: -8, fill: 'currentColor', fontSize: 13 } as const
  return {
    width,
    height: rowHeight * bars.length,
    margin: 0,
    x: { axis: null, domain: [0, most], range: [0, width] },
    y: { type: 'band', axis: null, domain: rows.map(({ row }) => row), padding: 0 },
    marks: [
      Plot.barX(rows, { ...bar, x1: 0, x2: most, fill: FAINT, r: 2 }),
      Plot.barX(parts, { ...bar, x: 'value', fill: 'color' }),
      Plot.text(rows, { ...text, text: 'label', frameAnchor: 'left', textAnchor: 'start' }),
      Plot.text(rows, { ...text, text: 'text', frameAnchor: 'right', textAnchor: 'end', fontVariant: 'tabular-nums' }),
    ],
  }
}

/** One line of it, about as much as there is room for beside the number. */
const shortLabel = (label: string, width: number) =>
  isolate(truncate(printable(label.replace(/\s+/g, ' ').trim()), Math.floor((width - 80) / 8.5)))

const PLOT_HEIGHT = 200
const MARGIN = { marginTop: 20, marginBottom: 26, marginRight: 4 }
/** Wider columns would look like blocks. */
const WIDEST_COLUMN = 44

/** Columns that are wide enough to point at; what they say to a pointer would be most of a large file. */
const HINTS = 120

function columns({ labels, layers }: Columns, width: number, scale: Scale): Plot.PlotOptions {
  const totals = labels.map((_, i) => layers.reduce((sum, { values }) => sum + (values[i] ?? 0), 0))
  const most = Math.max(1, ...totals)
  const axis = valueAxis(most, scale)
  const every = totals.length <= 8 // few enough for each to bear its number, which makes an axis needless
  const left = every ? 4 : axis.margin
  const band = (width - left - MARGIN.marginRight) / labels.length
  const inset = Math.max(band * 0.11, (band - WIDEST_COLUMN) / 2)
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
    value > 0 && (every || value === most) ? [{ i, value, text: scale.format(value) }] : [],
  )
  const gap = Math.ceil((scale.format(most).length * 8 + 4) / band)
  const told = every ? numbers : spaced(numbers, gap)
  return {
    width,
    height: PLOT_HEIGHT,
    ...MARGIN,
    marginLeft: left,
    x: { type: 'band', axis: null, domain: labels.map((_, i) => i), padding: 0, round: false },
    y: { axis: null, domain: [0, axis.top] },
    marks: [
      every ? [] : axis.marks,
      Plot.barY(bars, {
        x: 'i',
        y: 'value',
        fill: 'color',
        ...(labels.length <= HINTS && { title: 'title' }),
        insetLeft: inset,
        insetRight: inset,
        ry2: 2,
      }),
      Plot.text(told, {
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

/** Those of the items that are so far apart that they do not touch. */
function spaced<T extends { readonly i: number }>(items: readonly T[], gap: number): T[] {
  const kept: T[] = []
  for (const item of items) if (item.i - (kept.at(-1)?.i ?? -gap) >= gap) kept.push(item)
  return kept
}

function lines({ labels, lines }: Lines, width: number, scale: Scale): Plot.PlotOptions {
  const most = Math.max(1, ...lines.flatMap(({ values, mean }) => [...values, ...mean]).map(value => value ?? 0))
  const axis = valueAxis(most, scale)
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
          ...(mean.length > 0 || labels.length > HINTS ? THIN : BOLD),
        }),
        labels.length <= 62 ? Plot.dotY(points(values), { x: 'i', y: 'value', fill: color, r: 2.5 }) : [],
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

const THIN = { strokeWidth: 1, strokeOpacity: 0.7 } as const
const BOLD = { strokeWidth: 2.5, strokeLinejoin: 'round', strokeLinecap: 'round' } as const

function heatmap({ columns, rows, values, color }: Heatmap, width: number, scale: Scale): Plot.PlotOptions {
  const cells = values.flatMap((row, y) =>
    row.map((value, x) => ({ x, y, value, title: `${rows[y]} ${columns[x]}: ${scale.format(value)}` })),
  )
  const most = Math.max(1, ...cells.map(({ value }) => value))
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
        { ...cell, fill: color, title: 'title', fillOpacity: ({ value }: { value: number }) => strength(value / most) },
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

/** How strong the colour is for a share of the most: the least still tells from none. */
export const strength = (share: number): number => 0.15 + 0.85 * share

/** Up to five round steps to the most, their lines and their numbers. */
function valueAxis(most: number, scale: Scale) {
  const step = scale.step(most / 5)
  const ticks = Array.from({ length: Math.floor(most / step) }, (_, i) => (i + 1) * step)
  const margin = 12 + 7 * Math.max(...ticks.map(tick => scale.format(tick).length), 1)
  return {
    top: most,
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

/** How far a label may stand out of the drawing: the page leaves so much around it. */
const PADDING = 12

/** Labels below their columns, where they have one; where they would touch, only each second, third … */
function labelAxis(labels: readonly string[], room: number): Plot.Markish {
  const ticks = labels.map((label, i) => ({ i, label })).filter(({ label }) => label !== '')
  const longest = Math.max(...labels.map(label => label.length)) * 7 + 10
  const fits = Math.max(1, Math.floor(room / longest))
  const each = [1, 2, 3, 4, 6, 7, 12, 14, 28, 52].find(n => ticks.length / n <= fits) ?? Math.ceil(ticks.length / fits)
  const isWithin = ({ label, i }: { label: string; i: number }) =>
    ((labels.length - i - 0.5) * room) / labels.length + PADDING >= label.length * 3.5
  return Plot.text(
    ticks.filter((tick, place) => place % each === 0 && isWithin(tick)),
    { x: 'i', y: null, text: 'label', frameAnchor: 'bottom', dy: 18, lineAnchor: 'bottom', fill: MUTED },
  )
}
