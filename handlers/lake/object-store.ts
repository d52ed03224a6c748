/** A store of objects by key: an S3 bucket, or a local directory with the same keys. */
export interface ObjectStore {
  /**
   * Stores `body` unless the key exists. Atomic: of concurrent calls one creates the object, and no reader sees a part.
   * @param receivedAt arrival of the delivery, in epoch milliseconds; stored with the object
   * @param deadline its signal aborts the request
   */
  putIfAbsent(key: string, body: Uint8Array, receivedAt: number, deadline?: Deadline): Promise<'created' | 'exists'>
  /** Stores `body`, atomically replacing an existing object. */
  put(key: string, body: Body): Promise<void>
  /** The object, or null if it does not exist. */
  get(key: string): Promise<StoredObject | null>
  /**
   * Reads objects and calls `reader` with each, in the given order and one at a time; prefetches within bounded memory.
   * @throws if an object no longer exists, and what `reader` throws
   */
  readEach(objects: Iterable<ObjectSummary>, reader: ObjectReader): Promise<void>
  /**
   * Pages of the objects whose key begins with `prefix` and comes after `after`, ordered by the bytes of the key.
   * @param deadline its signal aborts the request
   */
  list(prefix: string, after?: string, deadline?: Deadline): AsyncIterable<readonly ObjectSummary[]>
  /** Deletes the object; succeeds if it does not exist. */
  delete(key: string): Promise<void>
}

/** The part of an AbortController that a request needs. Creates the signal lazily: creating one is expensive. */
export type Deadline = Pick<AbortController, 'signal'>

/** Bytes, whole or in consecutive pieces: joining the pieces of a large table would need its size in memory again. */
export type Body = Uint8Array | readonly Uint8Array[]

export interface ObjectSummary {
  readonly key: string
  /** Epoch milliseconds. */
  readonly lastModified: number
  /** Bytes. */
  readonly size: number
}

/** Called with each object that is read. The next call waits for the promise, if it returns one. */
export type ObjectReader = (key: string, object: StoredObject) => Promise<void> | undefined

export interface StoredObject {
  /** Never overwritten: it may be kept (see "Lifetimes" in handlers/README.md). */
  readonly body: Uint8Array
  /** Arrival in epoch milliseconds: what was passed to `putIfAbsent`, else LastModified. */
  readonly receivedAt: number
}

/**
 * Compares two keys by their UTF-8 bytes, the order of S3's listings. UTF-16 code units sort the same, except that
 * surrogates, which encode the code points above U+FFFF, sort below U+E000.
 * @returns negative, zero or positive, as for `Array.sort`
 */
export function byUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Moves the surrogates above all other code units. */
const rank = (unit: number) => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)
