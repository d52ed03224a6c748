import { randomUUID } from 'node:crypto'
import {
  type Dirent,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
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

  /** @param receivedAt its arrival, where it replaces something that arrived then; the time of writing unless given */
  async put(key: string, body: Uint8Array, receivedAt?: number): Promise<void> {
    this.#write(
      body,
      unfinished => {
        if (receivedAt !== undefined) utimesSync(unfinished, receivedAt / 1000, receivedAt / 1000)
        renameSync(unfinished, this.#path(key))
      },
      key,
    )
  }

  async get(key: string): Promise<StoredObject | null> {
    const path = this.#path(key)
    try {
      return { body: readFileSync(path), receivedAt: lastModified(statSync(path)) }
    } catch (error) {
      if (isNoFile(error)) return null
      throw error
    }
  }

  async *list(prefix: string, after = ''): AsyncIterable<readonly ObjectSummary[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    let page: ObjectSummary[] = []
    for (const key of this.#keys(folder)) {
      if (!key.startsWith(prefix) || byUtf8(key, after) <= 0) continue
      const stats = statSync(this.#path(key), { throwIfNoEntry: false })
      if (!stats) continue // deleted since its folder was read
      page.push({ key, lastModified: lastModified(stats) })
      if (page.length < PAGE) continue
      yield page
      page = []
    }
    if (page.length > 0) yield page
  }

  async delete(key: string): Promise<void> {
    try {
      unlinkSync(this.#path(key))
    } catch (error) {
      if (!isNoFile(error)) throw error
    }
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

  /** Keys in a folder and below, in the order in which S3 lists them. */
  *#keys(folder: string): Iterable<string> {
    const names = entriesOf(join(this.#root, folder))
      .map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .filter(name => name !== `${UNFINISHED}/`)
      .sort(byUtf8)
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
const lastModified = ({ mtimeMs }: Stats) => Math.round(mtimeMs)

/** S3's order: by the bytes of UTF-8, which differs from JavaScript's own only beyond ASCII. */
const byUtf8 = (a: string, b: string) =>
  NON_ASCII.test(a) || NON_ASCII.test(b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a < b ? -1 : a > b ? 1 : 0

const NON_ASCII = /[^\0-\x7f]/

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)

/** Nothing there: no such name, or a name on the way that is a file. */
const isAbsent = (error: unknown) => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'

/** No object there: a folder is none. Unlinking one is EPERM on some systems. */
const isNoFile = (error: unknown) => isAbsent(error) || codeOf(error) === 'EISDIR' || codeOf(error) === 'EPERM'
