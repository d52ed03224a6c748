import { createHash, randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import color from 'picocolors'
import { ingestHandler } from '../../handlers/ingest/handler.ts'
import { DEFAULT_TIME_ZONE, datesBetween, dayIn } from '../../handlers/lake/calendar.ts'
import { quarantineKey, rawPrefix, tableKey } from '../../handlers/lake/layout.ts'
import { sources } from '../../handlers/sources/index.ts'
import { tables } from '../../handlers/sources/tables.ts'
import { namesOf } from '../../handlers/sources/translations.ts'
import { DAY_COUNTS } from '../../handlers/transform/day-counts.ts'
import { type DayStats, transformDay } from '../../handlers/transform/transform-day.ts'
import { Configuration } from '../../handlers/webhook/configuration.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { bindParameters } from '../../sql/parameters.ts'
import { openFile } from '../lib/cli/open-file.ts'
import { type Cell, textTable } from '../lib/cli/text-table.ts'
import { openGateway } from '../lib/local/gateway.ts'
import { type LocalLake, localLake } from '../lib/local/lake.ts'
import { openDuckDb } from '../query/duckdb.ts'
import { allRows, type Row } from '../query/engine.ts'
import { render } from '../query/render.ts'
import { buildReport } from '../report/build-report.ts'
import { languageOf } from '../report/language.ts'
import { type Delivery, deliveries, WEEK } from './deliveries.ts'
import { send, shakeHands } from './send.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const day = dayIn(DEFAULT_TIME_ZONE)
const days = datesBetween(day(WEEK.start), day(WEEK.end - 1))

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
  await receive(deliveries(join(root, 'fixtures'), sources), lake, print)
  await transform(lake, print)
  await query(lake, print)
  const report = join(lake.directory, 'report.html')
  await writeReport(report, lake, env, print)
  if (isOpened) openFile(report)
  print(whatNext())
}

/** Sends the deliveries over HTTP, each at its own time of the week. */
async function receive(week: readonly Delivery[], lake: LocalLake, print: Print): Promise<void> {
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

/** Transforms every day to one Parquet file per platform, and checks that a second run gives the same bytes. */
async function transform(lake: LocalLake, print: Print): Promise<void> {
  print(heading('2. Transform each day to Parquet'))
  const sum = (stats: readonly DayStats[], field: (typeof DAY_COUNTS)[number]) =>
    stats.reduce((total, day) => total + day[field], 0)
  const lines: Cell[][] = [['', ...DAY_COUNTS]]
  const all: DayStats[] = []
  for (const source of sources) {
    const stats: DayStats[] = []
    for (const date of days) stats.push(await transformDay(source, date, lake))
    lines.push([source.name, ...DAY_COUNTS.map(field => sum(stats, field))])
    all.push(...stats)
  }
  print(table(lines))
  print(
    color.dim(`  duplicates: delivered again, mostly on a later day; the table has each message once
  quarantined: cannot become a row; kept unchanged, with the reason`),
  )
  const [items, rows, duplicates, quarantined] = [
    sum(all, 'items'),
    sum(all, 'rows'),
    sum(all, 'duplicates'),
    sum(all, 'quarantined'),
  ]
  print(
    checked(
      items === rows + duplicates + quarantined,
      `items = rows + duplicates + quarantined: ${items} = ${rows} + ${duplicates} + ${quarantined}`,
    ),
  )
  for (const source of sources) {
    const date = days.at(-1) ?? ''
    const before = await digest(lake, tableKey(source.name, date))
    await transformDay(source, date, lake)
    const after = await digest(lake, tableKey(source.name, date))
    print(
      checked(
        before === after,
        `${source.name} ${date} transformed again: the same bytes (SHA-256 ${after.slice(0, 12)}…)`,
      ),
    )
  }
}

async function digest(lake: LocalLake, key: string): Promise<string> {
  const object = await lake.enriched.get(key)
  if (!object) throw new Error(`${key} is missing`)
  return createHash('sha256').update(object.body).digest('hex')
}

/** Runs saved queries, written for Athena, on the lake's files. */
async function query(lake: LocalLake, print: Print): Promise<void> {
  print(heading('3. Query with the same SQL that Athena runs'))
  const engine = await openDuckDb(lake.directory, tables)
  try {
    for (const [name, maxRows, filter = () => true] of SHOWN) {
      const query = savedQueries().find(query => query.name === name)
      if (!query) throw new Error(`there is no query ${name} in sql/queries`)
      const result = await engine.run(query.sql, bindParameters(query))
      const rows = await allRows(result)
      const shown = rows.filter(filter).slice(0, maxRows)
      print(`\n  ${color.bold(query.title)} ${color.dim(`· npm run query -- ${name} --lake demo-lake`)}`)
      const width = process.stdout.columns ?? 120
      for await (const text of render({ ...result, batches: batch(shown) }, 'table', { width }))
        process.stdout.write(text)
      if (rows.length > shown.length) print(color.dim(`… and ${rows.length - shown.length} more rows`))
    }
  } finally {
    await engine.close()
  }
}

async function writeReport(file: string, lake: LocalLake, env: NodeJS.ProcessEnv, print: Print): Promise<void> {
  print(heading('4. Write the report'))
  const engine = await openDuckDb(lake.directory, tables)
  try {
    const settings = { from: undefined, to: undefined, timeZone: DEFAULT_TIME_ZONE, generatedAt: Date.now() }
    const language = languageOf(env.LC_ALL || env.LANG)
    writeFileSync(file, await buildReport(engine, { ...settings, queries: savedQueries(), language }))
  } finally {
    await engine.close()
  }
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

function whatNext(): string {
  const [first = ''] = days
  return `
${color.bold('Explore the lake:')}
${sources.map(({ name }) => `  demo-lake/raw/${rawPrefix(name, first)}`).join('\n')}
      the bodies, byte for byte as delivered
${sources.map(({ name }) => `  demo-lake/enriched/${tableKey(name, first)}`).join('\n')}
      one day's messages as a table
${sources.map(({ name }) => `  demo-lake/enriched/${quarantineKey(name, first)}`).join('\n')}
      what could not become a row, with the reason

${color.bold('Try next:')}
  npm run report -- --lake demo-lake --open            open the report in the browser
  npm run query                                        list the saved queries
  npm run query -- whatsapp --lake demo-lake           all messages, as a table, CSV or JSON
  npm run query -- quarantine --lake demo-lake         everything that could not become a row
  npm start                                            receive real webhooks on this machine
`
}
