import { addDays, assertDate } from '../lake/calendar.ts'
import type { Int64 } from '../lake/columns.ts'
import { quarantineKey, rawPrefix, tableKey } from '../lake/layout.ts'
import type { ObjectStore, ObjectSummary, StoredObject } from '../lake/object-store.ts'
import { ParquetWriter, readColumn } from '../lake/parquet.ts'
import { columns as quarantineColumns } from '../lake/quarantine.ts'
import { payloadOf } from '../sources/json.ts'
import type { Reading, Source } from '../sources/source.ts'

/** A message redelivered within this many days of its first arrival is a duplicate; after that, a new row. */
const LOOK_BACK_DAYS = 7

/** Objects fetched at once. */
const IN_FLIGHT = 64

/** The account of one run: `messages = rows + duplicates + quarantined`. */
export interface DayAccount {
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
 * @throws when a store fails or an object vanishes meanwhile; then the day's Parquet is the old or the new, never a part
 */
export async function transformDay(
  source: Source,
  date: string,
  { raw, enriched }: { readonly raw: ObjectStore; readonly enriched: ObjectStore },
): Promise<DayAccount> {
  assertDate(date)
  const objects = await arrivals(raw, rawPrefix(source.name, date))
  const seen = await idsBefore(enriched, source, date)

  const table = new ParquetWriter(source.columns)
  const quarantine = new ParquetWriter(quarantineColumns)
  let messages = 0
  let duplicates = 0
  let ignored = 0

  for await (const { key, body, receivedAt } of fetchInOrder(raw, objects)) {
    const reading = readSafely(source, body, receivedAt)
    messages += reading.rows.length + reading.rejects.length
    ignored += reading.ignored
    for (const row of reading.rows) {
      const id = row[source.id] ?? null
      if (isRepeated(seen, id)) duplicates++
      else await table.append(row)
    }
    for (const reject of reading.rejects) {
      await quarantine.append({
        ...reject,
        raw_key: key,
        received_at: Math.floor(receivedAt / 1000),
      })
    }
  }

  const account = {
    source: source.name,
    date,
    key: table.rows > 0 ? tableKey(source.name, date) : null,
    objects: objects.length,
    messages,
    rows: table.rows,
    duplicates,
    ignored,
    quarantined: quarantine.rows,
  }
  if (messages !== account.rows + duplicates + account.quarantined) {
    throw new Error(`the account does not balance: ${JSON.stringify(account)}`)
  }
  await replace(enriched, tableKey(source.name, date), await table.finish())
  await replace(enriched, quarantineKey(source.name, date), await quarantine.finish())
  return account
}

/** The day's objects in the order of arrival: LastModified, then key. Known before any body is read, so the day can stream. */
async function arrivals(raw: ObjectStore, prefix: string): Promise<ObjectSummary[]> {
  const objects: ObjectSummary[] = []
  for await (const page of raw.list(prefix)) objects.push(...page.filter(({ key }) => !key.endsWith('/')))
  if (new Set(objects.map(({ key }) => key)).size < objects.length) {
    throw new Error('the listing names an object twice: run the day again')
  }
  return objects.sort((a, b) => a.lastModified - b.lastModified || (a.key < b.key ? -1 : 1))
}

async function* fetchInOrder(
  raw: ObjectStore,
  objects: readonly ObjectSummary[],
): AsyncIterable<StoredObject & { readonly key: string }> {
  const fetching: Promise<StoredObject | null>[] = []
  const fetchNext = () => {
    const next = objects[started++]
    if (!next) return
    const object = raw.get(next.key)
    object.catch(() => {}) // whoever awaits it first throws it; those still in flight then have nobody to
    fetching.push(object)
  }
  let started = 0
  while (started < Math.min(IN_FLIGHT, objects.length)) fetchNext()
  for (const { key } of objects) {
    const object = await fetching.shift()
    fetchNext()
    if (!object) throw new Error(`${key} was listed, but is gone: run the day again`)
    yield { key, ...object }
  }
}

/** What a body holds; should reading it fail against all promises, the body alone is set aside. */
function readSafely(source: Source, body: Uint8Array, receivedAt: number): Reading {
  try {
    return source.read(body, receivedAt)
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

/** Ids already in the table in the days before, in the form in which rows carry them. */
async function idsBefore(enriched: ObjectStore, source: Source, date: string): Promise<Set<Int64 | string>> {
  const seen = new Set<Int64 | string>()
  for (let days = LOOK_BACK_DAYS; days > 0; days--) {
    const earlier = await enriched.get(tableKey(source.name, addDays(date, -days)))
    for (const id of earlier ? readColumn(earlier.body, source.id) : []) {
      if (typeof id === 'string' || typeof id === 'bigint') seen.add(comparable(id))
    }
  }
  return seen
}

/** Whether the id was seen before; an id that could not be kept (null) is never anybody's repetition. */
function isRepeated(seen: Set<Int64 | string>, id: string | Int64 | boolean | null): boolean {
  if (id === null || typeof id === 'boolean') return false
  const known = seen.size
  return seen.add(comparable(id)).size === known
}

/** One form for each integer: rows hold numbers, Parquet gives BigInts. */
const comparable = (id: string | Int64) =>
  typeof id === 'bigint' && BigInt(Number(id)) === id && Number.isSafeInteger(Number(id)) ? Number(id) : id

async function replace(store: ObjectStore, key: string, body: Uint8Array | null): Promise<void> {
  if (body) await store.put(key, body)
  else await store.delete(key)
}
