import { setTimeout as sleep } from 'node:timers/promises'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { parseInstant } from './calendar.ts'
import type { ObjectStore, ObjectSummary, StoredObject } from './object-store.ts'

/** How often a put that raced another put of the same key (409) is tried. */
const RACES = 5

/** Objects in an S3 bucket. Region, credentials, endpoint and retries are the AWS SDK's own. */
export class S3Store implements ObjectStore {
  readonly #client: S3Client
  readonly #bucket: string

  /** @param client forcePathStyle is for S3 servers on a bare address, which AWS_ENDPOINT_URL names */
  constructor(bucket: string, client = new S3Client({ forcePathStyle: hasOwnEndpoint(process.env) })) {
    this.#bucket = bucket
    this.#client = client
  }

  /** Exactly once by `If-None-Match: *`: 412 means stored before, 409 that another put is under way. */
  async putIfAbsent(
    key: string,
    body: Uint8Array,
    receivedAt: number,
    signal?: AbortSignal,
  ): Promise<'created' | 'exists'> {
    for (let race = 1; ; race++) {
      const command = new PutObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        Body: body,
        ContentType: 'application/json',
        IfNoneMatch: '*',
        Metadata: { 'received-at': new Date(receivedAt).toISOString() },
      })
      try {
        await this.#client.send(command, signal ? { abortSignal: signal } : {})
        return 'created'
      } catch (error) {
        const status = statusOf(error)
        if (status === 412) return 'exists'
        if (status !== 409 || race === RACES) throw error
        await sleep(50 * 2 ** race * Math.random(), undefined, signal ? { signal } : {})
      }
    }
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body }))
  }

  async get(key: string): Promise<StoredObject | null> {
    try {
      const object = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }))
      if (!object.Body) throw new Error('S3 answered without a body')
      const receivedAt = parseInstant(object.Metadata?.['received-at'] ?? '')
      return {
        body: await object.Body.transformToByteArray(),
        receivedAt: Number.isNaN(receivedAt) ? (object.LastModified?.getTime() ?? 0) : receivedAt,
      }
    } catch (error) {
      if (error instanceof NoSuchKey) return null
      throw error
    }
  }

  async *list(prefix: string, after?: string): AsyncIterable<readonly ObjectSummary[]> {
    const input = {
      Bucket: this.#bucket,
      Prefix: prefix,
      ...(after ? { StartAfter: after } : {}),
    }
    for await (const page of paginateListObjectsV2({ client: this.#client }, input)) {
      yield (page.Contents ?? []).map(({ Key = '', LastModified }) => ({
        key: Key,
        lastModified: LastModified?.getTime() ?? 0,
      }))
    }
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }))
  }
}

const hasOwnEndpoint = (env: NodeJS.ProcessEnv) => Boolean(env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL)

const statusOf = (error: unknown) => (error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined)
