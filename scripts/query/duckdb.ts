import { readFileSync } from 'node:fs'
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  StatementType,
} from '@duckdb/node-api'
import { DEFAULT_TIME_ZONE } from '../../handlers/lake/calendar.ts'
import type { ColumnType } from '../../handlers/lake/columns.ts'
import type { Table } from '../../handlers/sources/tables.ts'
import { literal } from '../../sql/literal.ts'
import { inTimeZone } from '../../sql/time-zone.ts'
import { reads, savedViews, type View } from '../../sql/views.ts'
import { athenaType, convertValue, hasAnonymousRow } from './duckdb-values.ts'
import { type Engine, QueryError, type Result, type Row } from './engine.ts'
import { tableFiles } from './lake-files.ts'
import { EVERY_DAY, filtersEveryDay } from './lake-part.ts'

/** DuckDB over the files of a lake. */
export interface DuckDbEngine extends Engine {
  /** Number of the tables' Parquet files. */
  readonly files: number
}

export interface DuckDbOptions {
  /** Interrupts the running queries. */
  readonly signal?: AbortSignal
  /** The time zone of the views' timestamps, an IANA name. Default: `DEFAULT_TIME_ZONE`. */
  readonly timeZone?: string
  /** The views to create. Default: those of `sql/views`. */
  readonly views?: readonly View[]
}

/**
 * Opens DuckDB over a lake's directory, for queries in Athena's SQL. Each table is a view of the Parquet files that exist
 * now, and empty where there are none. A query can read only these files; it cannot write, and has no network.
 * @throws where the lake is not a directory
 */
export async function openDuckDb(
  lake: string,
  tables: readonly Table[],
  { signal, timeZone = DEFAULT_TIME_ZONE, views = savedViews() }: DuckDbOptions = {},
): Promise<DuckDbEngine> {
  const filesOf = tables.map(table => ({ table, files: tableFiles(lake, table) }))
  const files = filesOf.flatMap(({ files }) => files)
  const instance = await DuckDBInstance.create(':memory:', SETTINGS)
  const connections = new Set<DuckDBConnection>()
  const connect = async () => {
    const connection = await instance.connect()
    connections.add(connection)
    return connection
  }
  const interrupt = () => {
    for (const connection of connections) connection.interrupt()
  }
  signal?.addEventListener('abort', interrupt)
  const close = async () => {
    signal?.removeEventListener('abort', interrupt)
    for (const connection of connections) connection.closeSync()
    instance.closeSync()
  }
  try {
    const connection = await connect()
    await connection.run("set global timezone = 'UTC'") // Athena's session zone
    await connection.run('set global parquet_metadata_cache = true') // a report reads each file 15 times
    await connection.run(readFileSync(new URL('trino-macros.sql', import.meta.url), 'utf8'))
    // DuckDB binds a view when it is created: over empty tables, so that it does not read every file for each view.
    for (const table of tables) await connection.run(createTable(table, []))
    for (const { name, sql } of views)
      await connection.run(`create view ${identifier(name)} as\n${inTimeZone(sql, timeZone)}`)
    for (const { table, files } of filesOf) if (files.length > 0) await connection.run(createTable(table, files))
    await connection.run(`attach ':memory:' as ${SHARED} (compress)`)
    await confine(connection, files)
  } catch (error) {
    await close()
    throw error
  }
  let materialized: Promise<void> | undefined
  const materializeFor = async (queries: readonly string[], connection: DuckDBConnection) => {
    if (!queries.some(sql => isRead(MATERIALIZED, sql, views))) return
    materialized ??= materialize(connection, MATERIALIZED)
    await materialized
  }
  const dated = views.filter(({ columns }) => columns.some(({ name }) => name === 'context_date'))
  const shared = new Map<View, ReadonlySet<string>>()
  let isShared = (_sql: string) => true
  return {
    files: files.length,
    run: async (sql, parameters = []) => {
      // A connection for each query, because a connection has only one open result.
      const connection = await connect()
      await materializeFor([sql], connection)
      for (const [view, columns] of shared)
        if (isShared(sql) && canShare(sql, view, columns)) await connection.run(useShared(view.name))
      return run(connection, sql, parameters)
    },
    prepare: async (queries, range) => {
      const isEveryDay = range.from === EVERY_DAY.from && range.to === EVERY_DAY.to
      isShared = sql => isEveryDay || filtersEveryDay(sql, tables, dated)
      const connection = await connect()
      await materializeFor(queries, connection)
      for (const view of views.filter(({ name }) => SHARED_VIEWS.includes(name))) {
        const all = new Set(view.columns.map(column => column.name).filter(column => column !== 'payload'))
        const readers = queries.filter(sql => isShared(sql) && canShare(sql, view, all))
        if (readers.length < 2) continue
        const needed = new Set([...all].filter(column => readers.some(sql => mentions(sql, column))))
        try {
          await connection.run(createShared(view.name, needed.add('context_date'), range))
        } catch (error) {
          throw asQueryError(error)
        }
        shared.set(view, needed)
      }
    },
    close,
  }
}

/** The view that most queries read and that takes the longest: it is computed once. */
const MATERIALIZED = 'person_ids'

/** Whether a query reads a view, also through other views. */
const isRead = (name: string, sql: string, views: readonly View[]): boolean =>
  views.some(view => reads(sql, view.name) && (view.name === name || isRead(name, view.sql, views)))

/** Makes a view a table with the same rows. */
async function materialize(connection: DuckDBConnection, view: string): Promise<void> {
  try {
    const [name, rows] = [identifier(view), identifier(`${view}_rows`)]
    await connection.run(`create table ${rows} as select * from ${name}`)
    await connection.run(`create or replace view ${name} as select * from ${rows}`)
  } catch (error) {
    throw asQueryError(error)
  }
}

/** The views that `prepare` computes once: most queries of a report read them. */
const SHARED_VIEWS: readonly string[] = ['messages', 'outgoing']
/** The database of their rows. It is in memory, and compressed. */
const SHARED = 'shared'

const mentions = (sql: string, name: string) => new RegExp(`\\b${name}\\b`, 'i').test(sql)

/**
 * Whether a query gets the same from some columns of a view as from all: it reads no others, as far as its text says. A
 * query with `select *` may read every column. Payloads would take more memory than all other columns.
 */
const canShare = (sql: string, { name, columns }: View, kept: ReadonlySet<string>): boolean =>
  reads(sql, name) &&
  !/\bselect\s+(?:\w+\.)?\*/i.test(sql) &&
  columns.every(column => kept.has(column.name) || !mentions(sql, column.name))

const createShared = (
  view: string,
  columns: ReadonlySet<string>,
  { from, to }: { readonly from: string; readonly to: string },
) =>
  `create table ${SHARED}.${identifier(view)} as select ${[...columns].map(identifier).join(', ')} from ${identifier(view)}
   where context_date between cast(${literal(from)} as date) and cast(${literal(to)} as date)`

/** Only for the queries of one connection. */
const useShared = (view: string) =>
  `create temp view ${identifier(view)} as select * from ${SHARED}.main.${identifier(view)}`

const SETTINGS = {
  integer_division: 'true', // 7 / 2 is 3 in Athena
  temp_directory: '', // messages are never written to another disk
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
}

/** Limits DuckDB to `files`, and locks that setting. */
async function confine(connection: DuckDBConnection, files: readonly string[]) {
  // Both spellings: DuckDB checks a path as the glob that it reads, and as the file that the glob matches.
  const paths = new Set(files.flatMap(file => [file, escapeGlob(file)]))
  if (paths.size > 0) await connection.run(`set allowed_paths = ${list([...paths])}`)
  await connection.run('set enable_external_access = false')
  await connection.run('set lock_configuration = true')
}

/**
 * The statement that creates a table's view: its columns in their order, then its partitions, which come from the path. An
 * empty branch declares the columns, so that a file without a newer column has nulls there. Partitions are taken from the
 * end of `filename`: DuckDB's Hive partitioning would also use a folder above the lake, such as `date=2024`.
 */
function createTable({ name, columns, partitions }: Table, files: readonly string[]): string {
  const types = [...Object.entries(columns), ...partitions.map(({ name, type }) => [name, type] as const)]
  const casts = types.map(
    ([column, type]) => `cast(${identifier(column)} as ${DUCKDB_TYPES[type]}) as ${identifier(column)}`,
  )
  const declared = types.map(([column, type]) => `cast(null as ${DUCKDB_TYPES[type]}) as ${identifier(column)}`)
  const branches = [`select ${declared.join(', ')} where false`]
  if (files.length > 0) {
    const fromPath = partitions.map(({ name, type }) => {
      const value = `system.main.regexp_extract(${FILE}, ${literal(`(?s).*[/\\\\]${name}=([^/\\\\]+)[/\\\\]`)}, 1)`
      return `cast(${value} as ${DUCKDB_TYPES[type]}) as ${identifier(name)}`
    })
    branches.push(
      `select columns(lambda c: c not in ${list([FILE, ...partitions.map(({ name }) => name)])}), ${fromPath.join(', ')}
       from read_parquet(${list(files.map(escapeGlob))}, union_by_name = true, hive_partitioning = false, filename = ${literal(FILE)})`,
    )
  }
  return `create or replace view ${identifier(name)} as select ${casts.join(', ')} from (${branches.join(' union all by name ')})`
}

/** The column with the path of a row's file. No table has a column of this name. */
const FILE = 'file_of_the_row'

const DUCKDB_TYPES: Readonly<Record<ColumnType | 'date', string>> = {
  string: 'varchar',
  bigint: 'bigint',
  double: 'double',
  boolean: 'boolean',
  date: 'date',
}

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`
const list = (texts: readonly string[]) => `[${texts.map(literal).join(', ')}]`

/** DuckDB reads every path as a glob. A character in brackets matches itself. */
const escapeGlob = (path: string) => path.replace(/[*?[]/g, '[$&]')

async function run(connection: DuckDBConnection, sql: string, parameters: readonly string[]): Promise<Result> {
  try {
    const statement = await prepareSelect(connection, sql)
    if (statement.parameterCount !== parameters.length) {
      throw new QueryError(`the query has ${statement.parameterCount} parameters, and was given ${parameters.length}`)
    }
    for (const [index, value] of parameters.entries()) statement.bindVarchar(index + 1, value)
    const result = await statement.stream()
    const columns = result.columnNames().map((name, index) => {
      const type = result.columnType(index)
      if (hasAnonymousRow(type))
        throw new QueryError(
          `${name}: a row with unnamed fields cannot be read: cast(row(…) as row(a bigint, b varchar))`,
        )
      return { name, type: athenaType(type) }
    })
    return { columns, batches: batches(result) }
  } catch (error) {
    throw asQueryError(error)
  }
}

/** Prepares one SELECT. @throws QueryError for anything else: DuckDB would also run a COPY or a second statement */
async function prepareSelect(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  if (sql.replace(/--.*$/gm, '').trim() === '') throw new QueryError('there is no SQL in the query') // DuckDB gives no error
  const statements = await connection.extractStatements(sql)
  if (statements.count !== 1) throw new QueryError(`one SELECT at a time: the query has ${statements.count} statements`)
  const statement = await statements.prepare(0)
  if (statement.statementType !== StatementType.SELECT) throw new QueryError('only a SELECT can be run')
  return statement
}

async function* batches(result: DuckDBResult): AsyncGenerator<Row[]> {
  try {
    yield* result.yieldConvertedRows(convertValue)
  } catch (error) {
    throw asQueryError(error)
  }
}

function asQueryError(error: unknown): QueryError {
  if (error instanceof QueryError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new QueryError(message.replace(/^Failed to extract statements: /, ''), { cause: error })
}
