import { readFileSync, statSync } from 'node:fs'
import { rawDaysPrefix, rawKey } from '../../handlers/lake/layout.ts'
import type { ObjectStore, ObjectSummary } from '../../handlers/lake/object-store.ts'

/** A body to deliver again, loaded on demand. */
export interface LazyBody {
  /** Its key in raw, or its file. */
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
 */
export async function storedBodies(raw: ObjectStore, source: string, from?: string, to?: string): Promise<LazyBody[]> {
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
      return { body: object.body, receivedAt: object.receivedAt, key }
    },
  }))
}

const byArrival = (a: ObjectSummary & { date: string }, b: ObjectSummary & { date: string }) =>
  a.date.localeCompare(b.date) || a.lastModified - b.lastModified || (a.key < b.key ? -1 : 1)

/**
 * Takes bodies from files.
 * @param day returns the date, in the lake's time zone, of an instant in epoch milliseconds
 * @param receivedAt epoch milliseconds; undefined for each file's modification time
 * @throws when there is no such file
 */
export function fileBodies(
  files: readonly string[],
  source: string,
  day: (epochMs: number) => string,
  receivedAt: number | undefined,
): LazyBody[] {
  return files.map(file => {
    const modified = modifiedAt(file)
    return {
      name: file,
      async load() {
        const body = readFileSync(file)
        const arrival = receivedAt ?? modified
        return { body, receivedAt: arrival, key: rawKey(source, day(arrival), body) }
      },
    }
  })
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
