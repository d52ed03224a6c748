import { addDays, assertDate } from '../lake/calendar.ts'
import type { Columns, Row } from '../lake/columns.ts'
import { rawPrefix } from '../lake/layout.ts'
import type { Body, ObjectReader, ObjectStore } from '../lake/object-store.ts'
import { ParquetWriter, type RowBatch, readRows } from '../lake/parquet.ts'
import { columns as quarantineColumns } from '../lake/quarantine.ts'
import { dayKeys, IDENTITIES, QUARANTINE } from '../sources/day-keys.ts'
import { identityColumns } from '../sources/events.ts'
import { payloadOf } from '../sources/json.ts'
import type { ParseResult, Source, SourceTable } from '../sources/source.ts'
import { DayListing } from './day-listing.ts'
import { IdSet, RowKey } from './id-set.ts'
import { LOOK_BACK_DAYS } from './look-back.ts'
import { type TimeLimit, UNLIMITED } from './time-limit.ts'

/** The counts of one run: `items = rows + duplicates + quarantined`. */
export interface DayStats {
  readonly source: string
  readonly date: string
  /** Raw objects read. */
  readonly objects: number
  /** Elements of the bodies: messages, statuses, events, and what could not become one. */
  readonly items: number
  /** Rows of the platform's tables and of `events`. */
  readonly rows: number
  readonly duplicates: number
  readonly quarantined: number
  /** Every table of the platform, `identities` and `quarantine` too, whose rows are not among `rows`. */
  readonly tables: Readonly<Record<string, TableStats>>
}

export interface TableStats {
  /** The table's object, null where the day has no row in it. */
  readonly key: string | null
  readonly rows: number
}

/**
 * Makes one day's Parquet of its raw objects, replacing what an earlier run made. The same raw objects, and the same
 * Parquet of the days before, give the same bytes.
 * @param date the day to make, `YYYY-MM-DD`
 * @param time how long it may take
 * @throws when a store fails, the time is short or an object is deleted during the run; then each file of the day is the
 *   old or the new one, never a part
 */
export async function transformDay(
  source: Source,
  date: string,
  { raw, enriched }: { readonly raw: ObjectStore; readonly enriched: ObjectStore },
  time: TimeLimit = UNLIMITED,
): Promise<DayStats> {
  assertDate(date)
  const listing = await DayListing.list(raw, rawPrefix(source.name, date), listed => time.check(0, listed))
  const keys = dayKeys(source, date)
  const tables = new Map<string, DayTable>()
  // one table after another: each file of the days before is in memory as a whole while it is read
  for (const table of source.tables)
    tables.set(table.name, new DayTable(table, await keysBefore(enriched, source, table, date)))
  const identities = new ParquetWriter(identityColumns)
  const tied = new IdSet()
  const quarantine = new ParquetWriter(quarantineColumns)
  const writers = new Map<string, ParquetWriter>([
    ...[...tables].map(([name, { writer }]) => [name, writer] as const),
    [IDENTITIES, identities],
    [QUARANTINE, quarantine],
  ])
  let objects = 0
  let items = 0
  let duplicates = 0

  const take: ObjectReader = (key, { body, receivedAt }) => {
    time.check(objects++, listing.length)
    const { rows, rejects, identities: pairs } = parseSafely(source, body, receivedAt)
    items += rows.length + rejects.length
    for (const { table, row } of rows) if (!(tables.get(table) as DayTable).append(row, key)) duplicates++
    const received_at = Math.floor(receivedAt / 1000)
    for (const { reason, detail, payload } of rejects)
      quarantine.append({ raw_key: key, reason, detail, payload, received_at })
    for (const { id, same_as } of pairs)
      if (tied.add(`${id} ${same_as}`)) identities.append({ id, same_as, received_at })
    return encodingOf(writers.values())
  }

  try {
    await raw.readEach(listing, take)
    const stats = {
      source: source.name,
      date,
      objects,
      items,
      rows: [...tables.values()].reduce((sum, { writer }) => sum + writer.rows, 0),
      duplicates,
      quarantined: quarantine.rows,
      tables: Object.fromEntries(
        [...writers].map(([name, { rows }]) => [name, { key: rows > 0 ? (keys.get(name) as string) : null, rows }]),
      ),
    }
    if (objects !== listing.length || items !== stats.rows + duplicates + stats.quarantined)
      throw new Error(`the counts do not balance: ${JSON.stringify(stats)}`)
    const finished: (readonly [key: string, body: Body | null])[] = []
    for (const [name, writer] of writers) finished.push([keys.get(name) as string, await writer.finish()])
    time.check(objects, listing.length)
    for (const [key, body] of finished) await replace(enriched, key, body)
    return stats
  } finally {
    for (const writer of writers.values()) writer.abandon()
  }
}

/** A table of the day: its rows, and the keys of all rows that it must not have again. */
class DayTable {
  readonly writer: ParquetWriter
  readonly #table: SourceTable
  readonly #seen: IdSet
  readonly #key = new RowKey()
  readonly #hasRawKey: boolean

  constructor(table: SourceTable, seen: IdSet) {
    this.writer = new ParquetWriter(table.columns)
    this.#table = table
    this.#seen = seen
    this.#hasRawKey = 'raw_key' in table.columns
  }

  /** @returns whether the row is new */
  append(row: Row<Columns>, rawKey: string): boolean {
    this.#key.clear()
    this.#table.writeKey(row, this.#key)
    if (!this.#seen.addKey(this.#key)) return false
    if (this.#hasRawKey) row.raw_key = rawKey
    this.writer.append(row)
    return true
  }
}

/** Something to await while one of the writers encodes. */
function encodingOf(writers: Iterable<ParquetWriter>): Promise<void> | undefined {
  let encoding: Promise<void> | undefined
  for (const writer of writers) {
    const own = writer.encoding
    if (own) encoding = encoding ? Promise.all([encoding, own]).then(() => {}) : own
  }
  return encoding
}

/** What a body holds. `parse` must not throw; if it does, only this body is quarantined. */
function parseSafely(source: Source, body: Uint8Array, receivedAt: number): ParseResult {
  try {
    return source.parse(body, receivedAt)
  } catch (error) {
    const detail = `reading failed: ${error instanceof Error ? error.message : String(error)}`
    return {
      rows: [],
      rejects: [{ reason: 'unreadable', detail, payload: payloadOf(body), start: 0 }],
      identities: [],
    }
  }
}

/** The keys of the rows that a table has in the days before. */
async function keysBefore(enriched: ObjectStore, source: Source, table: SourceTable, date: string): Promise<IdSet> {
  const seen = new IdSet()
  const rowKey = new RowKey()
  const columns = table.keyColumns
  const rowOf = (batch: RowBatch, row: number, names: readonly string[]) =>
    Object.fromEntries(names.map(name => [name, batch.value(name, row)])) as Partial<Row<Columns>>
  const needsPayload = (batch: RowBatch, row: number) => table.keyNeedsPayload?.(rowOf(batch, row, columns)) ?? false
  for (let days = LOOK_BACK_DAYS; days > 0; days--) {
    const key = dayKeys(source, addDays(date, -days)).get(table.name) as string
    const earlier = await enriched.get(key)
    if (!earlier) continue
    try {
      for await (const batch of readRows(earlier.body, columns, ['payload'], needsPayload))
        for (let row = 0; row < batch.length; row++) {
          rowKey.clear()
          table.writeKey(rowOf(batch, row, [...columns, 'payload']), rowKey)
          seen.addKey(rowKey)
        }
    } catch (error) {
      throw new Error(`${key} cannot be read: make that day again first`, { cause: error })
    }
  }
  return seen
}

async function replace(store: ObjectStore, key: string, body: Body | null): Promise<void> {
  if (body) await store.put(key, body)
  else await store.delete(key)
}
