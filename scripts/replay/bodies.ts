import { readFileSync, statSync } from 'node:fs'
import { rawDaysPrefix, rawKey } from '../../handlers/lake/layout.ts'
import type { ObjectStore, ObjectSummary } from '../../handlers/lake/object-store.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { reasonOf } from '../lib/cli/reason.ts'

/** A body to deliver again, loaded on demand. */
export interface LazyBody {
  /** Its key in raw, or its file; `dump.json#2` for the second body of a file that holds several. */
  readonly name: string
  load(): Promise<LoadedBody>
}

export interface LoadedBody {
  readonly body: Uint8Array
  /** When it first arrived, in epoch milliseconds. */
  readonly receivedAt: number
  /** Its key in raw, which contains its day. */
  readonly key: string
}

/**
 * Lists a source's bodies in raw, in order of arrival.
 * @param from the first day, `YYYY-MM-DD`, or undefined for no limit; `to` is the last
 * @param day the date of an instant in epoch milliseconds, for a lake of another time zone; keys have their day unless
 *   given
 */
export async function storedBodies(
  raw: ObjectStore,
  source: string,
  from?: string,
  to?: string,
  day?: (epochMs: number) => string,
): Promise<LazyBody[]> {
  const days = rawDaysPrefix(source)
  const found: (ObjectSummary & { readonly date: string })[] = []
  for await (const page of raw.list(days)) {
    for (const object of page) {
      const date = object.key.slice(days.length).slice(0, 'YYYY-MM-DD'.length)
      const isWanted = !object.key.endsWith('/') && (from ?? date) <= date && date <= (to ?? date)
      if (isWanted) found.push({ ...object, date })
    }
  }
  return found.sort(byArrival).map(({ key }) => ({
    name: key,
    async load() {
      const object = await raw.get(key)
      if (!object) throw new Error(`${key} was deleted after it was listed`)
      const { body, receivedAt } = object
      return { body, receivedAt, key: day ? rawKey(source, day(receivedAt), body) : key }
    },
  }))
}

const byArrival = (a: ObjectSummary & { date: string }, b: ObjectSummary & { date: string }) =>
  a.date.localeCompare(b.date) || a.lastModified - b.lastModified || (a.key < b.key ? -1 : 1)

/**
 * Takes bodies from files. A file that holds several deliveries, such as a dump of Telegram's updates, is split.
 * @param day returns the date, in the lake's time zone, of an instant in epoch milliseconds
 * @param receivedAt epoch milliseconds; undefined for each file's modification time
 * @throws when there is no such file, or it cannot be split
 */
export function fileBodies(
  files: readonly string[],
  { name: source, webhook }: Source,
  day: (epochMs: number) => string,
  receivedAt: number | undefined,
): LazyBody[] {
  return files.flatMap(file => {
    const modified = modifiedAt(file)
    const arrival = receivedAt ?? modified
    const lazy = (name: string, read: () => Uint8Array): LazyBody => ({
      name,
      async load() {
        const body = read()
        return { body, receivedAt: arrival, key: rawKey(source, day(arrival), body) }
      },
    })
    const bodies = webhook.deliveriesIn && split(file, webhook.deliveriesIn)
    return bodies?.map((body, i) => lazy(`${file}#${i + 1}`, () => body)) ?? [lazy(file, () => readFileSync(file))]
  })
}

function split(file: string, deliveriesIn: NonNullable<Source['webhook']['deliveriesIn']>) {
  try {
    return deliveriesIn(readFileSync(file))
  } catch (error) {
    throw new Error(`${file}: ${reasonOf(error)}`)
  }
}

function modifiedAt(file: string): number {
  try {
    const stat = statSync(file)
    if (stat.isFile()) return Math.round(stat.mtimeMs)
  } catch {
    // reported below
  }
  throw new Error(`there is no file ${file}`)
}
