import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rawKey } from '../../lake/layout.ts'
import { readBack } from '../../lake/testing/read-parquet.ts'
import { directories, type StoreKind, s3Buckets, setLastModified, type TestStore } from '../../lake/testing/stores.ts'
import type { Source } from '../../sources/source.ts'
import type { TransformEvent } from '../event.ts'
import { type DayStats, transformDay } from '../transform-day.ts'

/** An empty lake for a test, and a way to transform it. */
export interface TestLake {
  readonly raw: TestStore
  readonly enriched: TestStore
  transform(source: Source, date: string): Promise<DayStats>
}

/** A kind of lake. `start` and `stop` go around all tests of the kind. */
export interface LakeKind extends Omit<StoreKind, 'open'> {
  open(): Promise<TestLake>
}

export const inDirectories = () => lakesOf(directories())

export const onS3 = () => lakesOf(s3Buckets())

function lakesOf(stores: StoreKind): LakeKind {
  return {
    ...stores,
    async open() {
      const [raw, enriched] = [await stores.open(), await stores.open()]
      const lake = { raw: raw.store, enriched: enriched.store }
      return { raw, enriched, transform: (source, date) => transformDay(source, date, lake) }
    },
  }
}

/** On S3, transformed by the Lambdas as they are deployed. */
export function byBundlesOnS3(): LakeKind {
  const stores = s3Buckets()
  const bundles = bundledTransforms()
  return {
    ...stores,
    name: 'on S3, by the bundles',
    async start() {
      await stores.start()
      await bundles.start()
    },
    async stop() {
      bundles.stop()
      await stores.stop()
    },
    async open() {
      const [raw, enriched] = [await stores.open(), await stores.open()]
      return {
        raw,
        enriched,
        transform(source, date) {
          Object.assign(process.env, { AWS_S3_RAW: raw.bucket, AWS_S3_ENRICHED: enriched.bucket })
          return bundles.handlerOf(source)({ date })
        },
      }
    },
  }
}

type Handler = (event: TransformEvent | null) => Promise<DayStats>

/**
 * The bundles `dist/<source>-transform`, out of reach of node_modules, and what they log.
 * They are what `npm run build` made last.
 */
export function bundledTransforms() {
  const handlers = new Map<string, Handler>()
  const log = mock.fn((_line: string) => {})
  let copy = ''
  return {
    log,
    async start() {
      const dist = fileURLToPath(new URL('../../../dist/', import.meta.url))
      assertBuilt(dist, fileURLToPath(new URL('../../', import.meta.url)))
      copy = mkdtempSync(join(tmpdir(), 'chatlake-dist-'))
      cpSync(dist, copy, { recursive: true })
      mock.method(console, 'log', log)
    },
    stop() {
      mock.restoreAll()
      if (copy) rmSync(copy, { recursive: true })
    },
    handlerOf:
      ({ name }: Source): Handler =>
      async event => {
        if (!handlers.has(name)) {
          const { handler } = await import(pathToFileURL(join(copy, `${name}-transform`, 'index.mjs')).href)
          handlers.set(name, handler)
        }
        return (handlers.get(name) as Handler)(event)
      },
  }
}

/** Throws where the bundles are not there, or are older than what they are made of. */
function assertBuilt(dist: string, handlers: string): void {
  const sources = readdirSync(handlers, { recursive: true, encoding: 'utf8' }).filter(
    file => file.endsWith('.ts') && !file.endsWith('.test.ts') && !/(^|[\\/])testing[\\/]/.test(file),
  )
  const builtAt = statSync(join(dist, 'whatsapp-transform', 'index.mjs'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const newer = sources.find(file => statSync(join(handlers, file)).mtimeMs > builtAt)
  if (newer) throw new Error(`dist is older than handlers/${newer}: npm run build`)
}

/** A delivery that arrived and was stored at `epochMs`; gives its key. */
export async function arrive({ raw }: TestLake, source: Source, date: string, body: Uint8Array, epochMs: number) {
  const key = rawKey(source.name, date, body)
  await raw.store.putIfAbsent(key, body, epochMs)
  setLastModified(raw, key, epochMs)
  return key
}

/** The bytes of an object, null where there is none. */
export const bytesOf = async ({ store }: TestStore, key: string) => (await store.get(key))?.body ?? null

/** The rows of a Parquet object, none where there is no object. */
export async function rowsOf(place: TestStore, key: string) {
  const file = await bytesOf(place, key)
  return file ? (await readBack(file)).rows : []
}
