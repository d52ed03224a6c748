import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, type S3Client } from '@aws-sdk/client-s3'
import { readBack } from '../../../handlers/lake/testing/read-parquet.ts'
import { must } from './oracle.ts'

export interface ListedObject {
  readonly key: string
  /** Epoch milliseconds. */
  readonly lastModified: number
  readonly etag: string
}

export type Row = Readonly<Record<string, unknown>>

/** What the checks read of a bucket, or of another store. */
export interface Bucket {
  /** @returns null where there is no such object */
  get(key: string): Promise<Buffer | null>
  /** Every object, in the order of the keys. */
  list(): Promise<ListedObject[]>
}

/** A bucket of the lake, read from the S3 server directly and without faults. */
export class LakeBucket implements Bucket {
  readonly name: string
  readonly #client: S3Client

  constructor(name: string, client: S3Client) {
    this.name = name
    this.#client = client
  }

  async get(key: string): Promise<Buffer | null> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.name, Key: key }))
      return Buffer.from((await Body?.transformToByteArray()) ?? [])
    } catch (error) {
      if (error instanceof NoSuchKey) return null
      throw error
    }
  }

  async list(): Promise<ListedObject[]> {
    const objects: ListedObject[] = []
    for (let after: string | undefined; ; after = objects.at(-1)?.key) {
      const page = await this.#client.send(
        new ListObjectsV2Command({ Bucket: this.name, ...(after ? { StartAfter: after } : {}) }),
      )
      for (const { Key = '', LastModified, ETag = '' } of page.Contents ?? []) {
        objects.push({ key: Key, lastModified: LastModified?.getTime() ?? 0, etag: ETag })
      }
      if (!page.IsTruncated) return objects
    }
  }
}

/** The rows of a Parquet file. @throws Violation where the file is not Parquet or incomplete */
export async function rowsOf(key: string, file: Buffer): Promise<Row[]> {
  try {
    return (await readBack(file)).rows as Row[]
  } catch (error) {
    must(false, `${key} (${file.length} bytes) cannot be read: ${error}`)
  }
}
