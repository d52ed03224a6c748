import { addDays, assertDate } from '../lake/calendar.ts'
import { quarantineKey, rawPrefix, tableKey } from '../lake/layout.ts'
import type { Body, ObjectReader, ObjectStore } from '../lake/object-store.ts'
import { ParquetWriter, readColumn } from '../lake/parquet.ts'
import { columns as quarantineColumns } from '../lake/quarantine.ts'
import { payloadOf } from '../sources/json.ts'
import type { ParseResult, Source } from '../sources/source.ts'
import { DayListing } from './day-listing.ts'
import { IdSet } from './id-set.ts'
import { LOOK_BACK_DAYS } from './look-back.ts'
import { type TimeLimit, UNLIMITED } from './time-limit.ts'

/** The counts of one run: `messages = rows + duplicates + quarantined`. */
export interface DayStats {
  readonly source: string
  readonly date: string
  /** The table's object, null where the day has no new row. */
  readonly key: string | null
  /** Raw objects read. */
  readonly objects: number
  /** Messages they held, quarantined ones included. */
  readonly messages: number
  readonly rows: number
  readonly duplicates: number
  /** What gives no row by rule: statuses, other fields, other kinds of update, empty deliveries. */
  readonly ignored: number
  readonly quarantined: number
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
  const arrivals = await DayListing.list(raw, rawPrefix(source.name, date), listed => time.check(0, listed))
  const seen = await idsBefore(enriched, source, date)

  const table = new ParquetWriter(source.columns)
  const quarantine = new ParquetWriter(quarantineColumns)
  let objects = 0
  let messages = 0
  let duplicates = 0
  let ignored = 0

  const take: ObjectReader = (key, { body, receivedAt }) => {
    time.check(objects++, arrivals.length)
    const result = parseSafely(source, body, receivedAt)
    messages += result.rows.length + result.rejects.length
    ignored += result.ignored
    for (const row of result.rows) {
      const id = row[source.id] ?? null
      // Without an id nothing tells a repetition, so the message is kept.
      if (id === null || typeof id === 'boolean' || seen.add(id)) table.append(row)
      else duplicates++
    }
    for (const reject of result.rejects)
      quarantine.append({ ...reject, raw_key: key, received_at: Math.floor(receivedAt / 1000) })
    return table.encoding ?? quarantine.encoding
  }

  try {
    await raw.readEach(arrivals, take)
    const stats = {
      source: source.name,
      date,
      key: table.rows > 0 ? tableKey(source.name, date) : null,
      objects,
      messages,
      rows: table.rows,
      duplicates,
      ignored,
      quarantined: quarantine.rows,
    }
    if (objects !== arrivals.length || messages !== stats.rows + duplicates + stats.quarantined) {
      throw new Error(`the counts do not balance: ${JSON.stringify(stats)}`)
    }
    const [rows, rejects] = [await table.finish(), await quarantine.finish()]
    time.check(objects, arrivals.length)
    await replace(enriched, tableKey(source.name, date), rows)
    await replace(enriched, quarantineKey(source.name, date), rejects)
    return stats
  } finally {
    table.abandon()
    quarantine.abandon()
  }
}

/** What a body holds. `parse` must not throw; if it does, only this body is quarantined. */
function parseSafely(source: Source, body: Uint8Array, receivedAt: number): ParseResult {
  try {
    return source.parse(body, receivedAt)
  } catch (error) {
    const detail = `reading failed: ${error instanceof Error ? error.message : String(error)}`
    return {
      rows: [],
      rejects: [
        {
          reason: 'unreadable',
          detail,
          payload: payloadOf(body),
        },
      ],
      ignored: 0,
    }
  }
}

/** Ids already in the table in the days before. */
async function idsBefore(enriched: ObjectStore, source: Source, date: string): Promise<IdSet> {
  const seen = new IdSet()
  for (let days = LOOK_BACK_DAYS; days > 0; days--) {
    const key = tableKey(source.name, addDays(date, -days))
    const earlier = await enriched.get(key)
    if (!earlier) continue
    try {
      for await (const ids of readColumn(earlier.body, source.id)) {
        for (const id of ids) if (typeof id === 'string' || typeof id === 'bigint') seen.add(id)
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
