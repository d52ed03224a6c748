/**
 * What erasing asks of a place that keeps objects: unlike the pipeline, it sees every version there is. A directory
 * has one of each object; a versioned bucket keeps what was replaced or deleted.
 */
export interface VersionedStore {
  /** What it is, for people. */
  readonly name: string
  /** Every version of every object under a prefix, the versions of one key together. */
  list(prefix: string): AsyncIterable<Version>
  /** A version's content, or null where it is gone meanwhile. */
  read(version: Version): Promise<Content | null>
  /**
   * Puts another body in the place of the latest version.
   * @param arrival when its delivery arrived, in epoch milliseconds, which is kept; null for what did not arrive
   */
  replace(key: string, body: Uint8Array, arrival: number | null): Promise<void>
  /** Removes a version for good. */
  remove(version: Version): Promise<void>
}

export interface Version {
  readonly key: string
  /** Undefined where there is only one of each object. */
  readonly id: string | undefined
  readonly isLatest: boolean
}

export interface Content {
  readonly body: Uint8Array
  /** Epoch milliseconds. */
  readonly arrival: number
}
