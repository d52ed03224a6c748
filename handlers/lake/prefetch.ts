import type { ObjectReader, ObjectSummary, StoredObject } from './object-store.ts'

/** Bytes fetched ahead of the visitor; a single larger object still goes. */
const BYTES_AHEAD = 32 * 2 ** 20

/**
 * Fetches objects ahead of a visitor that takes them one after the other in the order given.
 * @param inFlight objects fetched ahead at most
 */
export async function prefetch(
  objects: Iterable<ObjectSummary>,
  get: (key: string) => Promise<StoredObject | null>,
  visit: ObjectReader,
  inFlight: number,
): Promise<void> {
  const ahead: { readonly summary: ObjectSummary; readonly object: Promise<StoredObject | null> }[] = []
  let bytes = 0
  const iterator = objects[Symbol.iterator]()
  let next = iterator.next()
  for (;;) {
    while (!next.done && ahead.length < inFlight && (bytes === 0 || bytes + next.value.size <= BYTES_AHEAD)) {
      const object = get(next.value.key)
      object.catch(() => {}) // whoever awaits it first throws it; those still in flight then have nobody to
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
    await visit(key, object)
  }
}

export const objectGone = (key: string) => new Error(`${key} was listed, but is gone: run the day again`)
