import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { DEFAULT_TIME_ZONE } from '../handlers/lake/calendar.ts'
import { tables } from '../handlers/sources/tables.ts'
import { parseHeader, type SavedQuery, savedQueries } from '../sql/catalog.ts'
import { maskText } from '../sql/mask-text.ts'
import { nearest } from '../sql/nearest.ts'
import { bindParameters, type Parameter, RANGE } from '../sql/parameters.ts'
import { inTimeZone } from '../sql/time-zone.ts'
import { runCommand, UsageError, writeOut } from './lib/cli/command.ts'
import { interruption } from './lib/cli/interruption.ts'
import type { Result } from './query/engine.ts'
import { namedTables, readsOnlyRange } from './query/lake-part.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, openEngine, sizeText } from './query/open-engine.ts'
import { FORMATS, isFormat, render } from './query/render.ts'
import type { TableOptions } from './query/render-table.ts'
import { assertSelect } from './query/sql-text.ts'

const usage = (queries: readonly SavedQuery[]) => `Answers a query, from a lake on this machine or from AWS.

  npm run query -- <name> [--from D] [--to D] [--engine duckdb|athena] [--format table|csv|json] …
  npm run query -- --file SQL …

  --from D, --to D  days of arrival, YYYY-MM-DD, both included (default: all of them); nothing else is read
  --file SQL        a file with one SELECT in Athena's SQL, - for stdin; a "?" takes --from, the next one --to:
                    where context_date between cast(? as date) and cast(? as date)
  --set NAME=VALUE  a query's own parameter, where its file declares one
${ENGINE_HELP}
  --format FORMAT   table: for people, null is ∅ (default)
                    csv:   RFC 4180; null is an empty field, the empty text is ""
                    json:  an array of objects; an integer beyond ±2^53 is a string
  --help            this

Data goes to stdout, everything else to stderr; npm's own lines stay away with "npm run -s query". Ctrl-C stops the
query, in AWS too. TIME_ZONE names the lake's time zone (default: Terraform's output for a lake in AWS, or else
${DEFAULT_TIME_ZONE}).

Queries, each a file of sql/queries:
${queries.map(({ name, title }) => `  ${name.padEnd(Math.max(...queries.map(query => query.name.length)))}  ${title}`).join('\n')}
`

interface Query {
  readonly sql: string
  readonly parameters: readonly Parameter[]
}

async function query() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      file: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      ...ENGINE_OPTIONS,
      format: { type: 'string', default: 'table' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const queries = savedQueries()
  const [name, ...rest] = positionals
  if (values.help || (name === undefined && values.file === undefined)) {
    await writeOut([usage(queries)])
    return
  }
  const { format, from, to } = values
  if (rest.length > 0 || (name !== undefined && values.file !== undefined))
    throw new UsageError(
      `one query at a time: ${[...positionals, ...(values.file === undefined ? [] : [values.file])].join(', ')}`,
    )
  if (!isFormat(format)) throw new UsageError(`there is no format "${format}": ${FORMATS.join(', ')}`)
  const asked = name === undefined ? await queryOf(values.file ?? '') : saved(name, queries)
  const bound = usageErrors(() => bindParameters(asked, { ...settings(values.set), from, to }))

  const { signal, release } = interruption()
  const status = statusLine(process.stderr)
  const started = performance.now()
  try {
    const engine = await openEngine(values, { wanted: wanted(asked.sql, from, to), signal, progress: status.show })
    try {
      const result = await engine.run(inTimeZone(asked.sql, engine.timeZone), bound)
      status.clear()
      const rows = { count: 0 }
      const complete = await writeOut(render(counted(result, rows), format, terminal(process.stdout)), signal)
      if (!complete) return
      const summary = `${rows.count} ${rows.count === 1 ? 'row' : 'rows'}, ${seconds(performance.now() - started)}`
      for (const line of [summary, ...cost(result), ...engine.notes]) process.stderr.write(`${line}\n`)
    } finally {
      await engine.close()
    }
  } catch (error) {
    if (!signal.aborted) throw error
    status.clear()
    const failed = error instanceof Error && /may still run/.test(error.message) ? `: ${error.message}` : ''
    process.stderr.write(`query: interrupted${failed}\n`)
    process.exitCode = 130 // as a shell says it of Ctrl-C
  } finally {
    status.clear()
    release()
  }
}

function saved(name: string, queries: readonly SavedQuery[]): Query {
  const query = queries.find(query => query.name === name)
  if (query) return query
  const names = queries.map(query => query.name)
  const meant = nearest(name, names)
  throw new UsageError(
    `there is no query "${name}"${meant ? `: did you mean "${meant}"?` : ` among ${names.join(', ')}`}`,
  )
}

/** The query of a file or, as `-`, of stdin: with a header, whose parameters count, or without. */
async function queryOf(file: string): Promise<Query> {
  if (file === '') throw new UsageError('--file is empty')
  let content: string
  try {
    content = file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
  const end = maskText(content).trimEnd()
  const sql = end.endsWith(';') ? content.slice(0, end.length - 1) : content
  assertSelect(sql)
  return { sql, parameters: /^-- ?title:/.test(sql) ? parseHeader(sql).parameters : RANGE }
}

function settings(set: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    set.map(item => {
      const [, name, value] = /^(\w+)=(.*)$/s.exec(item) ?? []
      if (name === undefined || value === undefined) throw new UsageError(`--set "${item}": write NAME=VALUE`)
      return [name, value]
    }),
  )
}

/** What a query can read of a lake in S3. */
function wanted(sql: string, from = '', to = '9999-12-31') {
  const isBounded = readsOnlyRange(sql, tables)
  return { tables: namedTables(sql, tables), from: isBounded ? from : '', to: isBounded ? to : '9999-12-31' }
}

/** Dollars for a TiB read, and the least that is paid for: Athena's price in most regions. */
const PRICE = 5
const LEAST_BYTES = 10 * 2 ** 20

function* cost({ scanned }: Result): Iterable<string> {
  if (!scanned) return
  const dollars = (Math.max(scanned.bytes, LEAST_BYTES) / 2 ** 40) * PRICE
  yield `Athena read ${sizeText(scanned.bytes)} in ${seconds(scanned.milliseconds)}: about $${dollars < 1 ? dollars.toPrecision(2) : dollars.toFixed(2)}, at $${PRICE} a TB and 10 MB at least; some regions cost more`
}

/** The result as it is, its rows counted as they pass. */
function counted(result: Result, rows: { count: number }): Result {
  async function* batches() {
    for await (const batch of result.batches) {
      rows.count += batch.length
      yield batch
    }
  }
  return { ...result, batches: batches() }
}

/** How a table may look on `stream`: whole and plain but for a terminal. */
const terminal = (stream: NodeJS.WriteStream): TableOptions =>
  stream.isTTY && stream.columns > 0 ? { width: stream.columns, color: stream.hasColors() } : {}

/** One line of a terminal that says what goes on; nothing where nobody watches. */
function statusLine(stream: NodeJS.WriteStream) {
  const draw = (text: string) => {
    if (stream.isTTY) stream.write(`\r\x1b[K${text.slice(0, (stream.columns || 80) - 1)}`)
  }
  return { show: draw, clear: () => draw('') }
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`

/** What is wrong with the options is the caller's mistake. */
function usageErrors<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

await runCommand('query', query)
