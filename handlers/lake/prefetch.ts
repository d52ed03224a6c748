import type { ObjectReader, ObjectSummary, StoredObject } from './object-store.ts'

/** The most bytes to fetch ahead. An object that is larger than this is fetched alone. */
const MAX_BYTES_AHEAD = 32 * 2 ** 20

/**
 * Fetches several objects at once and calls `reader` with each, in the given order and one at a time.
 * @param inFlight the most objects to fetch ahead
 * @throws if an object no longer exists, and what `get` or `reader` throws
 */
export async function prefetch(
  objects: Iterable<ObjectSummary>,
  get: (key: string) => Promise<StoredObject | null>,
  reader: ObjectReader,
  inFlight: number,
): Promise<void> {
  const ahead: { readonly summary: ObjectSummary; readonly object: Promise<StoredObject | null> }[] = []
  let bytes = 0
  const iterator = objects[Symbol.iterator]()
  let next = iterator.next()
  for (;;) {
    while (!next.done && ahead.length < inFlight && (bytes === 0 || bytes + next.value.size <= MAX_BYTES_AHEAD)) {
      const object = get(next.value.key)
      object.catch(() => {}) // thrown below when its turn comes; later ones are then no longer awaited
      ahead.push({ summary: next.value, object })
      bytes += next.value.size
      next = iterator.next()
    }
    const first = ahead.shift()
    if (!first) return
    const { key, size } = first.summary
    const object = await first.object
    if (!object) throw objectGone(key)
    bytes -= size
    await reader(key, object)
  }
}

export const objectGone = (key: string) => new Error(`${key} was listed but no longer exists: run the day again`)
