import { createHash, randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import color from 'picocolors'
import { ingestHandler } from '../handlers/ingest/handler.ts'
import { DEFAULT_TIME_ZONE, datesBetween, dayIn } from '../handlers/lake/calendar.ts'
import { quarantineKey, rawPrefix, tableKey } from '../handlers/lake/layout.ts'
import { sources } from '../handlers/sources/index.ts'
import { tables } from '../handlers/sources/tables.ts'
import { namesOf } from '../handlers/sources/translations.ts'
import { DAY_COUNTS } from '../handlers/transform/day-counts.ts'
import { type DayStats, transformDay } from '../handlers/transform/transform-day.ts'
import { Configuration } from '../handlers/webhook/configuration.ts'
import { savedQueries } from '../sql/catalog.ts'
import { bindParameters } from '../sql/parameters.ts'
import { type Delivery, deliveries, WEEK } from './demo/deliveries.ts'
import { send, shakeHands } from './demo/send.ts'
import { runCommand } from './lib/cli/command.ts'
import { openFile } from './lib/cli/open-file.ts'
import { type Cell, textTable } from './lib/cli/text-table.ts'
import { openGateway } from './lib/local/gateway.ts'
import { localLake } from './lib/local/lake.ts'
import { openDuckDb } from './query/duckdb.ts'
import { allRows, type Row } from './query/engine.ts'
import { render } from './query/render.ts'
import { buildReport } from './report/build-report.ts'
import { languageOf } from './report/language.ts'

/*
 * The whole product in one go, on this machine: a week of deliveries over HTTP, the lake they leave, and its answers.
 */

const HELP = `Sends a week of signed deliveries through the whole product on this machine, and asks what they were.

  npm run demo -- [--open]

  --open   opens the report in the browser

The lake, demo-lake/ in the working directory, is made anew each time.`

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lake = localLake(resolve('demo-lake'))
const day = dayIn(DEFAULT_TIME_ZONE)
const days = datesBetween(day(WEEK.start), day(WEEK.end - 1))

/** The ISO week that the deliveries tell of; a fixture or two has a time of long ago. */
const WEEK_OF_YEAR = 46

/** Saved queries to show, how many of their rows, and which of them. */
const SHOWN: readonly (readonly [query: string, rows: number, pick?: (row: Row) => boolean])[] = [
  ['whatsapp', 1],
  ['whatsapp-hora-dia-semana', 6, row => Number(row[2]) === WEEK_OF_YEAR],
  ['whatsapp-per-content', 5],
  ['platforms-per-day', 8],
  ['quarantine-per-reason', 8],
]

const REPORT = join(lake.directory, 'report.html')

await runCommand('demo', async () => {
  const { values } = parseArgs({
    options: { open: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) return console.log(HELP)
  console.log(color.bold(`chatlake: a week of ${namesOf(sources)}, from webhook to answer, on this machine`))
  rmSync(lake.directory, { recursive: true, force: true })
  await receive(deliveries(join(root, 'fixtures'), sources))
  await transform()
  await ask()
  await report()
  if (values.open) openFile(REPORT)
  console.log(whatNext())
})

/** Deliveries come in over HTTP, each at its own hour of the week. */
async function receive(week: readonly Delivery[]): Promise<void> {
  heading(`1. ${week.length} deliveries come in over HTTP`)
  const names = sources.flatMap(({ webhook }) => webhook.secrets)
  const secrets = Object.fromEntries(names.map(name => [name, randomBytes(16).toString('hex')]))
  const secret = (name: string) => secrets[name] ?? ''
  const events: string[] = []
  const ingest = {
    configuration: new Configuration(Object.assign({}, secrets, ...sources.map(({ sample }) => sample.settings))),
    raw: () => lake.raw,
    day,
  }
  const listen = (line: string) => events.push(JSON.parse(line).event)
  let now = WEEK.start
  const gateway = await openGateway(
    new Map(sources.map(source => [source.name, ingestHandler(source, ingest, listen)])),
    { now: () => now },
  )
  for (const source of sources.filter(({ sample }) => sample.handshake)) {
    const isVerified = await shakeHands(gateway.url, source, secret, now)
    check(isVerified, `${source.translations.en.name} verified the webhook: its challenge came back`)
  }
  for (const delivery of week) {
    now = delivery.arrivesAt
    const status = await send(gateway.url, delivery, secret)
    const isExpected = delivery.isAuthentic ? [200, 400].includes(status) : status === 401
    if (!isExpected) throw new Error(`${delivery.source.name}: ${delivery.name} was answered ${status}`)
  }
  await gateway.close()

  const count = (...wanted: string[]) => events.filter(event => wanted.includes(event)).length
  const refused = count('unauthorized', 'foreign', 'refused')
  const [stored, repeated] = [count('stored'), count('repeated')]
  table([
    ['delivered', week.length, ''],
    ['= stored', stored, 'one object each, named by the SHA-256 of its bytes'],
    ['+ repeated', repeated, 'retried by the platform: the same bytes, found stored already'],
    [
      '+ refused',
      refused,
      `${count('unauthorized')} forged, ${count('foreign')} of foreign chats or of none, ${count('refused')} that are no update at all`,
    ],
  ])
  check(week.length === stored + repeated + refused, 'delivered = stored + repeated + refused')
}

/** Every day becomes one Parquet file a platform; a second run changes nothing. */
async function transform(): Promise<void> {
  heading('2. Every night, the day becomes Parquet')
  const sum = (accounts: readonly DayStats[], field: (typeof DAY_COUNTS)[number]) =>
    accounts.reduce((total, account) => total + account[field], 0)
  const lines: Cell[][] = [['', ...DAY_COUNTS]]
  const all: DayStats[] = []
  for (const source of sources) {
    const accounts: DayStats[] = []
    for (const date of days) accounts.push(await transformDay(source, date, lake))
    lines.push([source.name, ...DAY_COUNTS.map(field => sum(accounts, field))])
    all.push(...accounts)
  }
  table(lines)
  console.log(
    color.dim(`  duplicates: delivered again, most of them on a later day; the table has each message once
  ignored: what is no message, as receipts and edits
  quarantined: what cannot become a row, kept as it came, with the reason`),
  )
  const [messages, kept, duplicates, quarantined] = [
    sum(all, 'messages'),
    sum(all, 'rows'),
    sum(all, 'duplicates'),
    sum(all, 'quarantined'),
  ]
  check(
    messages === kept + duplicates + quarantined,
    `messages = rows + duplicates + quarantined: ${messages} = ${kept} + ${duplicates} + ${quarantined}`,
  )
  for (const source of sources) {
    const date = days.at(-1) ?? ''
    const before = await fingerprint(tableKey(source.name, date))
    await transformDay(source, date, lake)
    const after = await fingerprint(tableKey(source.name, date))
    check(before === after, `${source.name} ${date} made again: the same bytes (SHA-256 ${after.slice(0, 12)}…)`)
  }
}

async function fingerprint(key: string): Promise<string> {
  const object = await lake.enriched.get(key)
  if (!object) throw new Error(`${key} is missing`)
  return createHash('sha256').update(object.body).digest('hex')
}

/** SQL as Athena runs it, answered from the lake's files. */
async function ask(): Promise<void> {
  heading('3. Ask in SQL, the same that Athena runs')
  const engine = await openDuckDb(lake.directory, tables)
  for (const [name, shown, pick = () => true] of SHOWN) {
    const query = savedQueries().find(query => query.name === name)
    if (!query) throw new Error(`there is no query ${name} in sql/queries`)
    const result = await engine.run(query.sql, bindParameters(query))
    const found = await allRows(result)
    const first = found.filter(pick).slice(0, shown)
    console.log(`\n  ${color.bold(query.title)} ${color.dim(`· npm run query -- ${name} --lake demo-lake`)}`)
    const width = process.stdout.columns ?? 120
    for await (const text of render({ ...result, batches: batch(first) }, 'table', { width }))
      process.stdout.write(text)
    if (found.length > first.length) console.log(color.dim(`… and ${found.length - first.length} more rows`))
  }
  await engine.close()
}

/** All of it on one page. */
async function report(): Promise<void> {
  heading('4. A report to look at')
  const engine = await openDuckDb(lake.directory, tables)
  const settings = { from: undefined, to: undefined, timeZone: DEFAULT_TIME_ZONE, generatedAt: Date.now() }
  const language = languageOf(process.env.LC_ALL || process.env.LANG)
  writeFileSync(REPORT, await buildReport(engine, { ...settings, queries: savedQueries(), language }))
  await engine.close()
  console.log(`  ${color.green('✓')} demo-lake/report.html: every saved query that has a chart, drawn`)
}

async function* batch(rows: readonly Row[]) {
  yield rows
}

function heading(title: string): void {
  console.log(`\n${color.bold(title)}`)
}

function check(isTrue: boolean, claim: string): void {
  if (!isTrue) throw new Error(`  ${color.red('✗')} ${claim}`)
  console.log(`  ${color.green('✓')} ${claim}`)
}

function table(lines: readonly (readonly Cell[])[]): void {
  console.log(textTable(lines).replaceAll(/^/gm, '  '))
}

function whatNext(): string {
  const [first = ''] = days
  return `
${color.bold('The lake is yours to explore:')}
${sources.map(({ name }) => `  demo-lake/raw/${rawPrefix(name, first)}`).join('\n')}
      what was delivered, byte for byte
${sources.map(({ name }) => `  demo-lake/enriched/${tableKey(name, first)}`).join('\n')}
      the messages of a day, as a table
${sources.map(({ name }) => `  demo-lake/enriched/${quarantineKey(name, first)}`).join('\n')}
      what could not become a row, and why: nothing is lost

${color.bold('Try next')}
  npm run report -- --lake demo-lake --open            the report, in the browser
  npm run query                                        the saved queries
  npm run query -- whatsapp --lake demo-lake           every message, as a table, CSV or JSON
  npm run query -- quarantine --lake demo-lake         every message that could not become a row
  npm start                                            receive real webhooks on this machine
`
}
