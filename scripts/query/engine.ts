/**
 * One value of a result, the same whatever engine gave it: a boolean; a number for doubles and for integers that are
 * safe as one; a bigint for integers beyond ±2^53; text for everything else, with dates as `YYYY-MM-DD`, times as
 * `YYYY-MM-DD HH:MM:SS` (a fraction only where it is not zero) and decimals digit by digit. Null is never the empty text.
 */
export type Value = null | boolean | number | bigint | string

/** One row, a value for each column of its result. */
export type Row = readonly Value[]

/** A column of a result. `type` is Athena's name for it: `bigint`, `varchar`, `decimal(10,2)`, `array` … */
export interface Column {
  readonly name: string
  readonly type: string
}

/** The answer to one query; its rows are read once, in order, a batch at a time, and need not fit in memory. */
export interface Result {
  readonly columns: readonly Column[]
  readonly batches: AsyncIterable<readonly Row[]>
  /** What the engine read for it, where it is paid for by that. */
  readonly scanned?: { readonly bytes: number; readonly milliseconds: number }
}

/** What answers SQL: DuckDB over files, Athena over S3. */
export interface Engine {
  /**
   * Runs one SELECT in Athena's SQL.
   * @param parameters the values of its `?`, in order, as text: SQL casts them, as `cast(? as date)`
   * @throws QueryError when the engine refuses the query; reading the rows throws it too
   */
  run(sql: string, parameters?: readonly string[]): Promise<Result>
  close(): Promise<void>
}

/** A query that the engine refused, or that failed while it ran; the message is the engine's own. */
export class QueryError extends Error {
  override name = 'QueryError'
}

/** Every row of a result, for one that fits in memory. */
export async function allRows(result: Result): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of result.batches) for (const row of batch) rows.push(row)
  return rows
}
