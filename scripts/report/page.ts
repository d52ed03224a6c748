import { readFileSync } from 'node:fs'
import { type Chart, chartColumns } from '../../sql/chart.ts'
import type { Column, Value } from '../query/engine.ts'
import { type Answer, type ChartModel, numeric, type Period } from './chart-context.ts'
import { draw, strength } from './draw.ts'
import { type Content, type Html, html, raw, withIsolates } from './html.ts'
import { formatsOf, type Language } from './language.ts'
import { WORDS } from './translations.ts'

/** All that a report says. */
export interface Report {
  readonly language: Language
  /** Undefined where the lake has no day. */
  readonly period: Period | undefined
  /** When it was made, in epoch milliseconds. */
  readonly made: number
  readonly timeZone: string
  readonly headlines: readonly Headline[]
  readonly sections: readonly Section[]
}

/** A number that stands for itself, and below it what it is made of. */
export interface Headline {
  readonly value: string
  readonly label: string
  readonly parts: readonly { readonly label: string; readonly value: string; readonly color: string }[]
}

export interface Section {
  readonly title: string
  readonly figures: readonly Figure[]
}

/** The answer to one saved query. */
export interface Figure {
  /** The query's name. */
  readonly query: string
  readonly title: string
  /** What stands before the title, in a colour of its own: a platform. */
  readonly badge?: { readonly name: string; readonly color: string }
  /** Across the page, where half of it is the rule. */
  readonly wide: boolean
  readonly told: ChartModel | undefined
  readonly chart: Chart
  readonly answer: Answer
}

const STYLE = readFileSync(new URL('style.css', import.meta.url), 'utf8')

/** Widths that a chart is drawn at, so that its letters have their size; the style sheet shows the one that fits. */
const WIDTHS = { narrow: 312, half: 504, full: 1072 } as const

/** Rows that a table shows; the lake has the rest. */
const TABLE_ROWS = 100

/**
 * A report as one HTML file that needs nothing else: no script, no font, no picture from anywhere, which its content
 * security policy also forbids.
 */
export function page(report: Report): string {
  const { language, period, made, timeZone, headlines, sections } = report
  const words = WORDS[language]
  const formats = formatsOf(language)
  const days = period && formats.period(period.from, period.to)
  return html`<!doctype html>
<html lang="${formats.locale}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${words.title}${days && ` · ${days}`}</title>
<link rel="icon" href="data:,">
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<p class="brand">chatlake</p>
<h1>${words.title}</h1>
<p class="period">${days}</p>
</header>
<main>
${headlines.length > 0 && html`<dl class="headlines">${headlines.map(tile)}</dl>`}
${sections.length === 0 && html`<section class="card empty"><h2>${words.emptyLake[0]}</h2><p>${words.emptyLake[1]}</p></section>`}
${sections.map(
  ({ title, figures }) =>
    html`<section>
<h2>${title}</h2>
<div class="figures">${figures.map(figure => card(figure, language))}</div>
</section>
`,
)}</main>
<footer>
<p>${words.footer}</p>
<p>${words.made(formats.instant(made, timeZone), timeZone)}</p>
</footer>
</body>
</html>
`.markup
}

const tile = ({ value, label, parts }: Headline): Html =>
  html`<div class="card"><dt>${label}</dt><dd><strong>${value}</strong>${
    parts.length > 0 &&
    html`<ul>${parts.map(part => html`<li>${swatch(part.color)}${part.label} <b>${part.value}</b></li>`)}</ul>`
  }</dd></div>`

const swatch = (color: string) => html`<i class="swatch" style="background:${color}"></i>`

function card({ query, title, badge, wide, told, answer, chart }: Figure, language: Language): Html {
  const words = WORDS[language]
  return html`<figure class="card${wide && ' wide'}" id="${query}">
<figcaption>
<h3>${badge && html`<span class="badge" style="color:${badge.color}">${badge.name}</span> `}${title}</h3>
<p class="finding">${told ? withIsolates(told.finding) : words.nothing}</p>
</figcaption>
${told && drawn(told, `${badge ? `${badge.name}: ` : ''}${title}. ${told.finding}`, wide, language)}
${answer.rows.length > 0 && table(answer, chart, query, language)}
</figure>
`
}

function drawn(
  { drawing, scale, notes, legend }: ChartModel,
  alternative: string,
  wide: boolean,
  language: Language,
): Html {
  const words = WORDS[language]
  const sizes = wide ? (['narrow', 'half', 'full'] as const) : (['narrow', 'half'] as const)
  const hasMean = drawing.kind === 'lines' && drawing.lines.some(({ mean }) => mean.length > 0)
  return html`${legend.length > 0 && html`<p class="legend">${legend.map(({ name, color }) => html`<span>${swatch(color)}<bdi>${name}</bdi></span> `)}</p>`}
<div class="chart" role="img" aria-label="${alternative}">${sizes.map(
    size => html`<div class="${size}" aria-hidden="true">${raw(draw(drawing, WIDTHS[size], scale))}</div>`,
  )}</div>
${drawing.kind === 'heatmap' && html`<p class="note">${words.less} <span class="shades">${SHADES.map(share => html`<i class="swatch" style="background:${drawing.color};opacity:${strength(share)}"></i>`)}</span> ${words.more}</p>`}
${hasMean && html`<p class="note">${words.daysAndMean}</p>`}
${notes.map(note => html`<p class="note">${note}</p>`)}`
}

/** Shares of the most that the legend of a heatmap shows. */
const SHADES = [0.1, 0.4, 0.7, 1]

function table({ columns, rows, more }: Answer, chart: Chart, query: string, language: Language): Html {
  const words = WORDS[language]
  const formats = formatsOf(language)
  const hidden = Math.max(0, rows.length - TABLE_ROWS) + more
  const cells = columns.map(column => cellOf(column, chart, language))
  const align = columns.map(({ type }) => NUMBER.test(type) && raw(' class="number"'))
  return html`<details>
<summary>${words.table}</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr>${columns.map(({ name }, i) => html`<th scope="col"${align[i]}>${words.column(name)}</th>`)}</tr></thead>
<tbody>${rows.slice(0, TABLE_ROWS).map(
    row => html`<tr>${row.map((value, i) => html`<td${align[i]}>${cells[i]?.(value)}</td>`)}</tr>
`,
  )}</tbody>
</table></div>
${hidden > 0 && html`<p class="note">${words.moreRows(formats.number(hidden), hidden)}</p>`}
<p class="note">${words.query}: <code>npm run query -- ${query}</code></p>
</details>`
}

const NUMBER = /^(tinyint|smallint|integer|bigint|real|double|decimal)/

/** How a column's values are written. An integer has its separators where it counts something, and not where it is an id. */
function cellOf({ name, type }: Column, chart: Chart, language: Language): (value: Value) => Content {
  const words = WORDS[language]
  const formats = formatsOf(language)
  const known = (write: (value: Exclude<Value, null>) => Content) => (value: Value) =>
    value === null ? html`<span class="none">${words.none(name)}</span>` : write(value)
  if (name === 'weekday') return known(value => formats.weekday(numeric(value), 'long'))
  if (type === 'date') return known(value => formats.date(String(value), 'medium'))
  if (type === 'timestamp') return known(value => formats.moment(String(value)))
  const isMeasure = chartColumns(chart).slice(1).includes(name) || COUNTS.has(name)
  if (NUMBER.test(type))
    return known(value => (isMeasure || !/int/.test(type) ? formats.number(numeric(value)) : String(value)))
  return known(value => html`<bdi>${words.value(name, String(value))}</bdi>`)
}

/** Columns that count something wherever they are. */
const COUNTS = new Set(['messages', 'people', 'replies'])
