import { datesBetween } from '../../handlers/lake/calendar.ts'
import type { SavedQuery } from '../../sql/catalog.ts'
import { type Period, type QueryResult, sum, toNumber } from './chart-context.ts'
import { buildChart } from './chart-model.ts'
import type { Figure, Headline, Report, Section, Texts } from './page.ts'
import type { Range } from './run-queries.ts'
import type { SectionName } from './translations.ts'

/**
 * The saved queries of each section. A name without a platform stands for that query of every platform. Other queries
 * with a chart go into the last section.
 */
const LAYOUT: Readonly<Record<Exclude<SectionName, 'rest'>, readonly string[]>> = {
  overview: ['platforms-per-day', 'per-day'],
  who: ['per-user', 'new-people', 'active-people-per-day', 'active-people-per-week'],
  what: ['per-content', 'per-type', 'conversations'],
  when: ['hour-weekday', 'per-hour', 'per-weekday', 'per-week'],
  quality: ['arrivals-per-day', 'quarantine-per-reason', 'delay'],
}

/** The query that counts what arrived on each day. The key figures and the period derive from it. */
const ARRIVALS_QUERY = 'arrivals-per-day'

export interface ReportInput {
  readonly queries: readonly SavedQuery[]
  /** By query name. */
  readonly results: ReadonlyMap<string, QueryResult>
  /** The platforms, in the order in which the report shows them. */
  readonly sources: readonly string[]
  readonly range: Range
  readonly texts: Texts
  /** Epoch milliseconds. */
  readonly generatedAt: number
  /** The lake's IANA time zone. */
  readonly timeZone: string
}

/** Arranges the results of the saved queries as a report. */
export function compose(input: ReportInput): Report {
  const { results, sources, range, texts, generatedAt, timeZone } = input
  const arrivals = arrivalsOf(results.get(ARRIVALS_QUERY), sources)
  const days = arrivals.map(({ day }) => day).sort()
  const [first, last] = [days[0], days.at(-1)]
  const chartPeriod = periodOf(first, last) // the days with data, not all requested days: charts need no empty margins
  const isEmpty = arrivals.length === 0
  return {
    texts,
    period: periodOf(range.from ?? first, range.to ?? last),
    generatedAt,
    timeZone,
    headlines: isEmpty ? [] : headlines(input, arrivals, chartPeriod),
    sections: isEmpty ? [] : sections(input, arrivals, chartPeriod),
  }
}

const periodOf = (from: string | undefined, to: string | undefined): Period | undefined =>
  from !== undefined && to !== undefined ? { from, to } : undefined

/** What arrived from one platform on one day. */
interface Arrivals {
  readonly day: string
  readonly source: string
  readonly messages: number
  readonly quarantined: number
}

function arrivalsOf(result: QueryResult | undefined, sources: readonly string[]): Arrivals[] {
  const indexOf = (name: string) => result?.columns.findIndex(column => column.name === name) ?? -1
  const [day, source, messages, quarantined] = ['day', 'source', 'messages', 'quarantined'].map(indexOf)
  return (result?.rows ?? [])
    .map(row => ({
      day: String(row[day ?? -1]),
      source: String(row[source ?? -1]),
      messages: toNumber(row[messages ?? -1] ?? null),
      quarantined: toNumber(row[quarantined ?? -1] ?? null),
    }))
    .filter(row => sources.includes(row.source))
}

function headlines(input: ReportInput, arrivals: readonly Arrivals[], period: Period | undefined): Headline[] {
  const { results, sources } = input
  const { translations, formats } = input.texts
  const days = period ? datesBetween(period.from, period.to).length : 1
  const total = (source: string, field: 'messages' | 'quarantined') =>
    sum(arrivals.filter(row => row.source === source).map(row => row[field]))
  const quarantined = sum(arrivals.map(row => row.quarantined))
  const arrived = sum(arrivals.map(row => row.messages)) + quarantined
  const headline = (label: string, read: (source: string) => number): Headline => ({
    label,
    value: formats.number(sum(sources.map(read))),
    parts: sources.map((source, i) => ({
      label: translations.valueName('source', source),
      value: formats.number(read(source)),
      color: colorAt(i),
    })),
  })
  return [
    headline(translations.messages, source => total(source, 'messages')),
    headline(translations.people, source => columnSum(results.get(`${source}-new-people`), 'new_people')),
    headline(translations.messagesPerDay, source => total(source, 'messages') / days),
    headline(`${translations.quarantined} (${formats.percent(quarantined / arrived)})`, source =>
      total(source, 'quarantined'),
    ),
  ]
}

function columnSum(result: QueryResult | undefined, name: string): number {
  const index = result?.columns.findIndex(column => column.name === name) ?? -1
  return sum((result?.rows ?? []).map(row => toNumber(row[index] ?? null)))
}

/** Cycles through the six series colors of the style sheet. */
const colorAt = (index: number) => `var(--s${(index % 6) + 1})`

/** The sections with their figures. Omits the figures of platforms from which nothing arrived. */
function sections(input: ReportInput, arrivals: readonly Arrivals[], period: Period | undefined): Section[] {
  const { queries, sources, texts } = input
  const present = sources.filter(source => arrivals.some(row => row.source === source))
  const isAbsent = (source: string | undefined) => source !== undefined && !present.includes(source)
  const remaining = new Set(queries.map(({ name }) => name).filter(name => !isAbsent(sourceOf(name, sources))))
  const take = (name: string) => {
    const ofSources = sources.map(source => `${source}-${name}`).filter(name => remaining.has(name))
    const taken = ofSources.length > 0 ? ofSources : remaining.has(name) ? [name] : []
    for (const name of taken) remaining.delete(name)
    return taken
  }
  const listed = Object.entries(LAYOUT).map(([section, names]) => [section, names.flatMap(take)] as const)
  const rest = [...remaining].map(name => nameWithout(name, sourceOf(name, sources))).flatMap(take)
  return [...listed, ['rest', rest] as const]
    .map(([section, names]) => ({
      title: texts.translations.sections[section as SectionName],
      figures: names.flatMap(name => figure(name, input, period, present.length === 1) ?? []),
    }))
    .filter(({ figures }) => figures.length > 0)
}

/** The platform of a query; undefined for a query about all platforms. */
const sourceOf = (name: string, sources: readonly string[]) => sources.find(source => name.startsWith(`${source}-`))

/** A query's name without its platform. */
const nameWithout = (name: string, source: string | undefined) =>
  source === undefined ? name : name.slice(source.length + 1)

/** @param isOnlyPlatform whether the lake has data of one platform only; its figures then span the page */
function figure(
  name: string,
  input: ReportInput,
  period: Period | undefined,
  isOnlyPlatform: boolean,
): Figure | undefined {
  const { queries, results, sources } = input
  const { translations, formats } = input.texts
  const query = queries.find(query => query.name === name)
  const result = results.get(name)
  if (!query?.chart || !result) return undefined
  const source = sourceOf(name, sources)
  const baseColor = source === undefined ? 'var(--accent)' : colorAt(sources.indexOf(source))
  const seriesNames: string[] = []
  const color = (series?: string) => {
    if (series === undefined) return baseColor
    if (sources.includes(series)) return colorAt(sources.indexOf(series))
    if (!seriesNames.includes(series)) seriesNames.push(series)
    const index = seriesNames.indexOf(series)
    return index === 0 ? baseColor : colorAt(sources.length + index - 1)
  }
  const title = translations.chartTitle(nameWithout(name, source))
  const context = { translations, formats, period, firstSeries: sources, color }
  return {
    query: name,
    title: title ?? query.title,
    ...(source !== undefined &&
      title !== undefined && { badge: { name: translations.valueName('source', source), color: baseColor } }),
    isWide: source === undefined || isOnlyPlatform,
    chart: query.chart,
    model: buildChart(query.chart, result, context),
    result,
  }
}
