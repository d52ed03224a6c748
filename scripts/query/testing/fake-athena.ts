import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { type LocalServer, startLocalServer } from '../../../handlers/lake/testing/local-server.ts'

/*
 * A fake Athena: its API over HTTP, with the requests and responses that AWS documents. It runs no SQL.
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html
 */

/** A column as ResultSetMetadata describes it. */
export interface FakeColumn {
  readonly Name: string
  readonly Type: string
  readonly Precision?: number
  readonly Scale?: number
}

/** The outcome of a query: rows, a failure, or running for ever. */
export type Fate =
  | { readonly columns: readonly FakeColumn[]; readonly rows: readonly (readonly (string | null)[])[] }
  | { readonly state: 'FAILED' | 'CANCELLED'; readonly reason?: string }
  | { readonly state: 'RUNNING' }

export interface Asked {
  /** `StartQueryExecution` … */
  readonly action: string
  readonly input: {
    readonly QueryString?: string
    readonly ExecutionParameters?: readonly string[]
    readonly QueryExecutionContext?: { readonly Database?: string }
    readonly WorkGroup?: string
    readonly ClientRequestToken?: string
    readonly QueryExecutionId?: string
    readonly NextToken?: string
    readonly MaxResults?: number
  }
}

/** An error response, such as `{ __type: 'ThrottlingException', message: 'Rate exceeded' }`. */
export interface Refusal {
  readonly __type: string
  readonly message?: string
  readonly Message?: string
}

export interface FakeAthenaOptions {
  readonly fate: (sql: string) => Fate
  /** Called for every request; may refuse or delay it. `count` is the number of requests of its action so far. */
  readonly refuse?: (asked: Asked, count: number) => Refusal | undefined | Promise<Refusal | undefined>
  /** Number of responses with the state queued or running before a query ends. */
  readonly looks?: number
  readonly bytesScanned?: number
}

export interface FakeAthena extends LocalServer {
  readonly asked: readonly Asked[]
  /** Ids of the queries that were stopped. */
  readonly stopped: ReadonlySet<string>
  count(action: string): number
}

export async function fakeAthena({
  fate,
  refuse,
  looks = 1,
  bytesScanned = 0,
}: FakeAthenaOptions): Promise<FakeAthena> {
  const asked: Asked[] = []
  const stopped = new Set<string>()
  const queries = new Map<string, { readonly fate: Fate; looks: number }>()
  const tokens = new Map<string, string>()
  const count = (action: string) => asked.filter(one => one.action === action).length

  const actions: Record<string, (input: Asked['input']) => object> = {
    StartQueryExecution({ QueryString: sql = '', ClientRequestToken: token = '' }) {
      const id = tokens.get(token) ?? `00000000-0000-4000-8000-${String(queries.size).padStart(12, '0')}`
      tokens.set(token, id) // a repeated token is the same query
      queries.set(id, queries.get(id) ?? { fate: fate(sql), looks })
      return { QueryExecutionId: id }
    },
    GetQueryExecution({ QueryExecutionId: id = '' }) {
      const query = queries.get(id)
      if (!query) return invalid(`QueryExecution ${id} was not found`)
      const waits = query.looks-- > 0
      const ends = 'state' in query.fate ? query.fate.state : 'SUCCEEDED'
      const State = stopped.has(id) ? 'CANCELLED' : waits ? (query.looks > 0 ? 'QUEUED' : 'RUNNING') : ends
      const StateChangeReason = 'reason' in query.fate && !waits ? query.fate.reason : undefined
      return {
        QueryExecution: {
          QueryExecutionId: id,
          StatementType: 'DML',
          Status: { State, StateChangeReason, SubmissionDateTime: Date.now() / 1000 },
          Statistics: {
            DataScannedInBytes: bytesScanned,
            EngineExecutionTimeInMillis: 900,
            TotalExecutionTimeInMillis: 1234,
            QueryQueueTimeInMillis: 100,
          },
        },
      }
    },
    GetQueryResults({ QueryExecutionId: id = '', NextToken: token, MaxResults: most = 1000 }) {
      const query = queries.get(id)
      if (!query || 'state' in query.fate) return invalid('Query has not yet finished. Current state: RUNNING')
      const { columns, rows } = query.fate
      const all = [columns.map(({ Name }) => Name), ...rows]
      const start = Number(token ?? 0)
      const end = start + most
      return {
        UpdateCount: 0,
        ResultSet: {
          Rows: all.slice(start, end).map(row => ({
            Data: row.map(value => (value === null ? {} : { VarCharValue: value })),
          })),
          ResultSetMetadata: {
            ColumnInfo: columns.map(column => ({
              CatalogName: 'hive',
              SchemaName: '',
              TableName: '',
              Label: column.Name,
              Precision: 0,
              Scale: 0,
              Nullable: 'UNKNOWN',
              CaseSensitive: false,
              ...column,
            })),
          },
        },
        ...(end < all.length && { NextToken: String(end) }),
      }
    },
    StopQueryExecution({ QueryExecutionId: id = '' }) {
      stopped.add(id)
      return {}
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const action = String(request.headers['x-amz-target']).replace('AmazonAthena.', '')
    const one: Asked = { action, input: (await json(request)) as Asked['input'] }
    asked.push(one)
    const result = (await refuse?.(one, count(action))) ?? actions[action]?.(one.input) ?? invalid(`no ${action}`)
    const isError = '__type' in result
    response.writeHead(isError ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(result))
  }

  const server = await startLocalServer((request, response) => void answer(request, response))
  return { ...server, asked, stopped, count }
}

const invalid = (Message: string): Refusal => ({ __type: 'InvalidRequestException', Message })
