/**
 * A value of a result, the same from every engine: a boolean; a number for doubles and safe integers; a bigint for other
 * integers; text for everything else. Dates are `YYYY-MM-DD`, times `YYYY-MM-DD HH:MM:SS` with a fraction only where it is
 * not zero, decimals have all their digits. Null and the empty text are different.
 */
export type Value = null | boolean | number | bigint | string

/** A row: a value for each column of its result, in order. */
export type Row = readonly Value[]

/** A column of a result. `type` is Athena's name: `bigint`, `varchar`, `decimal(10,2)`, `array` … */
export interface Column {
  readonly name: string
  readonly type: string
}

/** The result of a query. Its rows can be read once, in order, batch by batch; they need not fit in memory. */
export interface Result {
  readonly columns: readonly Column[]
  readonly batches: AsyncIterable<readonly Row[]>
  /** The bytes that the engine charges for, and the duration of the query. Only of engines that charge. */
  readonly scanned?: { readonly bytes: number; readonly milliseconds: number }
}

/** An engine that runs SQL: DuckDB over files, or Athena over S3. */
export interface Engine {
  /**
   * Runs one SELECT in Athena's SQL.
   * @param parameters the values of its `?` in order, as text that SQL casts: `cast(? as date)`
   * @throws QueryError where the engine refuses the query; reading the rows can throw it too
   */
  run(sql: string, parameters?: readonly string[]): Promise<Result>
  /**
   * Prepares the engine for many queries over the same days: what they have in common is then computed once.
   * @param sql the queries that `run` will get; others still run
   * @param range first and last day of arrival that the queries read, `YYYY-MM-DD`, both included
   */
  prepare?(sql: readonly string[], range: { readonly from: string; readonly to: string }): Promise<void>
  /** How many queries are best run at a time. Default: one. */
  readonly concurrentQueries?: number
  /** Stops running queries and frees the engine. */
  close(): Promise<void>
}

/** A query that the engine refused, or that failed while it ran. The message is the engine's. */
export class QueryError extends Error {
  override name = 'QueryError'
}

/** Reads all rows of a result that fits in memory. */
export async function allRows(result: Result): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of result.batches) for (const row of batch) rows.push(row)
  return rows
}
