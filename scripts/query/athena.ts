import { setTimeout as sleep } from 'node:timers/promises'
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  InvalidRequestException,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena'
import { literal } from '../../sql/literal.ts'
import { columnType, fromAthena } from './athena-values.ts'
import { type Column, type Engine, QueryError, type Result, type Row } from './engine.ts'
import { showPlace } from './show-place.ts'
import { assertSelect } from './sql-text.ts'

export interface AthenaOptions {
  readonly database: string
  readonly workgroup: string
  readonly region?: string
  /** Cancels the running queries, also in AWS. */
  readonly signal?: AbortSignal
  /** Called while a query runs, with its state in lower case, and the milliseconds and bytes read so far. */
  readonly progress?: (state: string, milliseconds: number, bytes: number) => void
}

/** How often a throttled request is tried; the SDK waits longer each time, with jitter. */
const MAX_ATTEMPTS = 8

/** Milliseconds between two checks of a query's state. The first waits are short, because most queries are. */
const FIRST_WAIT_MS = 100
const MAX_WAIT_MS = 2_000

/** Rows of a page of results, the header included: Athena's maximum. */
const PAGE_ROWS = 1000

/** Athena runs several queries in the time of one, and has a quota of running queries. */
const CONCURRENT_QUERIES = 5

/**
 * Opens Athena, in a workgroup that has a location for results. The AWS SDK finds credentials and endpoint. When `signal`,
 * `close` or an error ends the wait for a query, the query is stopped in AWS too.
 */
export function openAthena({ database, workgroup, region, signal, progress }: AthenaOptions): Engine {
  const client = new AthenaClient({ maxAttempts: MAX_ATTEMPTS, ...(region !== undefined && { region }) })
  const closing = new AbortController()
  const stopped = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
  const running = new Set<Promise<unknown>>()

  async function run(sql: string, parameters: readonly string[] = []): Promise<Result> {
    assertSelect(sql)
    stopped.throwIfAborted()
    try {
      const started = client.send(
        new StartQueryExecutionCommand({
          QueryString: sql,
          QueryExecutionContext: { Database: database },
          WorkGroup: workgroup,
          ...(parameters.length > 0 && { ExecutionParameters: parameters.map(literal) }),
        }),
      ) // without the signal: a cancelled request could leave a query running whose id is unknown
      const id = required((await started).QueryExecutionId)
      const { Statistics: statistics = {} } = await finished(id)
      const first = await page(id)
      const columns = (first.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(info => ({
        name: info.Name ?? '',
        type: columnType(info),
      }))
      return {
        columns,
        batches: batches(id, columns, first),
        scanned: {
          bytes: statistics.DataScannedInBytes ?? 0,
          milliseconds: statistics.TotalExecutionTimeInMillis ?? statistics.EngineExecutionTimeInMillis ?? 0,
        },
      }
    } catch (error) {
      // an error of the query, or of the workgroup or database
      if (error instanceof InvalidRequestException)
        throw new QueryError(showPlace(error.message, sql), { cause: error })
      if (error instanceof QueryError) throw new QueryError(showPlace(error.message, sql))
      throw error
    }
  }

  async function finished(id: string): Promise<QueryExecution> {
    const started = performance.now()
    try {
      for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, MAX_WAIT_MS)) {
        const { QueryExecution: execution = {} } = await client.send(
          new GetQueryExecutionCommand({ QueryExecutionId: id }),
          { abortSignal: stopped },
        )
        const { Status: status = {}, Statistics: statistics = {} } = execution
        const reason = status.StateChangeReason ?? status.AthenaError?.ErrorMessage
        if (status.State === 'SUCCEEDED') return execution
        if (status.State === 'FAILED') throw new QueryError(reason ?? 'the query failed, and Athena gave no reason')
        if (status.State === 'CANCELLED')
          throw new QueryError(`the query was cancelled in AWS${reason ? `: ${reason}` : ''}`)
        const state = (status.State ?? 'QUEUED').toLowerCase()
        progress?.(state, performance.now() - started, statistics.DataScannedInBytes ?? 0)
        await sleep(wait * (0.5 + Math.random() / 2), undefined, { signal: stopped })
      }
    } catch (error) {
      if (!(error instanceof QueryError)) await stop(id, error)
      throw error
    }
  }

  async function stop(id: string, why: unknown): Promise<void> {
    try {
      await client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new Error(`the query ${id} may still run in AWS: stopping it failed: ${message}`, { cause: why })
    }
  }

  const page = (id: string, token?: string) =>
    client.send(
      new GetQueryResultsCommand({ QueryExecutionId: id, MaxResults: PAGE_ROWS, ...(token && { NextToken: token }) }),
      { abortSignal: stopped },
    )

  async function* batches(id: string, columns: readonly Column[], first: GetQueryResultsCommandOutput) {
    let current = first
    yield rowsOf(current, columns, 1) // the first row of the first page is the header
    while (current.NextToken) {
      current = await page(id, current.NextToken)
      yield rowsOf(current, columns)
    }
  }

  return {
    concurrentQueries: CONCURRENT_QUERIES,
    run: (sql, parameters) => {
      const result = run(sql, parameters)
      const settled = result.catch(() => {}) // the caller handles the error
      running.add(settled)
      settled.then(() => running.delete(settled))
      return result
    },
    async close() {
      closing.abort()
      await Promise.all(running)
      client.destroy()
    },
  }
}

/** Athena takes a parameter as a literal of SQL, so text needs quotes. */

function required(id: string | undefined): string {
  if (id === undefined) throw new Error('Athena returned no id for the query')
  return id
}

const rowsOf = ({ ResultSet: set }: GetQueryResultsCommandOutput, columns: readonly Column[], skipped = 0): Row[] =>
  (set?.Rows ?? [])
    .slice(skipped)
    .map(({ Data: data = [] }) => columns.map(({ type }, index) => fromAthena(type, data[index]?.VarCharValue)))
