import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { tables } from '../../handlers/sources/tables.ts'
import { isDrawn, savedQueries } from '../../sql/catalog.ts'
import { savedViews } from '../../sql/views.ts'
import { type Command, InterruptedError, UsageError } from '../lib/cli/command.ts'
import { interruption } from '../lib/cli/interruption.ts'
import { openFile } from '../lib/cli/open-file.ts'
import { dateOption } from '../lib/cli/options.ts'
import { FILTER_HELP, FILTER_OPTIONS, filtersOf, withNegativeValues } from '../query/filter-options.ts'
import { wantedTables } from '../query/lake-part.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, openEngine } from '../query/open-engine.ts'
import { readRates } from '../query/rates-file.ts'
import { isReported } from './compose.ts'
import { isLanguage, LANGUAGES, languageOf } from './language.ts'
import type { Report } from './page.ts'
import { preparedQueries } from './prepared-queries.ts'

const HELP = `Writes a report of a lake: one HTML file to open, send or print.

  npm run report -- [--out FILE] [--from D] [--to D] [--lang ${LANGUAGES.join('|')}] [--open] …

  --out FILE        the file to write (default: report.html)
  --from D, --to D  first and last day of arrival, YYYY-MM-DD (default: all days)
  --lang LANG       ${LANGUAGES.join(' or ')} (default: the language of LANG, otherwise en)
  --open            open the report in the browser
${FILTER_HELP}
  --rates FILE      prices, as npm run query -- whatsapp-prices-per-day takes them: the report then shows costs
${ENGINE_HELP}
  --help            show this help

The report draws every saved query of sql/queries that declares a chart and that these options can limit. It contains
people's names and messages: share it with care. Times are in the lake's own time zone; another TIME_ZONE is refused.`

/** Says how many of the saved queries have a chart with data. */
function outcome({ sections }: Report, queries: number): string {
  const drawn = sections.flatMap(({ figures }) => figures).length
  if (drawn === 0) return `no charts: none of the ${queries} saved queries has data for these days`
  return drawn === queries ? `${queries} charts` : `${drawn} of ${queries} charts; the others have nothing to show`
}

export const report: Command = async (args, env, print, note) => {
  const { values } = parseArgs({
    args: withNegativeValues(args),
    options: {
      out: { type: 'string', default: 'report.html' },
      from: { type: 'string' },
      to: { type: 'string' },
      lang: { type: 'string' },
      open: { type: 'boolean', default: false },
      ...FILTER_OPTIONS,
      rates: { type: 'string' },
      ...ENGINE_OPTIONS,
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    print(HELP)
    return true
  }
  const { out, from, to } = values
  const language = values.lang ?? languageOf(env.LC_ALL || env.LANG)
  if (!isLanguage(language)) throw new UsageError(`there is no language "${language}": ${LANGUAGES.join(', ')}`)
  if (out === '') throw new UsageError('--out is empty')
  if (from !== undefined) dateOption('--from', from)
  if (to !== undefined) dateOption('--to', to)
  if (from !== undefined && to !== undefined && from > to) throw new UsageError(`--from ${from} is after --to ${to}`)

  const filters = filtersOf(values)
  const rates = values.rates === undefined ? undefined : readRates(values.rates)
  const queries = savedQueries().filter(isReported)
  const limited = preparedQueries(queries, { filters, rates })
  const { signal, release } = interruption()
  try {
    const wanted = wantedTables(
      limited.map(({ sql }) => sql),
      { from, to },
      tables,
      savedViews(),
    )
    const engine = await openEngine(values, { env, wanted, signal })
    try {
      const [{ composeReport }, { renderPage }] = await Promise.all([import('./build-report.ts'), import('./page.ts')])
      const { timeZone } = engine
      const settings = { queries, filters, rates, from, to, language, timeZone, generatedAt: Date.now(), signal }
      const report = await composeReport(engine, settings)
      writeFileSync(out, renderPage(report))
      for (const line of [...engine.notes, `${out}: ${outcome(report, limited.filter(isDrawn).length)}`]) note(line)
    } finally {
      await engine.close()
    }
  } catch (error) {
    throw signal.aborted ? new InterruptedError('interrupted') : error
  } finally {
    release()
  }
  if (values.open) openFile(resolve(out))
  return true
}
