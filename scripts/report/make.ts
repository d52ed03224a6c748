import { sources } from '../../handlers/sources/index.ts'
import type { SavedQuery } from '../query/catalog.ts'
import type { Engine } from '../query/engine.ts'
import { askAll, type Range } from './ask.ts'
import { compose } from './compose.ts'
import type { Language } from './language.ts'
import { page } from './page.ts'

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
export async function makeReport(engine: Engine, settings: ReportSettings): Promise<string> {
  const { from, to, language, timeZone, made, signal } = settings
  const queries = settings.queries.filter(({ chart }) => chart !== undefined)
  const range = { from, to }
  const answers = await askAll(engine, queries, range, timeZone, signal)
  const platforms = sources.map(({ name }) => name)
  return page(compose({ queries, answers, sources: platforms, range, language, made, timeZone }))
}
