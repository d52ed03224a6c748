import type { Body, ObjectStore, StoredObject } from '../../../handlers/lake/object-store.ts'

/** An object store in memory: files would be too slow for tens of thousands of cases per minute. */
export class MemoryStore implements ObjectStore {
  readonly #objects = new Map<string, StoredObject>()

  async putIfAbsent(key: string, body: Uint8Array, receivedAt: number): Promise<'created' | 'exists'> {
    if (this.#objects.has(key)) return 'exists'
    this.#objects.set(key, { body: Buffer.from(body), receivedAt })
    return 'created'
  }

  async put(key: string, body: Body): Promise<void> {
    this.#objects.set(key, {
      body: body instanceof Uint8Array ? Buffer.from(body) : Buffer.concat(body),
      receivedAt: 0,
    })
  }

  async get(key: string): Promise<StoredObject | null> {
    return this.#objects.get(key) ?? null
  }

  async *list(prefix: string) {
    const keys = [...this.#objects.keys()].filter(key => key.startsWith(prefix)).sort()
    const objects = keys.map(key => {
      const { body, receivedAt } = this.#objects.get(key) as StoredObject
      return { key, lastModified: receivedAt, size: body.length }
    })
    yield objects
  }

  /** Reads objects in the given order. */
  async readEach(objects: Iterable<{ readonly key: string }>, visit: (key: string, object: StoredObject) => unknown) {
    for (const { key } of objects) await visit(key, this.#objects.get(key) as StoredObject)
  }

  async delete(key: string): Promise<void> {
    this.#objects.delete(key)
  }
}
