import { datesBetween } from '../../handlers/lake/calendar.ts'
import { isDrawn, type SavedQuery } from '../../sql/catalog.ts'
import type { Filters } from '../../sql/filters.ts'
import type { Value } from '../query/engine.ts'
import { type Period, type QueryResult, sum, toNumber } from './chart-context.ts'
import { buildChart } from './chart-model.ts'
import type { Figure, Headline, Report, Section, Texts } from './page.ts'
import { AMOUNT } from './prepared-queries.ts'
import type { Range } from './run-queries.ts'
import type { SectionName } from './translations.ts'

/**
 * The saved queries of each section. A name without a platform stands for that query of every platform. Other queries
 * with a chart go into the last section.
 */
const LAYOUT: Readonly<Record<Exclude<SectionName, 'rest'>, readonly string[]>> = {
  overview: ['in-and-out-per-day', 'platforms-per-day'],
  people: ['per-user', 'new-people', 'active-people-per-day', 'active-people-per-week'],
  business: [
    ...['deliveries-per-day', 'prices-per-day', 'opt-outs', 'failures', 'first-contacts-by-ad'],
    ...['response-time-per-day', 'conversations-per-day', 'calls', 'per-phone-number'],
  ],
  content: [
    ...['per-content', 'words', 'emoji', 'per-type', 'lengths', 'buttons', 'flow-answers', 'reactions-per-message'],
    ...['forwarded', 'edits-and-deletions-per-day'],
  ],
  chats: ['conversations', 'group-changes-per-day', 'silent-members'],
  activity: ['per-day', 'hour-weekday', 'per-hour', 'per-weekday', 'per-week'],
  quality: ['arrivals-per-day', 'delay', 'quarantine-per-reason'],
}

/** Queries whose chart is drawn even if it has a single bar: one failure matters. */
const DRAWN_WITH_ONE_BAR: ReadonlySet<string> = new Set([
  ...['failures', 'first-contacts-by-ad', 'opt-outs', 'calls', 'quarantine-per-reason', 'arrivals-per-day'],
])

/** Queries about one platform whose figure spans the page. */
const WIDE: ReadonlySet<string> = new Set(['deliveries-per-day'])

/** The queries without a chart that a report runs for its key figures. */
const FIGURE_QUERIES: ReadonlySet<string> = new Set(['per-platform', 'freshness'])

/** Whether a report runs a query: for a chart or for its key figures. */
export const isReported = (query: SavedQuery): boolean => isDrawn(query) || FIGURE_QUERIES.has(query.name)

export interface ReportInput {
  readonly queries: readonly SavedQuery[]
  /** By query name. */
  readonly results: ReadonlyMap<string, QueryResult>
  /** The platforms, in the order in which the report shows them. */
  readonly sources: readonly string[]
  readonly range: Range
  /** What limits the queries. */
  readonly filters: Filters
  readonly texts: Texts
  /** Epoch milliseconds. */
  readonly generatedAt: number
  /** The lake's IANA time zone. */
  readonly timeZone: string
}

/** Arranges the results of the saved queries as a report. */
export function compose(input: ReportInput): Report {
  const { range, filters, texts, generatedAt, timeZone } = input
  const found = foundIn(input)
  const days = [...found.days].sort()
  const [first, last] = [days[0], days.at(-1)]
  const chartPeriod = periodOf(first, last) // the days with data, not all requested days: charts need no empty margins
  return {
    texts,
    period: periodOf(range.from ?? first, range.to ?? last),
    filters,
    freshness: freshness(input),
    generatedAt,
    timeZone,
    headlines: chartPeriod ? headlines(input, found.platforms, chartPeriod) : [],
    sections: chartPeriod ? sections(input, found.platforms, chartPeriod) : [],
  }
}

const periodOf = (from: string | undefined, to: string | undefined): Period | undefined =>
  from !== undefined && to !== undefined ? { from, to } : undefined

/** The rows of a query's result, each value by its column's name; none for a query that did not run. */
function rowsOf({ results }: ReportInput, query: string): Readonly<Record<string, Value>>[] {
  const { columns = [], rows = [] } = results.get(query) ?? {}
  return rows.map(row => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])))
}

/** The sum of a column, of one platform's rows where the result has a column `platform` or `source`. */
function total(input: ReportInput, query: string, column: string, platform?: string): number {
  const rows = rowsOf(input, query).filter(
    row => platform === undefined || (row.platform ?? row.source ?? platform) === platform,
  )
  return sum(rows.map(row => toNumber(row[column] ?? null)))
}

/** The days and platforms with data. Days are those of arrival, or else those of messages. */
function foundIn(input: ReportInput): { readonly days: ReadonlySet<string>; readonly platforms: readonly string[] } {
  const [arrivals, platforms, fresh, exchanged] = [
    rowsOf(input, 'arrivals-per-day'),
    rowsOf(input, 'per-platform'),
    rowsOf(input, 'freshness'),
    rowsOf(input, 'in-and-out-per-day'),
  ]
  const named = (values: readonly (Value | undefined)[]) =>
    new Set(values.flatMap(value => (value === null || value === undefined ? [] : [String(value)])))
  const names = named([...arrivals, ...platforms, ...fresh, ...exchanged].map(row => row.platform ?? row.source))
  const days = named([
    ...arrivals.map(({ day }) => day),
    ...platforms.flatMap(({ first_day, last_day }) => [first_day, last_day]),
    ...fresh.map(({ last_day }) => last_day),
  ])
  return {
    days: days.size > 0 ? days : named(exchanged.map(({ day }) => day)),
    platforms: input.sources.filter(source => names.has(source)),
  }
}

/** When the last message arrived, and the last day with rows. Undefined where the filters leave that open. */
function freshness(input: ReportInput): Report['freshness'] {
  const latest = (column: string) =>
    rowsOf(input, 'freshness')
      .flatMap(row => (row[column] === null || row[column] === undefined ? [] : [String(row[column])]))
      .sort()
      .at(-1)
  const [lastMessageAt, lastDay] = [latest('last_message_at'), latest('last_day')]
  return lastDay === undefined ? undefined : { lastMessageAt, lastDay }
}

/** The key figures. Those without data are left out. */
function headlines(input: ReportInput, platforms: readonly string[], period: Period): Headline[] {
  const { translations, formats } = input.texts
  const days = datesBetween(period.from, period.to).length
  const number = (label: string, read: (platform: string) => number): Headline[] => {
    const values = platforms.map(platform => ({ platform, value: read(platform) })).filter(({ value }) => value > 0)
    const parts = values.map(({ platform, value }) => ({
      label: translations.valueName('platform', platform),
      value: formats.number(value),
      color: colorAt(input.sources.indexOf(platform)),
    }))
    return values.length === 0 ? [] : [{ label, value: formats.number(sum(values.map(({ value }) => value))), parts }]
  }
  const messages = (platform: string) => total(input, 'per-platform', 'messages', platform)
  const sent = total(input, DELIVERIES, 'sent')
  const share = (label: string, column: string): Headline[] => {
    const count = total(input, DELIVERIES, column)
    return sent === 0 ? [] : [{ label, value: formats.percent(count / sent), parts: [ofSent(count)] }]
  }
  const ofSent = (count: number) => ({ label: translations.ofSent(formats.number(count), formats.number(sent)) })
  const arrived = total(input, ARRIVALS, 'messages') + total(input, ARRIVALS, 'quarantined')
  const quarantined = total(input, ARRIVALS, 'quarantined')
  return [
    ...number(translations.messagesOf(input.filters.direction ?? 'inbound'), messages),
    ...number(translations.sent, platform => total(input, 'in-and-out-per-day', 'messages_out', platform)),
    ...number(translations.people, platform => total(input, 'per-platform', 'people', platform)),
    ...number(translations.messagesPerDay, platform => messages(platform) / days),
    ...share(translations.delivered, 'delivered'),
    ...share(translations.read, 'read'),
    ...answered(input),
    ...number(`${translations.quarantined} (${formats.percent(arrived === 0 ? 0 : quarantined / arrived)})`, platform =>
      total(input, ARRIVALS, 'quarantined', platform),
    ),
  ]
}

/** The share of the customers' waits that an answer ended within an hour. */
function answered(input: ReportInput): Headline[] {
  const { translations, formats } = input.texts
  const days = input.sources.flatMap(source => rowsOf(input, `${source}-response-time-per-day`))
  const waits = days.map(row => toNumber(row.replies ?? null) + toNumber(row.no_reply ?? null))
  const within = days.map((row, i) => Math.round(toNumber(row.within_1_hour ?? null) * (waits[i] ?? 0)))
  const all = sum(waits)
  const label = translations.ofWaits(formats.number(sum(within)), formats.number(all))
  return all === 0
    ? []
    : [{ label: translations.answeredWithinHour, value: formats.percent(sum(within) / all), parts: [{ label }] }]
}

/** The query that counts what arrived on each day. */
const ARRIVALS = 'arrivals-per-day'
/** The query that counts what became of the business's messages. */
const DELIVERIES = 'whatsapp-deliveries-per-day'

/** Cycles through the six series colors of the style sheet. */
const colorAt = (index: number) => `var(--s${(index % 6) + 1})`

/** The sections with their figures. Leaves out the figures and sections that have nothing to show. */
function sections(input: ReportInput, platforms: readonly string[], period: Period): Section[] {
  const { queries, sources, texts } = input
  const isAbsent = (source: string | undefined) => source !== undefined && !platforms.includes(source)
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
      figures: inRows(
        names
          .flatMap(name => figure(name, input, period, platforms.length === 1) ?? [])
          .filter(
            ({ query, model }) =>
              section === 'rest' ||
              model.isTelling ||
              DRAWN_WITH_ONE_BAR.has(nameWithout(query, sourceOf(query, sources))),
          ),
      ),
    }))
    .filter(({ figures }) => figures.length > 0)
}

/** Widens a figure of half the page that has no neighbor. */
function inRows(figures: readonly Figure[]): Figure[] {
  let column = 0
  return figures.map((figure, i) => {
    const isAlone = !figure.isWide && column === 0 && figures[i + 1]?.isWide !== false
    column = figure.isWide || isAlone ? 0 : 1 - column
    return isAlone ? { ...figure, isWide: true } : figure
  })
}

/** The platform of a query; undefined for a query about all platforms. */
const sourceOf = (name: string, sources: readonly string[]) => sources.find(source => name.startsWith(`${source}-`))

/** A query's name without its platform. */
const nameWithout = (name: string, source: string | undefined) =>
  source === undefined ? name : name.slice(source.length + 1)

/** @param isOnlyPlatform whether the lake has data of one platform only; its figures then span the page */
function figure(name: string, input: ReportInput, period: Period, isOnlyPlatform: boolean): Figure | undefined {
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
  const isOfAmounts = query.chart.kind !== 'heatmap' && query.chart.y.includes(AMOUNT)
  const title = translations.chartTitle(isOfAmounts ? 'amounts-per-day' : nameWithout(name, source))
  const context = { translations, formats, period, firstSeries: sources, color }
  const model = buildChart(query.chart, result, context)
  if (!model) return undefined
  return {
    query: name,
    title: title ?? query.title,
    ...(source !== undefined &&
      title !== undefined && { badge: { name: translations.valueName('source', source), color: baseColor } }),
    isWide: source === undefined || isOnlyPlatform || WIDE.has(nameWithout(name, source)),
    chart: query.chart,
    model,
    result,
  }
}
