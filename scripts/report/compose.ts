import { datesBetween } from '../../handlers/lake/calendar.ts'
import type { SavedQuery } from '../../sql/catalog.ts'
import { type Answer, numeric, type Period, sum } from './chart-context.ts'
import { tell } from './figure.ts'
import { formatsOf, type Language } from './language.ts'
import type { Figure, Headline, Report, Section } from './page.ts'
import type { Range } from './run-queries.ts'
import { type SectionName, WORDS } from './translations.ts'

/**
 * Where the saved queries stand, by name; without a platform before it, a name stands for that query of each. A query
 * with a chart that is not named here comes last.
 */
const LAYOUT: Readonly<Record<Exclude<SectionName, 'rest'>, readonly string[]>> = {
  overview: ['platforms-per-day', 'per-day'],
  who: ['per-user', 'new-people', 'active-people-per-day', 'active-people-per-week'],
  what: ['per-content', 'per-type', 'conversations'],
  when: ['hour-weekday', 'per-hour', 'per-weekday', 'per-week'],
  quality: ['arrivals-per-day', 'quarantine-per-reason', 'delay'],
}

/** The query that tells what the lake has, day by day. */
const ACCOUNT = 'arrivals-per-day'

export interface Composition {
  readonly queries: readonly SavedQuery[]
  /** Answers by their query's name. */
  readonly answers: ReadonlyMap<string, Answer>
  /** The platforms, in their order. */
  readonly sources: readonly string[]
  readonly range: Range
  readonly language: Language
  readonly made: number
  readonly timeZone: string
}

/** A report of what the saved queries answered. */
export function compose(composition: Composition): Report {
  const { answers, sources, range, language, made, timeZone } = composition
  const account = accountOf(answers.get(ACCOUNT), sources)
  const days = account.map(({ day }) => day).sort()
  const [first, last] = [days[0], days.at(-1)]
  const period = periodOf(first, last) // axes have no room for days asked for that the lake does not have
  const isEmpty = account.length === 0
  return {
    language,
    period: periodOf(range.from ?? first, range.to ?? last),
    made,
    timeZone,
    headlines: isEmpty ? [] : headlines(composition, account, period),
    sections: isEmpty ? [] : sections(composition, account, period),
  }
}

const periodOf = (from: string | undefined, to: string | undefined): Period | undefined =>
  from !== undefined && to !== undefined ? { from, to } : undefined

interface Arrivals {
  readonly day: string
  readonly source: string
  readonly messages: number
  readonly quarantined: number
}

function accountOf(answer: Answer | undefined, sources: readonly string[]): Arrivals[] {
  const place = (name: string) => answer?.columns.findIndex(column => column.name === name) ?? -1
  const [day, source, messages, quarantined] = ['day', 'source', 'messages', 'quarantined'].map(place)
  return (answer?.rows ?? [])
    .map(row => ({
      day: String(row[day ?? -1]),
      source: String(row[source ?? -1]),
      messages: numeric(row[messages ?? -1] ?? null),
      quarantined: numeric(row[quarantined ?? -1] ?? null),
    }))
    .filter(row => sources.includes(row.source))
}

function headlines(composition: Composition, account: readonly Arrivals[], period: Period | undefined): Headline[] {
  const { answers, sources, language } = composition
  const words = WORDS[language]
  const formats = formatsOf(language)
  const days = period ? datesBetween(period.from, period.to).length : 1
  const counted = (source: string, field: 'messages' | 'quarantined') =>
    sum(account.filter(row => row.source === source).map(row => row[field]))
  const quarantined = sum(account.map(row => row.quarantined))
  const arrived = sum(account.map(row => row.messages)) + quarantined
  const headline = (label: string, count: (source: string) => number, write = formats.number): Headline => ({
    label,
    value: write(sum(sources.map(count))),
    parts: sources.map((source, i) => ({
      label: words.value('source', source),
      value: write(count(source)),
      color: colorAt(i),
    })),
  })
  return [
    headline(words.messages, source => counted(source, 'messages')),
    headline(words.people, source => columnSum(answers.get(`${source}-new-people`), 'new_people')),
    headline(words.perDay, source => counted(source, 'messages') / days),
    headline(`${words.quarantined} (${formats.percent(quarantined / arrived)})`, source =>
      counted(source, 'quarantined'),
    ),
  ]
}

function columnSum(answer: Answer | undefined, name: string): number {
  const index = answer?.columns.findIndex(column => column.name === name) ?? -1
  return sum((answer?.rows ?? []).map(row => numeric(row[index] ?? null)))
}

/** The colours of the style sheet, in turn. */
const colorAt = (index: number) => `var(--s${(index % 6) + 1})`

/** The figures; a platform of which nothing at all arrived has none, for a lake may be of one platform alone. */
function sections(composition: Composition, account: readonly Arrivals[], period: Period | undefined): Section[] {
  const { queries, sources, language } = composition
  const present = sources.filter(source => account.some(row => row.source === source))
  const isAbsent = (source: string | undefined) => source !== undefined && !present.includes(source)
  const left = new Set(queries.map(({ name }) => name).filter(name => !isAbsent(sourceOf(name, sources))))
  const take = (name: string) => {
    const names = sources.map(source => `${source}-${name}`).filter(name => left.has(name))
    const found = names.length > 0 ? names : left.has(name) ? [name] : []
    for (const name of found) left.delete(name)
    return found
  }
  const named = Object.entries(LAYOUT).map(([section, names]) => [section, names.flatMap(take)] as const)
  const rest = [...left].map(name => nameWithout(name, sourceOf(name, sources))).flatMap(take)
  return [...named, ['rest', rest] as const]
    .map(([section, names]) => ({
      title: WORDS[language].sections[section as SectionName],
      figures: names.flatMap(name => figure(name, composition, period, present.length === 1) ?? []),
    }))
    .filter(({ figures }) => figures.length > 0)
}

/** The platform that a query is about, where it is one's alone. */
const sourceOf = (name: string, sources: readonly string[]) => sources.find(source => name.startsWith(`${source}-`))

/** A query's name without the platform it is about. */
const nameWithout = (name: string, source: string | undefined) =>
  source === undefined ? name : name.slice(source.length + 1)

/** @param isAlone whether the lake has but one platform, whose figures need no room beside them */
function figure(
  name: string,
  composition: Composition,
  period: Period | undefined,
  isAlone: boolean,
): Figure | undefined {
  const { queries, answers, sources, language } = composition
  const words = WORDS[language]
  const query = queries.find(query => query.name === name)
  const answer = answers.get(name)
  if (!query?.chart || !answer) return undefined
  const source = sourceOf(name, sources)
  const base = source === undefined ? 'var(--accent)' : colorAt(sources.indexOf(source))
  const seen: string[] = []
  const color = (series?: string) => {
    if (series === undefined) return base
    if (sources.includes(series)) return colorAt(sources.indexOf(series))
    if (!seen.includes(series)) seen.push(series)
    const place = seen.indexOf(series)
    return place === 0 ? base : colorAt(sources.length + place - 1)
  }
  const title = words.chartTitle(nameWithout(name, source))
  return {
    query: name,
    title: title ?? query.title,
    ...(source !== undefined && title !== undefined && { badge: { name: words.value('source', source), color: base } }),
    wide: source === undefined || isAlone,
    chart: query.chart,
    told: tell(query.chart, answer, { words, formats: formatsOf(language), period, first: sources, color }),
    answer,
  }
}
