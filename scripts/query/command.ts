import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { tables } from '../../handlers/sources/tables.ts'
import { parseHeader, type SavedQuery, savedQueries } from '../../sql/catalog.ts'
import { countUntimed, withFilters } from '../../sql/filters.ts'
import { maskText } from '../../sql/mask-text.ts'
import { nearest } from '../../sql/nearest.ts'
import { bindParameters, type Parameter, RANGE } from '../../sql/parameters.ts'
import { withRates } from '../../sql/rates.ts'
import { inTimeZone } from '../../sql/time-zone.ts'
import { savedViews, type View } from '../../sql/views.ts'
import { type Command, InterruptedError, UsageError, writeOut } from '../lib/cli/command.ts'
import { interruption } from '../lib/cli/interruption.ts'
import { allRows, type Result } from './engine.ts'
import { FILTER_HELP, FILTER_OPTIONS, filtersOf, relations, withNegativeValues } from './filter-options.ts'
import { wantedTables } from './lake-part.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, type OpenEngine, openEngine, sizeText } from './open-engine.ts'
import { readRates } from './rates-file.ts'
import { FORMATS, isFormat, render } from './render.ts'
import type { TableOptions } from './render-table.ts'
import { assertSelect } from './sql-text.ts'

const help = (
  queries: readonly SavedQuery[],
  views: readonly View[],
) => `Runs a query on a lake on this machine or in AWS.

  npm run query -- <name> [--from D] [--to D] [--engine duckdb|athena] [--format table|csv|json] …
  npm run query -- --file SQL …

  --from D, --to D  first and last day of arrival, YYYY-MM-DD (default: all days); other days are not read
  --file SQL        a file with one SELECT in Athena's SQL, or - for stdin; the first "?" is --from, the second --to:
                    where context_date between cast(? as date) and cast(? as date)
  --set NAME=VALUE  a parameter that the query's file declares
${FILTER_HELP}
  --rates FILE      prices for whatsapp-prices-per-day: CSV with the header category,prefix,price; the prefix is of the
                    recipient's number, such as 55, or empty for every country; the longest that fits wins
${ENGINE_HELP}
  --format FORMAT   table: for reading; null is ∅ (default)
                    csv:   RFC 4180; null is an empty field, an empty string is ""
                    json:  an array of objects; an integer beyond ±2^53 is a string
  --help            show this help

The rows go to stdout, everything else to stderr; "npm run -s query" hides npm's own lines. Ctrl-C cancels the query,
also in AWS. Times are in the lake's own time zone; another TIME_ZONE is refused.

docs/tables.md explains the tables and views:
  tables  ${tables.map(({ name }) => name).join(', ')}
  views   ${views.map(({ name }) => name).join(', ')}

Saved queries, in sql/queries:
${queries.map(({ name, title }) => `  ${name.padEnd(Math.max(...queries.map(query => query.name.length)))}  ${title}`).join('\n')}
`

/** What a saved query answers, and the parameters that it takes besides the days. */
const about = ({ name, title, description, grain, parameters }: SavedQuery) =>
  `${name}: ${title}

${description}
The result has ${grain}.
${ownParameters(parameters)
  .map(parameter => `--set ${parameter.name}=…: a ${parameter.type} (default: ${parameter.default})\n`)
  .join('')}
`

/** The parameters besides the range of days. */
const ownParameters = (parameters: readonly Parameter[]) =>
  parameters.filter(({ name }) => !RANGE.some(day => day.name === name))

interface Query {
  readonly sql: string
  readonly parameters: readonly Parameter[]
}

/** The streams of a process; those for output have the properties of `tty.WriteStream` where they are terminals. */
export interface StandardStreams {
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: OutputStream
  readonly stderr: OutputStream
}

type OutputStream = NodeJS.WritableStream & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'hasColors'>>

export const query: Command = (...parameters) => queryOn(process)(...parameters)

/** The command with other streams than those of this process. Uses `stdin` only if the query is read from it. */
export const queryOn =
  (streams: StandardStreams): Command =>
  async (args, env, _print, note) => {
    const { values, positionals } = parseArgs({
      args: withNegativeValues(args),
      allowPositionals: true,
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        file: { type: 'string' },
        set: { type: 'string', multiple: true, default: [] },
        ...FILTER_OPTIONS,
        rates: { type: 'string' },
        ...ENGINE_OPTIONS,
        format: { type: 'string', default: 'table' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const queries = savedQueries()
    const [name, ...rest] = positionals
    if (values.help || (name === undefined && values.file === undefined)) {
      const named = queries.find(query => query.name === name)
      await writeOut([...(named ? [about(named)] : []), help(queries, savedViews())], streams.stdout)
      return true
    }
    const { format, from, to } = values
    if (rest.length > 0 || (name !== undefined && values.file !== undefined))
      throw new UsageError(
        `one query at a time: ${[...positionals, ...(values.file === undefined ? [] : [values.file])].join(', ')}`,
      )
    if (!isFormat(format)) throw new UsageError(`there is no format "${format}": ${FORMATS.join(', ')}`)
    const unfiltered = name === undefined ? await queryOf(values.file ?? '', streams) : saved(name, queries)
    const filters = filtersOf(values)
    const rates = values.rates === undefined ? undefined : readRates(values.rates)
    const selected = {
      ...unfiltered,
      sql: usageErrors(() => {
        const sql = withFilters(unfiltered.sql, filters, relations())
        return rates ? withRates(sql, rates) : sql
      }),
    }
    const given = valuesOf(values.set)
    const bound = usageErrors(() => bindParameters(selected, { ...given, from, to }))
    const untimed = name === undefined ? undefined : countUntimed(selected.sql)

    const { signal, release } = interruption()
    const status = statusLine(streams.stderr)
    const startMs = performance.now()
    try {
      const settings = {
        env,
        wanted: wantedTables([selected.sql], { from, to }, tables, savedViews()),
        signal,
        progress: status.show,
      }
      const engine = await openEngine(values, settings)
      try {
        const result = await engine.run(inTimeZone(selected.sql, engine.timeZone), bound)
        status.clear()
        const { stdout } = streams
        const rows = { count: 0 }
        const isComplete = await writeOut(render(counted(result, rows), format, terminal(stdout)), stdout, signal)
        if (!isComplete) return true
        const summary = `${rows.count} ${rows.count === 1 ? 'row' : 'rows'}, ${seconds(performance.now() - startMs)}`
        const parametersInEffect = ownParameters(selected.parameters).map(
          parameter =>
            `${parameter.name} = ${given[parameter.name] ?? parameter.default}: --set ${parameter.name}=… changes it`,
        )
        const lines = [
          summary,
          ...parametersInEffect,
          ...(await leftOut(engine, untimed, { from, to })),
          ...cost(result),
          ...engine.notes,
        ]
        for (const line of lines) note(line)
        return true
      } finally {
        await engine.close()
      }
    } catch (error) {
      if (!signal.aborted) throw error
      const detail = error instanceof Error && /may still run/.test(error.message) ? `: ${error.message}` : ''
      throw new InterruptedError(`interrupted${detail}`)
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

/** Reads a query from a file, or from stdin for `-`. Without a header, its parameters are the first and the last day. */
async function queryOf(file: string, streams: StandardStreams): Promise<Query> {
  if (file === '') throw new UsageError('--file is empty')
  let content: string
  try {
    content = file === '-' ? await text(streams.stdin) : readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
  const end = maskText(content).trimEnd()
  const sql = end.endsWith(';') ? content.slice(0, end.length - 1) : content
  assertSelect(sql)
  return { sql, parameters: /^-- ?title:/.test(sql) ? parseHeader(sql).parameters : RANGE }
}

/** Says how many messages a query leaves out because their own time cannot be right. */
async function leftOut(
  engine: OpenEngine,
  count: string | undefined,
  range: { readonly from: string | undefined; readonly to: string | undefined },
): Promise<string[]> {
  if (count === undefined) return []
  const bound = bindParameters({ sql: count, parameters: RANGE }, range)
  const [[messages] = []] = await allRows(await engine.run(inTimeZone(count, engine.timeZone), bound))
  if (!messages) return []
  return [
    messages === 1
      ? '1 message is left out: its time cannot be right'
      : `${messages} messages are left out: their times cannot be right`,
  ]
}

/** The values of `--set NAME=VALUE`, by name. */
function valuesOf(set: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    set.map(item => {
      const [, name, value] = /^(\w+)=(.*)$/s.exec(item) ?? []
      if (name === undefined || value === undefined) throw new UsageError(`--set "${item}": write NAME=VALUE`)
      return [name, value]
    }),
  )
}

/** Athena's price in most regions, in dollars per TiB read. @see https://aws.amazon.com/athena/pricing/ */
const DOLLARS_PER_TIB = 5
/** Athena charges for at least 10 MiB per query. */
const MIN_CHARGED_BYTES = 10 * 2 ** 20

function* cost({ scanned }: Result): Iterable<string> {
  if (!scanned) return
  const dollars = (Math.max(scanned.bytes, MIN_CHARGED_BYTES) / 2 ** 40) * DOLLARS_PER_TIB
  yield `Athena read ${sizeText(scanned.bytes)} in ${seconds(scanned.milliseconds)}: about $${dollars < 1 ? dollars.toPrecision(2) : dollars.toFixed(2)}, at $${DOLLARS_PER_TIB} per TB, for at least 10 MB; some regions cost more`
}

/** The same result; counts its rows while they are read. */
function counted(result: Result, rows: { count: number }): Result {
  async function* batches() {
    for await (const batch of result.batches) {
      rows.count += batch.length
      yield batch
    }
  }
  return { ...result, batches: batches() }
}

/** A table has a terminal's width and colors; elsewhere it is complete and plain. */
const terminal = (stream: OutputStream): TableOptions =>
  stream.isTTY && stream.columns ? { width: stream.columns, color: stream.hasColors?.() ?? false } : {}

/** A line of progress that is overwritten, on a terminal only. */
function statusLine(stream: OutputStream) {
  const draw = (text: string) => {
    if (stream.isTTY) stream.write(`\r\x1b[K${text.slice(0, (stream.columns || 80) - 1)}`)
  }
  return { show: draw, clear: () => draw('') }
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`

/** Turns an error of `read` into a UsageError. */
function usageErrors<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
