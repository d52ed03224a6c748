import { readFileSync } from 'node:fs'
import { type Chart, chartColumns } from '../../sql/chart.ts'
import type { Filters } from '../../sql/filters.ts'
import type { Column, Value } from '../query/engine.ts'
import { type ChartModel, type Period, type QueryResult, toNumber } from './chart-context.ts'
import { draw, opacityOf } from './draw.ts'
import { type Content, type Html, html, raw, withIsolates } from './html.ts'
import type { Formats } from './language.ts'
import type { Translations } from './translations.ts'

/** The content of a report. */
export interface Report {
  readonly texts: Texts
  /** Undefined when the lake has no data. */
  readonly period: Period | undefined
  /** What the report is limited to, besides the period. */
  readonly filters: Filters
  readonly freshness: Freshness | undefined
  /** Epoch milliseconds. */
  readonly generatedAt: number
  readonly timeZone: string
  readonly headlines: readonly Headline[]
  readonly sections: readonly Section[]
}

/** How recent the data are. */
export interface Freshness {
  /** `YYYY-MM-DD HH:MM:SS` by the lake's clock; undefined when there is no message. */
  readonly lastMessageAt: string | undefined
  /** The last day of arrival with data, `YYYY-MM-DD`. */
  readonly lastDay: string
}

/** The translations and formats of a report's language. */
export interface Texts {
  readonly translations: Translations
  readonly formats: Formats
}

/** A key figure, with its value for each platform or an explanation below it. */
export interface Headline {
  readonly value: string
  readonly label: string
  readonly parts: readonly { readonly label: string; readonly value?: string; readonly color?: string }[]
}

export interface Section {
  readonly title: string
  readonly figures: readonly Figure[]
}

/** A saved query's chart and table. */
export interface Figure {
  /** The query's name. */
  readonly query: string
  readonly title: string
  /** The platform's name, shown before the title in the platform's color. */
  readonly badge?: { readonly name: string; readonly color: string }
  /** Whether the figure spans the page. Others span half of it. */
  readonly isWide: boolean
  readonly model: ChartModel
  readonly chart: Chart
  readonly result: QueryResult
}

const STYLE = readFileSync(new URL('style.css', import.meta.url), 'utf8')

/** Each chart is drawn at these widths, in pixels. The style sheet shows the one that fits, unscaled. */
const WIDTHS = { narrow: 312, half: 504, full: 1072 } as const

/** The most rows of a table. */
const MAX_TABLE_ROWS = 100

/**
 * Renders a report as one self-contained HTML document. It has no script and loads nothing, which its Content Security
 * Policy also enforces.
 */
export function renderPage(report: Report): string {
  const { texts, period, filters, freshness, generatedAt, timeZone, headlines, sections } = report
  const { translations, formats } = texts
  const limits = translations.filters(filters)
  const days = period && formats.period(period.from, period.to)
  return html`<!doctype html>
<html lang="${formats.locale}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${translations.title}${days && ` · ${days}`}</title>
<link rel="icon" href="data:,">
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<p class="brand">chatlake</p>
<h1>${translations.title}</h1>
<p class="period">${days}</p>
${freshness && html`<p class="freshness">${freshnessText(freshness, texts)}</p>`}
${limits.length > 0 && html`<p class="limits">${limits.map(limit => html`<span>${withIsolates(limit)}</span> `)}</p>`}
</header>
<main>
${headlines.length > 0 && html`<dl class="headlines">${headlines.map(tile)}</dl>`}
${sections.length === 0 && html`<section class="card empty"><h2>${translations.emptyReport.title}</h2><p>${translations.emptyReport.hint}</p></section>`}
${sections.map(
  ({ title, figures }) =>
    html`<section>
<h2>${title}</h2>
<div class="figures">${figures.map(figure => card(figure, texts))}</div>
</section>
`,
)}</main>
<footer>
<p>${translations.footer}</p>
<p>${translations.generatedAt(formats.instant(generatedAt, timeZone), timeZone)}</p>
</footer>
</body>
</html>
`.markup
}

const freshnessText = ({ lastMessageAt, lastDay }: Freshness, { translations, formats }: Texts) =>
  translations.freshness(lastMessageAt && formats.timestamp(lastMessageAt), formats.date(lastDay, 'medium'))

const tile = ({ value, label, parts }: Headline): Html =>
  html`<div class="card"><dt>${label}</dt><dd><strong>${value}</strong>${
    parts.length > 0 &&
    html`<ul>${parts.map(part => html`<li>${part.color && swatch(part.color)}${part.label}${part.value && html` <b>${part.value}</b>`}</li>`)}</ul>`
  }</dd></div>`

const swatch = (color: string) => html`<i class="swatch" style="background:${color}"></i>`

function card({ query, title, badge, isWide, model, result, chart }: Figure, texts: Texts): Html {
  return html`<figure class="card${isWide && ' wide'}" id="${query}">
<figcaption>
<h3>${badge && html`<span class="badge" style="color:${badge.color}">${badge.name}</span> `}${title}</h3>
<p class="finding">${withIsolates(model.finding)}</p>
</figcaption>
${chartHtml(model, `${badge ? `${badge.name}: ` : ''}${title}. ${model.finding}`, isWide, texts)}
${result.rows.length > 0 && table(result, chart, query, texts)}
</figure>
`
}

function chartHtml(
  { drawing, scale, notes, legend }: ChartModel,
  alternativeText: string,
  isWide: boolean,
  texts: Texts,
): Html {
  const { translations } = texts
  const sizes = isWide ? (['narrow', 'half', 'full'] as const) : (['narrow', 'half'] as const)
  const hasMean = drawing.kind === 'lines' && drawing.lines.some(({ mean }) => mean.length > 0)
  return html`${legend.length > 0 && html`<p class="legend">${legend.map(({ name, color }) => html`<span>${swatch(color)}<bdi>${name}</bdi></span> `)}</p>`}
<div class="chart" role="img" aria-label="${alternativeText}">${sizes.map(
    size => html`<div class="${size}" aria-hidden="true">${raw(draw(drawing, WIDTHS[size], scale))}</div>`,
  )}</div>
${drawing.kind === 'heatmap' && html`<p class="note">${translations.heatmapLow} <span class="shades">${SHADES.map(share => html`<i class="swatch" style="background:${drawing.color};opacity:${opacityOf(share)}"></i>`)}</span> ${translations.heatmapHigh}</p>`}
${hasMean && html`<p class="note">${translations.meanLegend}</p>`}
${notes.map(note => html`<p class="note">${note}</p>`)}`
}

/** The shares of the maximum in a heatmap's legend. */
const SHADES = [0.1, 0.4, 0.7, 1]

function table({ columns, rows, omittedRows }: QueryResult, chart: Chart, query: string, texts: Texts): Html {
  const { translations, formats } = texts
  const hidden = Math.max(0, rows.length - MAX_TABLE_ROWS) + omittedRows
  const formatters = columns.map(column => cellFormatter(column, chart, texts))
  const align = columns.map(({ type }) => NUMBER.test(type) && raw(' class="number"'))
  return html`<details>
<summary>${translations.showTable}</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr>${columns.map(({ name }, i) => html`<th scope="col"${align[i]}>${translations.columnName(name)}</th>`)}</tr></thead>
<tbody>${rows.slice(0, MAX_TABLE_ROWS).map(
    row => html`<tr>${row.map((value, i) => html`<td${align[i]}>${formatters[i]?.(value)}</td>`)}</tr>
`,
  )}</tbody>
</table></div>
${hidden > 0 && html`<p class="note">${translations.hiddenRows(formats.number(hidden), hidden)}</p>`}
<p class="note">${translations.query}: <code>npm run query -- ${query}</code></p>
</details>`
}

const NUMBER = /^(tinyint|smallint|integer|bigint|real|double|decimal)/

/** Returns a formatter for a column's values. Counts get thousands separators, ids do not. */
function cellFormatter({ name, type }: Column, chart: Chart, texts: Texts): (value: Value) => Content {
  const { translations, formats } = texts
  const orNoValue = (format: (value: Exclude<Value, null>) => Content) => (value: Value) =>
    value === null ? html`<span class="none">${translations.noValue(name)}</span>` : format(value)
  if (name === 'weekday') return orNoValue(value => formats.weekday(toNumber(value), 'long'))
  if (type === 'date') return orNoValue(value => formats.date(String(value), 'medium'))
  if (type === 'timestamp') return orNoValue(value => formats.timestamp(String(value)))
  const isMeasure = chartColumns(chart).slice(1).includes(name) || COUNTS.has(name)
  if (NUMBER.test(type))
    return orNoValue(value => (isMeasure || !/int/.test(type) ? formats.number(toNumber(value)) : String(value)))
  return orNoValue(value => html`<bdi>${translations.valueName(name, String(value))}</bdi>`)
}

/** Columns that are counts even when the chart does not draw them. */
const COUNTS = new Set(['messages', 'people', 'replies'])
