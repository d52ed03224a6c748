import { setMaxListeners } from 'node:events'
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { S3Store } from '../../handlers/lake/s3-store.ts'
import type { Table } from '../../handlers/sources/tables.ts'
import type { S3Location, Wanted } from './lake-part.ts'

/** Partitions of a lake in S3, copied to this machine. */
export interface FetchedLake {
  /** A lake's directory, readable by this user alone. */
  readonly directory: string
  readonly files: number
  readonly bytes: number
  /** Removes the directory. */
  remove(): void
}

/** Files fetched at once. */
const AT_ONCE = 8

/**
 * Copies the tables' partitions of some days from where the transform writes them, `<prefix><table>/…`, into a
 * directory of its own. It is removed by `remove`, when this fails, and at the latest when the process ends.
 */
export async function fetchLake(
  { bucket, prefix }: S3Location,
  { tables, from, to }: Wanted,
  { region, signal }: { readonly region?: string; readonly signal?: AbortSignal } = {},
): Promise<FetchedLake> {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env
  const client = new S3Client({
    forcePathStyle: Boolean(AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL), // an S3 server on a bare address
    ...(region !== undefined && { region }),
  })
  const directory = mkdtempSync(join(tmpdir(), 'chatlake-')) // mode 0700
  const remove = () => {
    process.off('exit', remove)
    rmSync(directory, { recursive: true, force: true })
  }
  process.on('exit', remove)
  const failed = new AbortController()
  const stopped = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
  setMaxListeners(0, stopped) // every file being fetched listens
  try {
    const keys: string[] = []
    for (const table of tables) {
      for await (const page of new S3Store(bucket, client).list(`${prefix}${table.name}/`)) {
        signal?.throwIfAborted()
        for (const { key } of page) if (isWanted(table, key.slice(prefix.length), from, to)) keys.push(key)
      }
    }
    let bytes = 0
    const left = keys.values()
    const fetchNext = async () => {
      for (const key of left) {
        const path = join(directory, 'enriched', key.slice(prefix.length))
        mkdirSync(dirname(path), { recursive: true })
        const command = new GetObjectCommand({ Bucket: bucket, Key: key })
        const { Body, ContentLength = 0 } = await client.send(command, { abortSignal: stopped })
        if (!(Body instanceof Readable)) throw new Error('S3 answered without a body')
        await pipeline(Body, createWriteStream(path), { signal: stopped })
        bytes += ContentLength
      }
    }
    const fetching = Array.from({ length: AT_ONCE }, fetchNext)
    await Promise.all(fetching).catch(async error => {
      failed.abort()
      await Promise.allSettled(fetching) // or one might still write where all is removed
      throw error
    })
    return { directory, files: keys.length, bytes, remove }
  } catch (error) {
    remove()
    if (signal?.aborted) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(`s3://${bucket}/${prefix} cannot be read: ${message}`, { cause: error })
  } finally {
    client.destroy()
  }
}

/** Whether a key below the prefix is a file of the table, in a partition of these days. */
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
