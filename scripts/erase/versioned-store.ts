/**
 * An object store with all versions of its objects. A versioned bucket keeps those that were replaced or deleted; a
 * directory has one version of each object.
 */
export interface VersionedStore {
  /** The directory or S3 URI, for messages. */
  readonly name: string
  /** Every version of every object whose key begins with `prefix`; versions of a key follow each other. */
  list(prefix: string): AsyncIterable<Version>
  /** Every version of one object. In a directory it may not exist. */
  versions(key: string): AsyncIterable<Version>
  /** The content of a version, or null if it no longer exists. */
  read(version: Version): Promise<Content | null>
  /**
   * Replaces the latest version.
   * @param arrival the delivery's arrival to keep, in epoch milliseconds; null for an object that is not a delivery
   */
  replace(key: string, body: Uint8Array, arrival: number | null): Promise<void>
  /** Deletes a version permanently. */
  remove(version: Version): Promise<void>
}

export interface Version {
  readonly key: string
  /** S3's version id; undefined in a directory. */
  readonly id: string | undefined
  readonly isLatest: boolean
}

export interface Content {
  readonly body: Uint8Array
  /** Arrival in epoch milliseconds. */
  readonly arrival: number
}
