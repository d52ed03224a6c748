import type { SavedQuery } from '../../sql/catalog.ts'
import { maskText } from '../../sql/mask-text.ts'
import { bindParameters } from '../../sql/parameters.ts'
import { inTimeZone } from '../../sql/time-zone.ts'
import { forEach } from '../lib/cli/pool.ts'
import type { Engine, Row } from '../query/engine.ts'
import { EVERY_DAY } from '../query/lake-part.ts'
import { type QueryResult, toNumber } from './chart-context.ts'

/** The days of a report, `YYYY-MM-DD`, both included. A missing bound means no limit. */
export interface Range {
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** The most rows kept of a result: more than the days of thirty years. */
const MAX_ROWS = 12_000

/**
 * Runs saved queries.
 * @param timeZone the lake's IANA time zone
 * @param signal when aborted, no further query starts
 * @returns the results by query name
 * @throws the first error, with the name of its query
 */
export async function runQueries(
  engine: Engine,
  queries: readonly SavedQuery[],
  range: Range,
  timeZone: string,
  signal?: AbortSignal,
): Promise<Map<string, QueryResult>> {
  const { from = EVERY_DAY.from, to = EVERY_DAY.to } = range
  await engine.prepare?.(
    queries.map(({ sql }) => inTimeZone(sql, timeZone)),
    { from, to },
  )
  const results = new Map<string, QueryResult>()
  await forEach(queries, engine.concurrentQueries ?? 1, async query => {
    signal?.throwIfAborted()
    try {
      results.set(query.name, await runQuery(engine, query, range, timeZone))
    } catch (error) {
      throw new Error(`${query.name}: ${error instanceof Error ? error.message : error}`, { cause: error })
    }
  })
  return results
}

/** Runs a saved query. Keeps the first rows of its result, and the count and sums of the others. */
async function runQuery(engine: Engine, query: SavedQuery, range: Range, timeZone: string): Promise<QueryResult> {
  const parameters = Object.fromEntries(
    Object.entries(range).filter(([name]) => query.parameters.some(parameter => parameter.name === name)),
  )
  const { columns, batches } = await engine.run(inTimeZone(query.sql, timeZone), bindParameters(query, parameters))
  const rows: Row[] = []
  const omittedSums = columns.map(() => 0)
  let omittedRows = 0
  for await (const batch of batches)
    for (const row of batch) {
      if (rows.length < MAX_ROWS) {
        rows.push(row)
        continue
      }
      omittedRows++
      for (const [i, value] of row.entries()) omittedSums[i] = (omittedSums[i] ?? 0) + toNumber(value)
    }
  const limit = Number(/\blimit\s+(\d+)\s*$/i.exec(maskText(query.sql))?.[1] ?? Number.POSITIVE_INFINITY)
  return { columns, rows, omittedRows, omittedSums, isLimited: rows.length + omittedRows >= limit }
}
