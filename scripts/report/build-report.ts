import { sources } from '../../handlers/sources/index.ts'
import type { SavedQuery } from '../../sql/catalog.ts'
import type { Engine } from '../query/engine.ts'
import { compose } from './compose.ts'
import type { Language } from './language.ts'
import { page, type Report } from './page.ts'
import { type Range, runQueries } from './run-queries.ts'

export interface ReportSettings extends Range {
  /** The saved queries to draw; those without a chart are left out. */
  readonly queries: readonly SavedQuery[]
  readonly language: Language
  readonly timeZone: string
  /** When it is made, in epoch milliseconds. */
  readonly made: number
  readonly signal?: AbortSignal
}

/** A report of what an engine answers, as one HTML file's text. */
export const buildReport = async (engine: Engine, settings: ReportSettings): Promise<string> =>
  page(await composeReport(engine, settings))

/** What such a report says. */
export async function composeReport(engine: Engine, settings: ReportSettings): Promise<Report> {
  const { from, to, language, timeZone, made, signal } = settings
  const queries = settings.queries.filter(({ chart }) => chart !== undefined)
  const range = { from, to }
  const answers = await runQueries(engine, queries, range, timeZone, signal)
  const platforms = sources.map(({ name }) => name)
  return compose({ queries, answers, sources: platforms, range, language, made, timeZone })
}
