import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { S3Store } from '../../handlers/lake/s3-store.ts'
import type { Table } from '../../handlers/lake/tables.ts'
import { maskText } from './sql-text.ts'

/** Partitions of a lake in S3, copied to this machine. */
export interface FetchedLake {
  /** A lake's directory, readable by this user alone. */
  readonly directory: string
  readonly files: number
  readonly bytes: number
  /** Removes the directory. */
  remove(): void
}

export interface Wanted {
  readonly tables: readonly Table[]
  /** Days, both included, `YYYY-MM-DD`. */
  readonly from: string
  readonly to: string
}

/** Files fetched at once. */
const AT_ONCE = 8

/** A bucket, and the prefix in it, empty or with its final `/`. */
export interface S3Location {
  readonly bucket: string
  readonly prefix: string
}

/** Reads `s3://bucket` and `s3://bucket/prefix`; undefined for what is no address in S3. */
export function parseS3(url: string): S3Location | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]+)\/?(.*?)\/*$/.exec(url) ?? []
  return bucket === undefined ? undefined : { bucket, prefix: prefix && `${prefix}/` }
}

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

/**
 * The days that a query can read: its range where each table that it names has `where context_date between cast(? as
 * date) and cast(? as date)`, and otherwise, as far as can be seen from its text, every day.
 */
export function readsOnlyRange(sql: string, tables: readonly Table[]): boolean {
  const text = maskText(sql, { names: true })
  const named = tables.reduce((sum, { name }) => sum + (text.match(new RegExp(`\\b${name}\\b`, 'gi'))?.length ?? 0), 0)
  const day = String.raw`cast\s*\(\s*\?\s+as\s+date\s*\)`
  const ranges = text.match(new RegExp(String.raw`\bwhere\s+context_date\s+between\s+${day}\s+and\s+${day}`, 'gi'))
  return named === (ranges?.length ?? 0) && !/\bor\b/i.test(text)
}

/** The tables that a query names; more than it reads, perhaps, but never fewer. */
export const namedTables = (sql: string, tables: readonly Table[]): Table[] =>
  tables.filter(({ name }) => new RegExp(`\\b${name}\\b`, 'i').test(sql))
