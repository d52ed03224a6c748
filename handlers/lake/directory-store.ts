import { randomUUID } from 'node:crypto'
import {
  closeSync,
  linkSync,
  mkdirSync,
  opendirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as others } from 'node:timers/promises'
import {
  type Body,
  byUtf8,
  type ObjectReader,
  type ObjectStore,
  type ObjectSummary,
  type StoredObject,
} from './object-store.ts'
import { PackedStrings } from './packed-strings.ts'
import { gone } from './prefetch.ts'

/** Page size of a listing, S3's own. */
const PAGE = 1000

/** Objects visited without a pause: some milliseconds, after which a gateway in the same process has its turn. */
const READS_PER_TURN = 256

/** Nearly every object fits in; larger ones get memory of their own. */
const READ_BYTES = 2 ** 16

/** Entries of a folder read at once. */
const ENTRIES_PER_READ = 256

/** Unfinished writes; on the same file system as the objects, and no key's prefix. */
const UNFINISHED = '.unfinished'

/** Keys with a part that is empty, leaves its folder, or is ours. */
const NO_KEY = /(^|\/)(\.{0,2}|\.unfinished)(\/|$)/

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
  async put(key: string, body: Body, receivedAt?: number): Promise<void> {
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

  async readEach(objects: Iterable<ObjectSummary>, visit: ObjectReader): Promise<void> {
    const memory = Buffer.allocUnsafeSlow(READ_BYTES)
    let visited = 0
    for (const { key, lastModified } of objects) {
      const pending = visit(key, { body: this.#read(key, memory), receivedAt: lastModified })
      if (pending) await pending
      if (++visited % READS_PER_TURN === 0) await others()
    }
  }

  /** A file's bytes, in `memory` where they fit: half the cost of readFileSync. */
  #read(key: string, memory: Buffer): Buffer {
    const path = this.#path(key)
    try {
      const file = openSync(path, 'r')
      try {
        const length = readSync(file, memory, 0, memory.length, 0)
        return length < memory.length ? memory.subarray(0, length) : readFileSync(path)
      } finally {
        closeSync(file)
      }
    } catch (error) {
      throw isNoFile(error) ? gone(key) : error
    }
  }

  async *list(prefix: string, after = ''): AsyncIterable<readonly ObjectSummary[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    let page: ObjectSummary[] = []
    for (const key of this.#keys(folder)) {
      if (!key.startsWith(prefix) || (after !== '' && byUtf8(key, after) <= 0)) continue
      const stats = statSync(`${this.#root}/${key}`, { throwIfNoEntry: false })
      if (!stats) continue // deleted since its folder was read
      page.push({ key, lastModified: lastModified(stats), size: stats.size })
      if (page.length < PAGE) continue
      yield page
      page = []
    }
    if (page.length > 0) yield page
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key)
    try {
      unlinkSync(path)
    } catch (error) {
      if (isNoFile(error)) return
      if (!statSync(path).isDirectory()) throw error // unlinking a folder is EPERM on some systems
    }
  }

  #path(key: string): string {
    if (NO_KEY.test(key)) throw new RangeError(`not a key: ${JSON.stringify(key)}`)
    return `${this.#root}/${key}`
  }

  #write<T>(body: Body, finish: (unfinished: string) => T, key: string): T {
    const unfinished = join(this.#root, UNFINISHED, randomUUID())
    mkdirSync(dirname(unfinished), { recursive: true })
    mkdirSync(dirname(this.#path(key)), { recursive: true })
    const file = openSync(unfinished, 'wx')
    try {
      for (const piece of body instanceof Uint8Array ? [body] : body) writeFileSync(file, piece)
    } finally {
      closeSync(file)
    }
    return finish(unfinished)
  }

  /** Keys in a folder and below, in the order in which S3 lists them. */
  *#keys(folder: string): Iterable<string> {
    const names = namesIn(join(this.#root, folder))
    for (const place of names.argsort()) {
      const name = names.at(place)
      if (name.endsWith('/')) yield* this.#keys(folder + name)
      else yield folder + name
    }
  }
}

/** The names in a folder, those of folders with a `/` behind: so S3 orders them. Read bit by bit: they can be a million. */
function namesIn(path: string): PackedStrings {
  const names = new PackedStrings()
  try {
    const folder = opendirSync(path, { bufferSize: ENTRIES_PER_READ })
    try {
      for (let entry = folder.readSync(); entry; entry = folder.readSync()) {
        if (!entry.isDirectory()) names.push(entry.name)
        else if (entry.name !== UNFINISHED) names.push(`${entry.name}/`)
      }
    } finally {
      folder.closeSync()
    }
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
  return names
}

/** Rounded: file systems keep fractions that a millisecond, written as seconds, does not quite reach. */
const lastModified = ({ mtimeMs }: Stats) => Math.round(mtimeMs)

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)

/** Nothing there: no such name, or a name on the way that is a file. */
const isAbsent = (error: unknown) => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'

/** No object there: a folder is none. */
const isNoFile = (error: unknown) => isAbsent(error) || codeOf(error) === 'EISDIR'
