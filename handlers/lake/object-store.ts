/** What the pipeline asks of a place that keeps objects: an S3 bucket, or a directory with the same keys. */
export interface ObjectStore {
  /**
   * Stores `body` unless the key exists. Atomic: of several at once one creates, and nobody sees a part of it.
   * @param receivedAt epoch milliseconds, kept with the object
   */
  putIfAbsent(key: string, body: Uint8Array, receivedAt: number, signal?: AbortSignal): Promise<'created' | 'exists'>
  /** Stores `body`, replacing what was there in one step. */
  put(key: string, body: Uint8Array): Promise<void>
  /** The object, or null where there is none. */
  get(key: string): Promise<StoredObject | null>
  /** Every object under `prefix` after the key `after`, ordered by key, in pages. */
  list(prefix: string, after?: string): AsyncIterable<readonly ObjectSummary[]>
  /** Removes the object; no error where there is none. */
  delete(key: string): Promise<void>
}

export interface ObjectSummary {
  readonly key: string
  /** Epoch milliseconds. */
  readonly lastModified: number
}

export interface StoredObject {
  readonly body: Uint8Array
  /** When its delivery arrived, in epoch milliseconds: what `putIfAbsent` was told, else LastModified. */
  readonly receivedAt: number
}
