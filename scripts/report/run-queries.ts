import type { SavedQuery } from '../../sql/catalog.ts'
import { bindParameters } from '../../sql/parameters.ts'
import { inTimeZone } from '../../sql/time-zone.ts'
import { forEach } from '../lib/cli/pool.ts'
import type { Engine, Row } from '../query/engine.ts'
import { maskText } from '../query/sql-text.ts'
import { type Answer, numeric } from './chart-context.ts'

/** Days that a report is about, both included; all there are where it does not say. */
export interface Range {
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Rows kept of an answer: thirty years of days and more people than anybody reads of. */
const KEPT = 12_000

/** Athena runs several queries in the time of one, and has a quota of running queries. */
const CONCURRENT_QUERIES = 5

/** The answers to saved queries, by their names. */
export async function runQueries(
  engine: Engine,
  queries: readonly SavedQuery[],
  range: Range,
  timeZone: string,
  signal?: AbortSignal,
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>()
  await forEach(queries, CONCURRENT_QUERIES, async query => {
    signal?.throwIfAborted()
    try {
      answers.set(query.name, await runQuery(engine, query, range, timeZone))
    } catch (error) {
      throw new Error(`${query.name}: ${error instanceof Error ? error.message : error}`, { cause: error })
    }
  })
  return answers
}

/** One saved query's answer. Of a result of any size it keeps the first rows, and of the others their number and sums. */
async function runQuery(engine: Engine, query: SavedQuery, range: Range, timeZone: string): Promise<Answer> {
  const given = Object.fromEntries(
    Object.entries(range).filter(([name]) => query.parameters.some(parameter => parameter.name === name)),
  )
  const { columns, batches } = await engine.run(inTimeZone(query.sql, timeZone), bindParameters(query, given))
  const rows: Row[] = []
  const moreSums = columns.map(() => 0)
  let more = 0
  for await (const batch of batches)
    for (const row of batch) {
      if (rows.length < KEPT) {
        rows.push(row)
        continue
      }
      more++
      for (const [i, value] of row.entries()) moreSums[i] = (moreSums[i] ?? 0) + numeric(value)
    }
  const limit = Number(/\blimit\s+(\d+)\s*$/i.exec(maskText(query.sql))?.[1] ?? Number.POSITIVE_INFINITY)
  return { columns, rows, more, moreSums, limited: rows.length + more >= limit }
}
