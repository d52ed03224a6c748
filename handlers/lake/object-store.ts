/** What the pipeline asks of a place that keeps objects: an S3 bucket, or a directory with the same keys. */
export interface ObjectStore {
  /**
   * Stores `body` unless the key exists. Atomic: of several at once one creates, and nobody sees a part of it.
   * @param receivedAt epoch milliseconds, kept with the object
   * @param deadline whose signal ends a put that is under way
   */
  putIfAbsent(key: string, body: Uint8Array, receivedAt: number, deadline?: Deadline): Promise<'created' | 'exists'>
  /** Stores `body`, replacing what was there in one step. */
  put(key: string, body: Body): Promise<void>
  /** The object, or null where there is none. */
  get(key: string): Promise<StoredObject | null>
  /**
   * Reads objects in the order given and hands over one after the other, reading ahead in bounded memory.
   * @throws where one is gone, or what `visit` throws
   */
  readEach(objects: Iterable<ObjectSummary>, visit: ObjectReader): Promise<void>
  /** Every object under `prefix` after the key `after`, ordered by key, in pages. */
  list(prefix: string, after?: string): AsyncIterable<readonly ObjectSummary[]>
  /** Removes the object; no error where there is none. */
  delete(key: string): Promise<void>
}

/** An AbortController to those who only listen: its signal is made when it is asked for, and dear. */
export type Deadline = Pick<AbortController, 'signal'>

/** Bytes, or pieces of them that follow each other: a table is not held twice to become one piece. */
export type Body = Uint8Array | readonly Uint8Array[]

export interface ObjectSummary {
  readonly key: string
  /** Epoch milliseconds. */
  readonly lastModified: number
  /** Bytes. */
  readonly size: number
}

/** Takes an object. Its body is the visitor's only until it is done: the next may be read into the same memory. */
export type ObjectReader = (key: string, object: StoredObject) => Promise<void> | undefined

export interface StoredObject {
  readonly body: Uint8Array
  /** When its delivery arrived, in epoch milliseconds: what `putIfAbsent` was told, else LastModified. */
  readonly receivedAt: number
}

/**
 * The order of a listing, S3's own: by the bytes of UTF-8. That of UTF-16 differs in one thing: its surrogates, which
 * stand for what comes last, come before U+E000.
 */
export function byUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** A code unit with the surrogates moved behind all others. */
const rank = (unit: number) => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)
