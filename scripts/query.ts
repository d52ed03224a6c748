import { parseArgs } from 'node:util'
import { DEFAULT_TIME_ZONE } from '../handlers/lake/calendar.ts'
import { tables } from '../handlers/lake/tables.ts'
import { runCommand, UsageError, writeOut } from './cli/command.ts'
import { environment } from './cli/environment.ts'
import { nearest } from './cli/nearest.ts'
import { type SavedQuery, savedQueries } from './query/catalog.ts'
import { openDuckDb } from './query/duckdb.ts'
import type { Result } from './query/engine.ts'
import { FORMATS, isFormat, render } from './query/render.ts'
import type { TableOptions } from './query/render-table.ts'
import { inTimeZone } from './query/time-zone.ts'

const usage = (queries: readonly SavedQuery[]) => `Answers a saved query from a lake on this machine.

  npm run query -- <name> [--lake DIR] [--format table|csv|json]

  --lake DIR       the lake's directory (default: lake)
  --format FORMAT  table: for people, null is ∅ (default)
                   csv:   RFC 4180; null is an empty field, the empty text is ""
                   json:  an array of objects; an integer beyond ±2^53 is a string
  --help           this

Data goes to stdout, everything else to stderr; npm's own lines stay away with "npm run -s query".
TIME_ZONE names the lake's time zone (default: ${DEFAULT_TIME_ZONE}).

Queries, each a file of sql/queries:

${queries.map(({ name, title }) => `  ${name.padEnd(Math.max(...queries.map(query => query.name.length)))}  ${title}`).join('\n')}
`

async function query() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      lake: { type: 'string', default: 'lake' },
      format: { type: 'string', default: 'table' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const queries = savedQueries()
  const [name, ...rest] = positionals
  if (values.help || name === undefined) {
    await writeOut([usage(queries)])
    return
  }
  if (rest.length > 0) throw new UsageError(`one query at a time: ${positionals.join(', ')}`)
  const { format } = values
  if (!isFormat(format)) throw new UsageError(`there is no format "${format}": ${FORMATS.join(', ')}`)
  if (values.lake === '') throw new UsageError('--lake needs a directory')
  const saved = queries.find(query => query.name === name)
  if (!saved) throw new UsageError(unknownQuery(name, queries))

  const started = performance.now()
  const engine = await openDuckDb(values.lake, tables)
  try {
    const result = await engine.run(inTimeZone(saved.sql, environment().TIME_ZONE || DEFAULT_TIME_ZONE))
    const rows = { count: 0 }
    const complete = await writeOut(render(counted(result, rows), format, terminal(process.stdout)))
    if (!complete) return
    process.stderr.write(`${rows.count} ${rows.count === 1 ? 'row' : 'rows'}, ${elapsed(started)}\n`)
    if (engine.files === 0)
      process.stderr.write(`The lake at ${values.lake} has no tables yet: transform a day first.\n`)
  } finally {
    await engine.close()
  }
}

function unknownQuery(name: string, queries: readonly SavedQuery[]): string {
  const names = queries.map(query => query.name)
  const meant = nearest(name, names)
  return `there is no query "${name}"${meant ? `: did you mean "${meant}"?` : ` among ${names.join(', ')}`}`
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

const elapsed = (since: number) => `${((performance.now() - since) / 1000).toFixed(2)} s`

await runCommand('query', query)
