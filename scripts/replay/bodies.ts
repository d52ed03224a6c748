import { readFileSync, statSync } from 'node:fs'
import { rawKey } from '../../handlers/lake/layout.ts'
import type { ObjectStore, ObjectSummary } from '../../handlers/lake/object-store.ts'

/** A body to be delivered again. */
export interface Body {
  /** What it is, for people: a key or a file. */
  readonly name: string
  read(): Promise<Arrived>
}

export interface Arrived {
  readonly body: Uint8Array
  /** When it arrived first, in epoch milliseconds. */
  readonly arrival: number
  /** Its key in raw, which says its day. */
  readonly key: string
}

/**
 * What raw has of a source, in the order of arrival.
 * @param from first day, `YYYY-MM-DD`, undefined for all; `to` is the last
 */
export async function storedBodies(raw: ObjectStore, source: string, from?: string, to?: string): Promise<Body[]> {
  const found: (ObjectSummary & { readonly date: string })[] = []
  for await (const page of raw.list(`${source}/context_date=`)) {
    for (const object of page) {
      const date = object.key.slice(`${source}/context_date=`.length).slice(0, 'YYYY-MM-DD'.length)
      const isWanted = !object.key.endsWith('/') && (from ?? date) <= date && date <= (to ?? date)
      if (isWanted) found.push({ ...object, date })
    }
  }
  return found.sort(byArrival).map(({ key }) => ({
    name: key,
    async read() {
      const object = await raw.get(key)
      if (!object) throw new Error(`${key} was listed, but is gone`)
      return { body: object.body, arrival: object.receivedAt, key }
    },
  }))
}

const byArrival = (a: ObjectSummary & { date: string }, b: ObjectSummary & { date: string }) =>
  a.date.localeCompare(b.date) || a.lastModified - b.lastModified || (a.key < b.key ? -1 : 1)

/**
 * Files as bodies. One arrived when it was last modified, unless told otherwise.
 * @param day the lake's date of an instant in epoch milliseconds
 * @throws where a file cannot be read
 */
export function fileBodies(
  files: readonly string[],
  source: string,
  day: (epochMs: number) => string,
  arrivedAt: number | undefined,
): Body[] {
  return files.map(file => {
    const modified = modifiedAt(file)
    return {
      name: file,
      async read() {
        const body = readFileSync(file)
        const arrival = arrivedAt ?? modified
        return { body, arrival, key: rawKey(source, day(arrival), body) }
      },
    }
  })
}

function modifiedAt(file: string): number {
  try {
    const stat = statSync(file)
    if (stat.isFile()) return Math.round(stat.mtimeMs)
  } catch {
    // said below
  }
  throw new Error(`there is no file ${file}`)
}
