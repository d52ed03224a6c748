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
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type Body,
  byUtf8,
  type ObjectReader,
  type ObjectStore,
  type ObjectSummary,
  type StoredObject,
} from './object-store.ts'
import { PackedStrings } from './packed-strings.ts'
import { objectGone } from './prefetch.ts'

/** Objects on a page of a listing, as in S3. */
const PAGE_OBJECTS = 1000

/** Objects read before other work of the process, such as a local gateway, gets a turn: a few milliseconds. */
const READS_PER_TURN = 256

/** Entries of a folder read at once. */
const ENTRIES_PER_READ = 256

/** The folder of unfinished writes: on the same file system as the objects, and never part of a key. */
const UNFINISHED = '.unfinished'

/** Keys with an empty part, a part that leaves the directory, or the folder of unfinished writes. */
const INVALID_KEY = /(^|\/)(\.{0,2}|\.unfinished)(\/|$)/

/**
 * An object store in a local directory: a key is a path. A file's modification time is both its LastModified and its
 * arrival, so a copy that preserves times preserves both. Uses synchronous calls: on a local disk they are several
 * times as fast.
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
          linkSync(unfinished, this.#path(key)) // fails if the name is taken; rename would replace it
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

  /** @param receivedAt arrival to keep, in epoch milliseconds; the time of writing unless given */
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

  async readEach(objects: Iterable<ObjectSummary>, reader: ObjectReader): Promise<void> {
    const files = new FileReader()
    let count = 0
    for (const { key, lastModified } of objects) {
      const pending = reader(key, { body: this.#read(key, files), receivedAt: lastModified })
      if (pending) await pending
      if (++count % READS_PER_TURN === 0) await nextTurn()
    }
  }

  #read(key: string, files: FileReader): Buffer {
    try {
      return files.read(this.#path(key))
    } catch (error) {
      throw isNoFile(error) ? objectGone(key) : error
    }
  }

  async *list(prefix: string, after = ''): AsyncIterable<readonly ObjectSummary[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    let page: ObjectSummary[] = []
    for (const key of this.#keys(folder)) {
      if (!key.startsWith(prefix) || (after !== '' && byUtf8(key, after) <= 0)) continue
      const stats = statSync(`${this.#root}/${key}`, { throwIfNoEntry: false })
      if (!stats) continue // deleted after its folder was read
      page.push({ key, lastModified: lastModified(stats), size: stats.size })
      if (page.length < PAGE_OBJECTS) continue
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
      if (!statSync(path).isDirectory()) throw error // some systems fail with EPERM for a folder
    }
  }

  #path(key: string): string {
    if (INVALID_KEY.test(key)) throw new RangeError(`invalid key: ${JSON.stringify(key)}`)
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

  /** Keys in a folder and its subfolders, in the order in which S3 lists them. */
  *#keys(folder: string): Iterable<string> {
    const names = namesIn(join(this.#root, folder))
    for (const index of names.argsort()) {
      const name = names.at(index)
      if (name.endsWith('/')) yield* this.#keys(folder + name)
      else yield folder + name
    }
  }
}

/**
 * The names in a folder. Those of subfolders end in `/`, because S3 sorts keys with it. Packed, because a folder can
 * hold a million.
 */
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

/** Rounded: `utimes` takes seconds as a floating-point number, so a millisecond is stored a fraction off. */
const lastModified = ({ mtimeMs }: Stats) => Math.round(mtimeMs)

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)

/** Whether nothing exists at a path: no such name, or a parent that is a file. */
const isAbsent = (error: unknown) => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'

/** Whether no object exists at a path; a folder is not an object. */
const isNoFile = (error: unknown) => isAbsent(error) || codeOf(error) === 'EISDIR'

/**
 * Reads many small files, at half the cost of readFileSync. Memory is allocated for many files at once and never
 * written again, so a body stays valid for as long as it is referenced (see "Lifetimes" in handlers/README.md).
 */
class FileReader {
  #block = Buffer.alloc(0)
  #used = 0

  read(path: string): Buffer {
    if (this.#block.length - this.#used < READ_BYTES) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
      this.#used = 0
    }
    const file = openSync(path, 'r')
    try {
      const start = this.#used
      const bytes = readSync(file, this.#block, start, READ_BYTES, 0)
      if (bytes === READ_BYTES) return readFileSync(path) // not all of it, unless it has just this size
      this.#used += bytes
      return this.#block.subarray(start, this.#used)
    } finally {
      closeSync(file)
    }
  }
}

/** Memory for some hundred files. */
const BLOCK_BYTES = 2 ** 18

/** Nearly every file is smaller. */
const READ_BYTES = 2 ** 16
