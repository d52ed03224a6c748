/** What the pipeline asks of a place that keeps objects: an S3 bucket, or a directory with the same keys. */
export interface ObjectStore {
  /**
   * Stores `body` unless the key exists. Atomic: of several at once one creates, and nobody sees a part of it.
   * @param receivedAt epoch milliseconds, kept with the object
   */
  putIfAbsent(key: string, body: Uint8Array, receivedAt: number, signal?: AbortSignal): Promise<'created' | 'exists'>
  /** Stores `body`, replacing what was there in one step. */
  put(key: string, body: Body): Promise<void>
  /** The object, or null where there is none. */
  get(key: string): Promise<StoredObject | null>
  /**
   * Reads objects in the order given and hands over one after the other, reading ahead in bounded memory.
   * @throws where one is gone, or what `visit` throws
   */
  visit(objects: Iterable<ObjectSummary>, visit: Visit): Promise<void>
  /** Every object under `prefix` after the key `after`, ordered by key, in pages. */
  list(prefix: string, after?: string): AsyncIterable<readonly ObjectSummary[]>
  /** Removes the object; no error where there is none. */
  delete(key: string): Promise<void>
}

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
export type Visit = (key: string, object: StoredObject) => Promise<void> | undefined

export interface StoredObject {
  readonly body: Uint8Array
  /** When its delivery arrived, in epoch milliseconds: what `putIfAbsent` was told, else LastModified. */
  readonly receivedAt: number
}

/** The order of a listing, S3's own: by the bytes of UTF-8, which differs from JavaScript's own only beyond ASCII. */
export const byUtf8 = (a: string, b: string) =>
  isAscii(a) && isAscii(b) ? (a < b ? -1 : a > b ? 1 : 0) : Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Whether JavaScript's own order is that of `byUtf8`: names without anything beyond sort in a tenth of the time. */
export const isAscii = (text: string) => !NON_ASCII.test(text)

const NON_ASCII = /[^\0-\x7f]/
