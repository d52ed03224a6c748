import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DirectoryStore } from '../directory-store.ts'
import type { ObjectStore, ObjectSummary } from '../object-store.ts'
import { prefetch } from '../prefetch.ts'
import { S3Store } from '../s3-store.ts'
import { type S3Server, skipS3, startS3Server } from './s3-server.ts'

/** An empty store for a test. Both kinds store an object as the file `<files>/<key>`. */
export interface TestStore {
  readonly store: ObjectStore
  readonly files: string
  /** The name of the bucket, if it is one. */
  readonly bucket?: string
}

/** A kind of object store. Call `start` before all tests of the kind and `stop` after them. */
export interface StoreKind {
  readonly name: string
  readonly skip: string | false
  start(): Promise<void>
  stop(): Promise<void>
  open(): Promise<TestStore>
}

export function directories(): StoreKind {
  let root = ''
  return {
    name: 'in a directory',
    skip: false,
    async start() {
      root = mkdtempSync(join(tmpdir(), 'chatlake-'))
    },
    async stop() {
      rmSync(root, { recursive: true })
    },
    async open() {
      const files = mkdtempSync(join(root, 'store-'))
      return { store: new DirectoryStore(files), files }
    },
  }
}

export function s3Buckets(): StoreKind {
  let server: S3Server
  return {
    name: 'on S3',
    skip: skipS3,
    async start() {
      server = await startS3Server()
    },
    stop: () => server?.stop(),
    async open() {
      const { name, files } = await server.bucket()
      return { store: new S3Store(name), files, bucket: name }
    },
  }
}

/** Sets an object's LastModified. */
export const setLastModified = ({ files }: TestStore, key: string, epochMs: number) =>
  utimesSync(join(files, key), epochMs / 1000, epochMs / 1000)

/** Writes an object's file directly, so that it has no `received-at` metadata. */
export function copyIn(store: TestStore, key: string, body: Uint8Array, lastModified: number): void {
  const path = join(store.files, key)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, body)
  setLastModified(store, key, lastModified)
}

/** The objects of all pages of a listing. */
export async function listed(store: ObjectStore, prefix: string, after?: string) {
  const objects: ObjectSummary[] = []
  for await (const page of store.list(prefix, after)) objects.push(...page)
  return objects
}

/** A store with some methods replaced. `readEach` uses the replaced `get`. */
export function altered(store: ObjectStore, changes: Partial<ObjectStore>): ObjectStore {
  const result: ObjectStore = {
    putIfAbsent: (...put) => store.putIfAbsent(...put),
    put: (...put) => store.put(...put),
    get: key => store.get(key),
    readEach: (objects, reader) => prefetch(objects, key => result.get(key), reader, 64),
    list: (...range) => store.list(...range),
    delete: key => store.delete(key),
    ...changes,
  }
  return result
}
