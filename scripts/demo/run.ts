import { createHash, randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import color from 'picocolors'
import { ingestHandler } from '../../handlers/ingest/handler.ts'
import { datesBetween, dayIn } from '../../handlers/lake/calendar.ts'
import { rawPrefix } from '../../handlers/lake/layout.ts'
import { claimTimeZone } from '../../handlers/lake/time-zone.ts'
import { IDENTITIES, QUARANTINE } from '../../handlers/sources/day-keys.ts'
import { sources } from '../../handlers/sources/index.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { tables } from '../../handlers/sources/tables.ts'
import { namesOf } from '../../handlers/sources/translations.ts'
import { DAY_COUNTS } from '../../handlers/transform/day-counts.ts'
import { type DayStats, transformDay } from '../../handlers/transform/transform-day.ts'
import { Configuration } from '../../handlers/webhook/configuration.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { bindParameters } from '../../sql/parameters.ts'
import { inTimeZone } from '../../sql/time-zone.ts'
import { openFile } from '../lib/cli/open-file.ts'
import { type Cell, textTable } from '../lib/cli/text-table.ts'
import { openGateway } from '../lib/local/gateway.ts'
import { type LocalLake, localLake } from '../lib/local/lake.ts'
import { rootsOf, toldTimeZone } from '../lib/time-zone.ts'
import { openDuckDb } from '../query/duckdb.ts'
import { allRows, type Engine, type Row } from '../query/engine.ts'
import { render } from '../query/render.ts'
import { buildReport } from '../report/build-report.ts'
import { languageOf } from '../report/language.ts'
import { type Delivery, deliveries, WEEK } from './deliveries.ts'
import { send, shakeHands } from './send.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The ISO week of the deliveries; some fixtures have a time long before it. */
const WEEK_OF_YEAR = 46

/** The saved queries to show, the most rows to show, and a filter for the rows. */
const SHOWN: readonly (readonly [query: string, maxRows: number, filter?: (row: Row) => boolean])[] = [
  ['whatsapp', 1],
  ['whatsapp-hora-dia-semana', 6, row => Number(row[2]) === WEEK_OF_YEAR],
  ['whatsapp-per-content', 5],
  ['platforms-per-day', 8],
  ['quarantine-per-reason', 8],
]

/** The counts of the sum that must balance. */
const ITEM_COUNTS = ['items', 'rows', 'duplicates', 'quarantined'] as const

/** The tables whose rows are not among the rows of a run. */
const BESIDE_THE_ROWS: ReadonlySet<string> = new Set([IDENTITIES, QUARANTINE])

type Print = (text: string) => void

export interface DemoOptions {
  /** Whether the report is opened in the browser. */
  readonly isOpened: boolean
  readonly env: NodeJS.ProcessEnv
  readonly print: Print
}

/**
 * Runs the whole product on this machine: receives a week of deliveries over HTTP, transforms them, and queries the lake.
 * The lake is demo-lake/ in the working directory; an existing one is removed first.
 * @throws if a count or an answer is not as expected
 */
export async function runDemo({ isOpened, env, print }: DemoOptions): Promise<void> {
  const lake = localLake(resolve('demo-lake'))
  print(color.bold(`chatlake: a week of ${namesOf(sources)}, from webhook to report, on this machine`))
  rmSync(lake.directory, { recursive: true, force: true })
  const timeZone = await claimTimeZone(rootsOf(lake), await toldTimeZone(env))
  const day = dayIn(timeZone)
  const days = datesBetween(day(WEEK.start), day(WEEK.end - 1))
  await receive(deliveries(join(root, 'fixtures'), sources), lake, day, print)
  const tablesOfOneDay = await transform(lake, days, print)
  const report = join(lake.directory, 'report.html')
  const engine = await openDuckDb(lake.directory, tables, { timeZone })
  try {
    await query(engine, timeZone, print)
    await writeReport(report, engine, timeZone, env, print)
  } finally {
    await engine.close()
  }
  if (isOpened) openFile(report)
  print(whatNext(tablesOfOneDay, days[0] ?? ''))
}

/** Sends the deliveries over HTTP, each at its own time of the week. */
async function receive(
  week: readonly Delivery[],
  lake: LocalLake,
  day: (epochMs: number) => string,
  print: Print,
): Promise<void> {
  print(heading(`1. Receive ${week.length} deliveries over HTTP`))
  const names = sources.flatMap(({ webhook }) => webhook.secrets)
  const secrets = Object.fromEntries(names.map(name => [name, randomBytes(16).toString('hex')]))
  const secret = (name: string) => secrets[name] ?? ''
  const events: string[] = []
  const ingest = {
    configuration: new Configuration(Object.assign({}, secrets, ...sources.map(({ sample }) => sample.settings))),
    raw: () => lake.raw,
    day,
  }
  const recordEvent = (line: string) => events.push(JSON.parse(line).event)
  let now = WEEK.start
  const gateway = await openGateway(
    new Map(sources.map(source => [source.name, ingestHandler(source, ingest, recordEvent)])),
    { now: () => now },
  )
  try {
    for (const source of sources.filter(({ sample }) => sample.handshake)) {
      const isVerified = await shakeHands(gateway.url, source, secret, now)
      print(checked(isVerified, `${source.translations.en.name} verified the webhook: the challenge came back`))
    }
    for (const delivery of week) {
      now = delivery.arrivesAt
      const status = await send(gateway.url, delivery, secret)
      const isExpected = delivery.isAuthentic ? [200, 400].includes(status) : status === 401
      if (!isExpected) throw new Error(`${delivery.source.name}: ${delivery.name} was answered ${status}`)
    }
  } finally {
    await gateway.close()
  }

  const count = (...wanted: string[]) => events.filter(event => wanted.includes(event)).length
  const refused = count('unauthorized', 'foreign', 'refused')
  const [stored, repeated] = [count('stored'), count('repeated')]
  print(
    table([
      ['delivered', week.length, ''],
      ['= stored', stored, 'one object each, named by the SHA-256 of the body'],
      ['+ repeated', repeated, 'retried by the platform: the same bytes, already stored'],
      [
        '+ refused',
        refused,
        `${count('unauthorized')} forged, ${count('foreign')} not from a kept chat, ${count('refused')} not an update`,
      ],
    ]),
  )
  print(checked(week.length === stored + repeated + refused, 'delivered = stored + repeated + refused'))
}

/**
 * Transforms every day to Parquet, and checks that the counts balance and that a second run gives the same bytes.
 * @returns the keys of the first day's tables
 */
async function transform(lake: LocalLake, days: readonly string[], print: Print): Promise<readonly string[]> {
  print(heading('2. Transform each day to Parquet'))
  const runs = new Map<Source, readonly DayStats[]>()
  for (const source of sources) {
    const stats: DayStats[] = []
    for (const date of days) stats.push(await transformDay(source, date, lake))
    runs.set(source, stats)
  }
  print(table([['', ...DAY_COUNTS], ...[...runs].map(([{ name }, stats]) => [name, ...DAY_COUNTS.map(sum(stats))])]))
  print(
    color.dim(`  items: messages, statuses, other events, and what cannot become a row
  duplicates: delivered again, mostly on a later day; a table has each item once
  quarantined: cannot become a row; kept unchanged, with the reason`),
  )
  for (const [{ name }, stats] of runs) {
    const [items = 0, rows = 0, duplicates = 0, quarantined = 0] = ITEM_COUNTS.map(sum(stats))
    const claim = `${name}: items = rows + duplicates + quarantined: ${items} = ${rows} + ${duplicates} + ${quarantined}`
    print(checked(items === rows + duplicates + quarantined, claim))
  }
  print(
    `\n${table([['platform', 'table', 'rows'], ...[...runs].flatMap(([{ name }, stats]) => tableLines(name, stats))])}`,
  )
  print(color.dim('  identities: pairs of ids of one person; like quarantine, not among the rows above'))
  for (const [{ name }, stats] of runs) {
    const tables = [...tableRows(stats)].filter(([table]) => !BESIDE_THE_ROWS.has(table))
    const claim = `${name}: rows = ${tables.map(([table]) => table).join(' + ')}`
    const [total, rows] = [sum(stats)('rows'), tables.map(([, rows]) => rows)]
    print(checked(total === rows.reduce((a, b) => a + b), `${claim}: ${total} = ${rows.join(' + ')}`))
  }
  for (const [source, stats] of runs) print(await transformAgain(source, stats.at(-1), lake))
  return [...runs.values()].flatMap(([first]) => keysOf(first)).sort()
}

/** Transforms a day again. @returns the check that each of its tables has the same bytes as before */
async function transformAgain(source: Source, before: DayStats | undefined, lake: LocalLake): Promise<string> {
  if (!before) throw new Error(`${source.name} has no day`)
  const first = await digests(lake, before)
  const after = await transformDay(source, before.date, lake)
  const second = await digests(lake, after)
  const isSame = isDeepStrictEqual([before, first], [after, second])
  const claim = `${source.name} ${before.date} transformed again: the same bytes in each table`
  return `${checked(isSame, claim)}\n${table(second.map(([name, digest]) => ['', name, `SHA-256 ${digest.slice(0, 12)}…`]))}`
}

/** The SHA-256 of each table that has rows on the day. */
async function digests(lake: LocalLake, { tables }: DayStats): Promise<(readonly [table: string, digest: string])[]> {
  const found: (readonly [string, string])[] = []
  for (const [name, { key }] of Object.entries(tables)) {
    if (!key) continue
    const object = await lake.enriched.get(key)
    if (!object) throw new Error(`${key} is missing`)
    found.push([name, createHash('sha256').update(object.body).digest('hex')])
  }
  return found
}

const sum = (stats: readonly DayStats[]) => (count: (typeof DAY_COUNTS)[number]) =>
  stats.reduce((total, day) => total + day[count], 0)

/** The rows of each table over all days. */
function tableRows(stats: readonly DayStats[]): ReadonlyMap<string, number> {
  const totals = new Map<string, number>()
  for (const { tables } of stats)
    for (const [name, { rows }] of Object.entries(tables)) totals.set(name, (totals.get(name) ?? 0) + rows)
  return totals
}

/** A line per table of a platform, whose name stands in the first. */
const tableLines = (platform: string, stats: readonly DayStats[]): Cell[][] =>
  [...tableRows(stats)].map(([name, rows], i) => [i === 0 ? platform : '', name, rows])

const keysOf = (stats: DayStats | undefined): string[] =>
  Object.values(stats?.tables ?? {}).flatMap(({ key }) => key ?? [])

/** Runs saved queries, written for Athena, on the lake's files. */
async function query(engine: Engine, timeZone: string, print: Print): Promise<void> {
  print(heading('3. Query with the same SQL that Athena runs'))
  for (const [name, maxRows, filter = () => true] of SHOWN) {
    const query = savedQueries().find(query => query.name === name)
    if (!query) throw new Error(`there is no query ${name} in sql/queries`)
    const result = await engine.run(inTimeZone(query.sql, timeZone), bindParameters(query))
    const rows = await allRows(result)
    const shown = rows.filter(filter).slice(0, maxRows)
    print(`\n  ${color.bold(query.title)} ${color.dim(`· npm run query -- ${name} --lake demo-lake`)}`)
    const width = process.stdout.columns ?? 120
    for await (const text of render({ ...result, batches: batch(shown) }, 'table', { width }))
      process.stdout.write(text)
    if (rows.length > shown.length) print(color.dim(`… and ${rows.length - shown.length} more rows`))
  }
}

async function writeReport(
  file: string,
  engine: Engine,
  timeZone: string,
  env: NodeJS.ProcessEnv,
  print: Print,
): Promise<void> {
  print(heading('4. Write the report'))
  const settings = { from: undefined, to: undefined, timeZone, generatedAt: Date.now() }
  const language = languageOf(env.LC_ALL || env.LANG)
  writeFileSync(file, await buildReport(engine, { ...settings, queries: savedQueries(), language }))
  print(`  ${color.green('✓')} demo-lake/report.html: a chart for every saved query that declares one`)
}

async function* batch(rows: readonly Row[]) {
  yield rows
}

const heading = (title: string) => `\n${color.bold(title)}`

/** The line for a claim that holds. @throws if it does not */
function checked(isTrue: boolean, claim: string): string {
  if (!isTrue) throw new Error(`  ${color.red('✗')} ${claim}`)
  return `  ${color.green('✓')} ${claim}`
}

const table = (lines: readonly (readonly Cell[])[]) => textTable(lines).replaceAll(/^/gm, '  ')

/** @param keys the objects of the first day's tables */
function whatNext(keys: readonly string[], first: string): string {
  return `
${color.bold('Explore the lake:')}
${sources.map(({ name }) => `  demo-lake/raw/${rawPrefix(name, first)}`).join('\n')}
      the bodies, byte for byte as delivered
${keys.map(key => `  demo-lake/enriched/${key}`).join('\n')}
      the tables of one day

${color.bold('Try next:')}
  npm run report -- --lake demo-lake --open            open the report in the browser
  npm run query                                        list the saved queries
  npm run query -- whatsapp --lake demo-lake           all messages, as a table, CSV or JSON
  npm run query -- quarantine --lake demo-lake         everything that could not become a row
  npm start                                            receive real webhooks on this machine
`
}
