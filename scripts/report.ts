import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { DEFAULT_TIME_ZONE } from '../handlers/lake/calendar.ts'
import { tables } from '../handlers/sources/tables.ts'
import { savedQueries } from '../sql/catalog.ts'
import { runCommand, UsageError } from './lib/cli/command.ts'
import { environment } from './lib/cli/environment.ts'
import { interruption } from './lib/cli/interruption.ts'
import { openFile } from './lib/cli/open-file.ts'
import { dateOption } from './lib/cli/options.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, openEngine } from './query/open-engine.ts'
import { composeReport } from './report/build-report.ts'
import { isLanguage, LANGUAGES, languageOf } from './report/language.ts'
import { type Report, renderPage } from './report/page.ts'

const HELP = `Makes a report of a lake: one HTML file, to be opened, sent or printed.

  npm run report -- [--out FILE] [--from D] [--to D] [--lang ${LANGUAGES.join('|')}] [--open] …

  --out FILE        the file to write (default: report.html)
  --from D, --to D  days of arrival, YYYY-MM-DD, both included (default: all of them)
  --lang LANG       ${LANGUAGES.join(' or ')} (default: the environment's LANG, or else en)
  --open            open it in the browser
${ENGINE_HELP}
  --help            this

It draws every saved query of sql/queries that has a chart. The file holds people's names and messages: share it with
care. TIME_ZONE names the lake's time zone (default: Terraform's output for a lake in AWS, or else ${DEFAULT_TIME_ZONE}).
`

/** How many of the saved queries had something to draw. */
function outcome({ sections }: Report, asked: number): string {
  const drawn = sections.flatMap(({ figures }) => figures).filter(({ model }) => model !== undefined).length
  if (drawn === 0) return `nothing to draw: none of the ${asked} saved queries found anything in these days`
  return drawn === asked
    ? `${asked} saved queries, drawn`
    : `${drawn} of ${asked} saved queries drawn, the others found nothing`
}

await runCommand('report', async () => {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'report.html' },
      from: { type: 'string' },
      to: { type: 'string' },
      lang: { type: 'string' },
      open: { type: 'boolean', default: false },
      ...ENGINE_OPTIONS,
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const { out, from, to } = values
  const env = environment()
  const language = values.lang ?? languageOf(env.LC_ALL || env.LANG)
  if (!isLanguage(language)) throw new UsageError(`there is no language "${language}": ${LANGUAGES.join(', ')}`)
  if (out === '') throw new UsageError('--out is empty')
  if (from !== undefined) dateOption('--from', from)
  if (to !== undefined) dateOption('--to', to)
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError(`the range ends before it begins: ${from} to ${to}`)

  const queries = savedQueries().filter(({ chart }) => chart !== undefined)
  const { signal, release } = interruption()
  try {
    const wanted = { tables, from: from ?? '0000-01-01', to: to ?? '9999-12-31' }
    const engine = await openEngine(values, { wanted, signal })
    try {
      const { timeZone } = engine
      const settings = { queries, from, to, language, timeZone, generatedAt: Date.now(), signal }
      const report = await composeReport(engine, settings)
      writeFileSync(out, renderPage(report))
      for (const note of [...engine.notes, `${out}: ${outcome(report, queries.length)}`])
        process.stderr.write(`${note}\n`)
    } finally {
      await engine.close()
    }
  } catch (error) {
    if (!signal.aborted) throw error
    process.stderr.write('report: interrupted\n')
    process.exitCode = 130 // as a shell says it of Ctrl-C
    return
  } finally {
    release()
  }
  if (values.open) openFile(resolve(out))
})
