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
import type { Body, Deadline, ObjectReader, ObjectStore, ObjectSummary, StoredObject } from './object-store.ts'
import { prefetch } from './prefetch.ts'
import { S3Reader } from './s3-reader.ts'

/** Connections, and with them requests in flight. A GET takes some 30 ms, and a core sends thousands in a second. */
const CONNECTIONS = 256

/** A connection on which nothing moves for so long is given up, and its request sent again: the platforms wait 10 s. */
const IDLE_TIMEOUT_MS = 4000

/** How often a body that breaks off is fetched: the SDK's own retries end where the body begins. */
const MAX_BODY_ATTEMPTS = 3

/** How often a put that raced another put of the same key (409) is tried. */
const MAX_PUT_ATTEMPTS = 5

/** Objects in an S3 bucket. Region, credentials, endpoint and retries are the AWS SDK's own. */
export class S3Store implements ObjectStore {
  readonly #client: S3Client
  readonly #bucket: string

  readonly #reader: S3Reader

  constructor(bucket: string, client = s3Client(process.env)) {
    this.#bucket = bucket
    this.#client = client
    this.#reader = new S3Reader(client, bucket)
  }

  /** Exactly once by `If-None-Match: *`: 412 means stored before, 409 that another put is under way. */
  async putIfAbsent(
    key: string,
    body: Uint8Array,
    receivedAt: number,
    deadline?: Deadline,
  ): Promise<'created' | 'exists'> {
    const signal = deadline?.signal
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
        if (status !== 409 || race === MAX_PUT_ATTEMPTS) throw error
        await sleep(50 * 2 ** race * Math.random(), undefined, signal ? { signal } : {})
      }
    }
  }

  async put(key: string, body: Body): Promise<void> {
    // One piece: a stream could not be sent again.
    const whole = body instanceof Uint8Array ? body : Buffer.concat(body)
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: whole }))
  }

  async get(key: string): Promise<StoredObject | null> {
    const answer = await this.#reader.get(key)
    if (answer) {
      const { headers, body } = answer
      const lastModified = Date.parse(headers['last-modified'] ?? '') || 0
      return { body, receivedAt: arrival(headers['x-amz-meta-received-at'], lastModified) }
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#getBySdk(key)
      } catch (error) {
        if (error instanceof NoSuchKey) return null
        if (attempt === MAX_BODY_ATTEMPTS || hasAnswer(error)) throw error
      }
    }
  }

  async #getBySdk(key: string): Promise<StoredObject> {
    const object = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }))
    if (!object.Body) throw new Error('S3 answered without a body')
    return {
      body: await object.Body.transformToByteArray(),
      receivedAt: arrival(object.Metadata?.['received-at'], object.LastModified?.getTime()),
    }
  }

  readEach(objects: Iterable<ObjectSummary>, visit: ObjectReader): Promise<void> {
    return prefetch(objects, key => this.get(key), visit, CONNECTIONS)
  }

  async *list(prefix: string, after?: string): AsyncIterable<readonly ObjectSummary[]> {
    const input = {
      Bucket: this.#bucket,
      Prefix: prefix,
      ...(after ? { StartAfter: after } : {}),
    }
    for await (const page of paginateListObjectsV2({ client: this.#client }, input)) {
      yield (page.Contents ?? []).map(({ Key = '', LastModified, Size = 0 }) => ({
        key: Key,
        lastModified: LastModified?.getTime() ?? 0,
        size: Size,
      }))
    }
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }))
  }
}

/** Addresses buckets by path at an endpoint of the user's own: it rarely has a host name for each bucket. */
export const pathStyle = (env: NodeJS.ProcessEnv) => ({
  forcePathStyle: Boolean(env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL),
})

function s3Client(env: NodeJS.ProcessEnv): S3Client {
  const agent = { keepAlive: true, maxSockets: CONNECTIONS }
  return new S3Client({
    ...pathStyle(env),
    requestHandler: {
      connectionTimeout: IDLE_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      httpAgent: agent,
      httpsAgent: agent,
    },
  })
}

/** When an object arrived: what its metadata says, else when it was written. */
function arrival(receivedAt = '', lastModified = 0): number {
  const instant = parseInstant(receivedAt)
  return Number.isNaN(instant) ? lastModified : instant
}

const statusOf = (error: unknown) => (error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined)

/** Whether the SDK gave up on a request, having retried it by its own rules; a body that breaks off is none of them. */
const hasAnswer = (error: unknown) => error instanceof Error && '$metadata' in error
