import { randomUUID } from 'node:crypto'
import {
  type Dirent,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { ObjectStore, ObjectSummary, StoredObject } from './object-store.ts'

/** Page size of a listing, S3's own. */
const PAGE = 1000

/** Unfinished writes; on the same file system as the objects, and no key's prefix. */
const UNFINISHED = '.unfinished'

/**
 * Objects as files of a local directory, a key being a path. A file's modification time is its LastModified and its
 * arrival, so copying with times kept keeps both. Synchronous within: on a local disk that is several times faster.
 */
export class DirectoryStore implements ObjectStore {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async putIfAbsent(key: string, body: Uint8Array, receivedAt: number): Promise<'created' | 'exists'> {
    return this.#write(
      body,
      unfinished => {
        utimesSync(unfinished, receivedAt / 1000, receivedAt / 1000)
        try {
          linkSync(unfinished, this.#path(key)) // unlike rename, link refuses a name that is taken
          return 'created'
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return 'exists'
          throw error
        } finally {
          rmSync(unfinished)
        }
      },
      key,
    )
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    this.#write(body, unfinished => renameSync(unfinished, this.#path(key)), key)
  }

  async get(key: string): Promise<StoredObject | null> {
    const path = this.#path(key)
    try {
      return { body: readFileSync(path), receivedAt: lastModified(path) }
    } catch (error) {
      if (isAbsent(error)) return null
      throw error
    }
  }

  async *list(prefix: string, after = ''): AsyncIterable<readonly ObjectSummary[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    let page: ObjectSummary[] = []
    for (const key of this.#keys(folder)) {
      if (!key.startsWith(prefix) || key <= after) continue
      page.push({ key, lastModified: lastModified(this.#path(key)) })
      if (page.length < PAGE) continue
      yield page
      page = []
    }
    if (page.length > 0) yield page
  }

  async delete(key: string): Promise<void> {
    rmSync(this.#path(key), { force: true })
  }

  #path(key: string): string {
    if (key.split('/').some(part => part === '' || part === '.' || part === '..' || part === UNFINISHED)) {
      throw new RangeError(`not a key: ${JSON.stringify(key)}`)
    }
    return join(this.#root, key)
  }

  #write<T>(body: Uint8Array, finish: (unfinished: string) => T, key: string): T {
    const unfinished = join(this.#root, UNFINISHED, randomUUID())
    mkdirSync(dirname(unfinished), { recursive: true })
    mkdirSync(dirname(this.#path(key)), { recursive: true })
    writeFileSync(unfinished, body)
    return finish(unfinished)
  }

  /** Keys in a folder and below, in the order of their characters, as S3 lists them. */
  *#keys(folder: string): Iterable<string> {
    const names = entriesOf(join(this.#root, folder))
      .map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .filter(name => name !== `${UNFINISHED}/`)
      .sort()
    for (const name of names) {
      if (name.endsWith('/')) yield* this.#keys(folder + name)
      else yield folder + name
    }
  }
}

function entriesOf(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/** Rounded: file systems keep fractions that a millisecond, written as seconds, does not quite reach. */
const lastModified = (path: string) => Math.round(statSync(path).mtimeMs)

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)

const isAbsent = (error: unknown) => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
