import { readFileSync } from 'node:fs'
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  StatementType,
} from '@duckdb/node-api'
import type { ColumnType } from '../../handlers/lake/columns.ts'
import type { Table } from '../../handlers/sources/tables.ts'
import { athenaType, convertValue, hasAnonymousRow } from './duckdb-values.ts'
import { type Engine, QueryError, type Result, type Row } from './engine.ts'
import { tableFiles } from './lake-files.ts'

/** DuckDB over the files of a lake. */
export interface DuckDbEngine extends Engine {
  /** How many Parquet files the tables have, all together. */
  readonly files: number
}

/**
 * DuckDB over a lake directory, answering Athena's SQL: each table is a view of the Parquet files it has now, empty
 * where it has none. A query reads those files and nothing else: no other file, no network, and it writes nothing.
 * @param options.signal stops the queries that run
 * @throws when the lake is not a directory
 */
export async function openDuckDb(
  lake: string,
  tables: readonly Table[],
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<DuckDbEngine> {
  const views = tables.map(table => ({ table, files: tableFiles(lake, table) }))
  const files = views.flatMap(view => view.files)
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
    await connection.run(readFileSync(new URL('trino-macros.sql', import.meta.url), 'utf8'))
    for (const { table, files } of views) await connection.run(createView(table, files))
    await confine(connection, files)
  } catch (error) {
    await close()
    throw error
  }
  // A connection for each query: one has a single result open at a time.
  return { files: files.length, run: async (sql, parameters = []) => run(await connect(), sql, parameters), close }
}

const SETTINGS = {
  integer_division: 'true', // 7 / 2 is 3 in Athena
  temp_directory: '', // people's messages are not spilled to another disk
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
}

/** From here on DuckDB opens `files` alone, and no query can loosen that. */
async function confine(connection: DuckDBConnection, files: readonly string[]) {
  // Both spellings: a path is checked once as the glob it is read by, and once as the file it finds.
  const paths = new Set(files.flatMap(file => [file, escapeGlob(file)]))
  if (paths.size > 0) await connection.run(`set allowed_paths = ${list([...paths])}`)
  await connection.run('set enable_external_access = false')
  await connection.run('set lock_configuration = true')
}

/**
 * The view of a table: its columns in their order, then its partitions, which come from the path. An empty branch
 * declares the columns, so that files written before a column existed have nulls there. Partitions are read off the
 * end of `filename`, because DuckDB's own Hive partitioning would also take an ancestor like `date=2024` for one.
 */
function createView({ name, columns, partitions }: Table, files: readonly string[]): string {
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
  return `create view ${identifier(name)} as select ${casts.join(', ')} from (${branches.join(' union all by name ')})`
}

/** The name under which DuckDB gives a row's file; none of the lake's columns. */
const FILE = 'file_of_the_row'

const DUCKDB_TYPES: Readonly<Record<ColumnType | 'date', string>> = {
  string: 'varchar',
  bigint: 'bigint',
  double: 'double',
  boolean: 'boolean',
  date: 'date',
}

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
const list = (texts: readonly string[]) => `[${texts.map(literal).join(', ')}]`

/** DuckDB takes every path for a glob pattern; within brackets its characters stand for themselves. */
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
        throw new QueryError(`${name}: a row without names cannot be read: cast(row(…) as row(a bigint, b varchar))`)
      return { name, type: athenaType(type) }
    })
    return { columns, batches: batches(result) }
  } catch (error) {
    throw asQueryError(error)
  }
}

/** One SELECT and no more, as Athena takes it; DuckDB alone would run a COPY or a second statement too. */
async function prepareSelect(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  if (sql.replace(/--.*$/gm, '').trim() === '') throw new QueryError('there is no SQL in the query') // DuckDB says nothing
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
