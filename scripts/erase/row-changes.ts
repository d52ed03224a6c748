import type { Cells } from '../../handlers/sources/erasure.ts'
import type { Source, SourceTable } from '../../handlers/sources/source.ts'
import { type Change, isSameCell } from './person-removal.ts'

/**
 * What becomes of rows when the person's data is cut out of the raw bodies: the same as if the days were made again.
 * Rows are found by what tells them from every other row of their table.
 */
export class RowChanges {
  readonly #tables: ReadonlyMap<string, SourceTable>
  readonly #changes = new Map<string, Change[]>()

  constructor({ tables }: Pick<Source, 'tables'>) {
    this.#tables = new Map(tables.map(table => [table.name, table]))
  }

  add(change: Change, rawKey: string): void {
    const key = this.#keyOf(change.table, change.before, rawKey)
    const known = this.#changes.get(key)
    if (known) known.push(change)
    else this.#changes.set(key, [change])
  }

  addAll(other: RowChanges): void {
    for (const [key, changes] of other.#changes) this.#changes.set(key, [...(this.#changes.get(key) ?? []), ...changes])
  }

  /** The change of a row of a Parquet file. Rows of earlier versions have no payload. */
  find(table: string, row: Cells): Change | undefined {
    if (this.#changes.size === 0) return undefined
    const changes = this.#changes.get(this.#keyOf(table, row, row.raw_key))
    const same = changes?.find(({ before }) => isSameCell(before.payload, row.payload))
    if (same || !changes) return same
    // Another delivery of the same element: it is the person's if it was in every body that is known.
    return row.payload == null || changes.every(({ after }) => after === null) ? changes[0] : undefined
  }

  /** Two rows of a table with the same key are the same row. */
  keyOf(table: string, row: Cells): string {
    return this.#keyOf(table, row, row.raw_key)
  }

  #keyOf(name: string, row: Cells, rawKey: unknown): string {
    const parts: string[] = [name]
    const table = this.#tables.get(name)
    if (table) table.writeKey(row, { add: part => parts.push(part == null ? '-' : `=${part}`) })
    else parts.push(String(rawKey), String(row.reason), String(row.payload))
    return JSON.stringify(parts)
  }
}

/** The row after a change, with the columns that it does not touch; null if it is removed. */
export function changedRow<R extends Cells>(row: R, { before, after }: Change): R | null {
  if (after === null) return null
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (isSameCell(before[column], after[column])) return [column, value]
      // A null that was not one when the body was parsed now: the row is of an earlier version without the column.
      if (value === null && before[column] != null) return [column, value]
      return [column, after[column] ?? null]
    }),
  ) as R
}
