import { setMaxListeners } from 'node:events'
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3'
import { S3Store } from '../../handlers/lake/s3-store.ts'
import type { LakeRoot } from '../../handlers/lake/time-zone.ts'
import type { Table } from '../../handlers/sources/tables.ts'
import type { S3Location } from '../lib/aws/s3-uri.ts'
import { forEach } from '../lib/cli/pool.ts'
import type { WantedTable } from './lake-part.ts'

/** Partitions of a lake in S3, copied to this machine. */
export interface FetchedLake {
  /** A lake's directory, readable by this user alone. */
  readonly directory: string
  readonly files: number
  readonly bytes: number
  /** Removes the directory. */
  remove(): void
}

const CONCURRENT_REQUESTS = 8

interface S3Access {
  readonly client: S3Client
  /** Cancels the requests. */
  readonly signal?: AbortSignal
}

/** The root of the tables, to read the lake's time zone. Errors name the lake's address and the reason. */
export function s3Root({ bucket, prefix }: S3Location, { client, signal }: S3Access): LakeRoot {
  const name = `s3://${bucket}/${prefix}`
  return {
    name,
    store: {
      async get(key) {
        const command = new GetObjectCommand({ Bucket: bucket, Key: prefix + key })
        try {
          const { Body, LastModified } = await client.send(command, signal ? { abortSignal: signal } : {})
          if (!Body) throw new Error('S3 answered without a body')
          return { body: await Body.transformToByteArray(), receivedAt: LastModified?.getTime() ?? 0 }
        } catch (error) {
          if (error instanceof NoSuchKey) return null
          throw signal?.aborted ? error : unreadable(name, error)
        }
      },
    },
  }
}

const unreadable = (name: string, error: unknown) =>
  new Error(`${name} cannot be read: ${error instanceof Error ? error.message : error}`, { cause: error })

/**
 * Copies the wanted partitions from where the transform writes them, `<prefix><table>/…`, into a temporary directory.
 * `remove` deletes it; so do a failure and the end of the process.
 * @throws AbortError after `signal`, else an error that names the lake's address and the reason
 */
export async function fetchLake(
  { bucket, prefix }: S3Location,
  wanted: readonly WantedTable[],
  { client, signal }: S3Access,
): Promise<FetchedLake> {
  const directory = mkdtempSync(join(tmpdir(), 'chatlake-')) // mode 0700
  const remove = () => {
    process.off('exit', remove)
    rmSync(directory, { recursive: true, force: true })
  }
  process.on('exit', remove)
  const failed = new AbortController()
  const stopped = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
  setMaxListeners(0, stopped) // every request listens
  const fetchObject = async (key: string) => {
    const path = join(directory, 'enriched', key.slice(prefix.length))
    mkdirSync(dirname(path), { recursive: true })
    const command = new GetObjectCommand({ Bucket: bucket, Key: key })
    const { Body, ContentLength = 0 } = await client.send(command, { abortSignal: stopped })
    if (!(Body instanceof Readable)) throw new Error('S3 answered without a body')
    await pipeline(Body, createWriteStream(path), { signal: stopped })
    return ContentLength
  }
  try {
    const keys: string[] = []
    for (const { table, from, to } of wanted) {
      for await (const page of new S3Store(bucket, client).list(`${prefix}${table.name}/`)) {
        signal?.throwIfAborted()
        for (const { key } of page) if (isWanted(table, key.slice(prefix.length), from, to)) keys.push(key)
      }
    }
    let bytes = 0
    await forEach(keys, CONCURRENT_REQUESTS, async key => {
      try {
        const length = await fetchObject(key)
        bytes += length
      } catch (error) {
        failed.abort() // ends the other requests
        throw error
      }
    })
    return { directory, files: keys.length, bytes, remove }
  } catch (error) {
    remove()
    if (signal?.aborted) throw error
    throw unreadable(`s3://${bucket}/${prefix}`, error)
  }
}

/** Whether a key below the prefix is a Parquet file of the table, in a partition from `from` to `to`, both included. */
function isWanted({ name, partitions }: Table, key: string, from: string, to: string): boolean {
  const parts = key.split('/')
  const file = parts.pop() ?? ''
  if (parts.shift() !== name || parts.length !== partitions.length || !/^[^.].*\.parquet$/.test(file)) return false
  return partitions.every((partition, index) => {
    const [, value = ''] = (parts[index] ?? '').split(`${partition.name}=`)
    if (parts[index] !== `${partition.name}=${value}` || value === '') return false
    return partition.type !== 'date' || (/^\d{4}-\d\d-\d\d$/.test(value) && from <= value && value <= to)
  })
}
