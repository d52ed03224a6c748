import { sources as registeredSources } from '../../handlers/sources/index.ts'
import type { Source } from '../../handlers/sources/source.ts'
import type { SavedQuery } from '../../sql/catalog.ts'
import type { Filters } from '../../sql/filters.ts'
import type { Rate } from '../../sql/rates.ts'
import type { Engine } from '../query/engine.ts'
import { compose, isReported } from './compose.ts'
import { formatsOf, type Language } from './language.ts'
import { type Report, renderPage } from './page.ts'
import { preparedQueries } from './prepared-queries.ts'
import { type Range, runQueries } from './run-queries.ts'
import { translationsOf } from './translations.ts'

export interface ReportSettings extends Range {
  /** The saved queries. Those that a report neither draws nor needs for its key figures are ignored. */
  readonly queries: readonly SavedQuery[]
  /** What limits the queries. Those that it cannot limit are left out. */
  readonly filters?: Filters
  /** Prices, for a report with costs. */
  readonly rates?: readonly Rate[] | undefined
  readonly language: Language
  /** The lake's IANA time zone. */
  readonly timeZone: string
  /** The time that the footer states, in epoch milliseconds. */
  readonly generatedAt: number
  /** The platforms, in the order in which the report shows them (default: the registered ones). */
  readonly sources?: readonly Source[]
  /** When aborted, no further query starts. */
  readonly signal?: AbortSignal
}

/**
 * Runs the queries and renders the report.
 * @returns the text of one self-contained HTML file
 * @throws when a query fails
 * @example
 * const engine = await openDuckDb('lake', tables)
 * const settings = { queries: savedQueries(), language: 'en', timeZone: 'America/Sao_Paulo', generatedAt: Date.now() }
 * writeFileSync('report.html', await buildReport(engine, settings))
 */
export const buildReport = async (engine: Engine, settings: ReportSettings): Promise<string> =>
  renderPage(await composeReport(engine, settings))

/** Runs the queries and returns the report's content, for `renderPage`. */
export async function composeReport(engine: Engine, settings: ReportSettings): Promise<Report> {
  const {
    from,
    to,
    language,
    timeZone,
    generatedAt,
    filters = {},
    rates,
    sources = registeredSources,
    signal,
  } = settings
  const queries = preparedQueries(settings.queries.filter(isReported), { filters, rates })
  const range = { from, to }
  const results = await runQueries(engine, queries, range, timeZone, signal)
  const texts = { translations: translationsOf(language, sources), formats: formatsOf(language) }
  const platforms = sources.map(({ name }) => name)
  return compose({ queries, results, sources: platforms, range, filters, texts, generatedAt, timeZone })
}
