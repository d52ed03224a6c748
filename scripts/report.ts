import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { assertDate, DEFAULT_TIME_ZONE } from '../handlers/lake/calendar.ts'
import { tables } from '../handlers/lake/tables.ts'
import { sources } from '../handlers/sources/index.ts'
import { runCommand, UsageError } from './cli/command.ts'
import { environment } from './cli/environment.ts'
import { savedQueries } from './query/catalog.ts'
import { openDuckDb } from './query/duckdb.ts'
import { ask } from './report/ask.ts'
import { compose } from './report/compose.ts'
import { isLanguage, LANGUAGES, languageOf } from './report/language.ts'
import { page } from './report/page.ts'

const HELP = `Makes a report of a lake: one HTML file, to be opened, sent or printed.

  npm run report -- [--out report.html] [--lake DIR] [--from D] [--to D] [--lang pt|en] [--open]

  --out FILE    the file (default: report.html)
  --lake DIR    the lake's directory (default: lake)
  --from, --to  days of arrival, YYYY-MM-DD, both included (default: all there are)
  --lang LANG   ${LANGUAGES.join(' or ')} (default: LANG's, or else en)
  --open        open it in the browser
  --help        this

It draws every saved query of sql/queries that has a chart.
TIME_ZONE names the lake's time zone (default: ${DEFAULT_TIME_ZONE}).
`

await runCommand('report', async () => {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'report.html' },
      lake: { type: 'string', default: 'lake' },
      from: { type: 'string' },
      to: { type: 'string' },
      lang: { type: 'string' },
      open: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const { out, lake, from, to, lang } = values
  const env = environment()
  const language = lang ?? languageOf(env.LC_ALL || env.LANG)
  if (!isLanguage(language)) throw new UsageError(`--lang "${lang}" is not one of ${LANGUAGES.join(', ')}`)
  if (out === '') throw new UsageError('--out needs a file')
  if (lake === '') throw new UsageError('--lake needs a directory')
  assertDay('--from', from)
  assertDay('--to', to)
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError(`the range ends before it begins: ${from} to ${to}`)

  const timeZone = env.TIME_ZONE || DEFAULT_TIME_ZONE
  const queries = savedQueries().filter(({ chart }) => chart !== undefined)
  const range = { from, to }
  const engine = await openDuckDb(lake, tables)
  try {
    const answers = new Map(
      await Promise.all(queries.map(async query => [query.name, await ask(engine, query, range, timeZone)] as const)),
    )
    const names = sources.map(({ name }) => name)
    const made = Date.now()
    writeFileSync(out, page(compose({ queries, answers, sources: names, range, language, made, timeZone })))
  } finally {
    await engine.close()
  }
  process.stderr.write(`${out}: ${queries.length} queries answered\n`)
  if (values.open) open(resolve(out))
})

function assertDay(option: string, day: string | undefined): void {
  try {
    if (day !== undefined) assertDate(day)
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : error}`)
  }
}

/** Hands a file to whatever opens HTML here. */
function open(file: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', file]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', file]
        : ['xdg-open', file]
  spawn(command ?? '', args, { stdio: 'ignore', detached: true })
    .on('error', () => process.stderr.write(`there is no browser to open it with: open ${file} yourself\n`))
    .unref()
}
