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

/** The most connections, and so requests in flight. A GET takes about 30 ms, and a core sends thousands a second. */
const CONNECTIONS = 256

/** A connection that is idle for this long is closed, and its request retried. The platforms wait 10 s. */
const IDLE_TIMEOUT_MS = 4000

/** Attempts to read a whole body with the SDK, whose own retries end when the body begins. */
const MAX_BODY_ATTEMPTS = 3

/** Attempts of a put that conflicts with another put of the same key (409). */
const MAX_PUT_ATTEMPTS = 5

/** An object store in an S3 bucket. The AWS SDK decides on region, credentials, endpoint and retries. */
export class S3Store implements ObjectStore {
  readonly #client: S3Client
  readonly #bucket: string
  readonly #reader: S3Reader

  constructor(bucket: string, client = s3Client(process.env)) {
    this.#bucket = bucket
    this.#client = client
    this.#reader = new S3Reader(client, bucket)
  }

  /** Uses `If-None-Match: *`. A 412 means that the key exists, a 409 that another put of it is in progress. */
  async putIfAbsent(
    key: string,
    body: Uint8Array,
    receivedAt: number,
    deadline?: Deadline,
  ): Promise<'created' | 'exists'> {
    const signal = deadline?.signal
    for (let attempt = 1; ; attempt++) {
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
        if (status !== 409 || attempt === MAX_PUT_ATTEMPTS) throw error
        await sleep(50 * 2 ** attempt * Math.random(), undefined, signal ? { signal } : {})
      }
    }
  }

  async put(key: string, body: Body): Promise<void> {
    // In one piece: a stream cannot be sent again in a retry.
    const whole = body instanceof Uint8Array ? body : Buffer.concat(body)
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: whole }))
  }

  async get(key: string): Promise<StoredObject | null> {
    const response = await this.#reader.get(key)
    if (response === 'missing') return null
    if (response) {
      const { headers, body } = response
      const lastModified = Date.parse(headers['last-modified'] ?? '') || 0
      return { body, receivedAt: arrival(headers['x-amz-meta-received-at'], lastModified) }
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#getBySdk(key)
      } catch (error) {
        if (error instanceof NoSuchKey) return null
        if (attempt === MAX_BODY_ATTEMPTS || isFromSdk(error)) throw error
      }
    }
  }

  async #getBySdk(key: string): Promise<StoredObject> {
    const object = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }))
    if (!object.Body) throw new Error('the response of S3 has no body')
    return {
      body: await object.Body.transformToByteArray(),
      receivedAt: arrival(object.Metadata?.['received-at'], object.LastModified?.getTime()),
    }
  }

  readEach(objects: Iterable<ObjectSummary>, reader: ObjectReader): Promise<void> {
    return prefetch(objects, key => this.get(key), reader, CONNECTIONS)
  }

  async *list(prefix: string, after?: string, deadline?: Deadline): AsyncIterable<readonly ObjectSummary[]> {
    const input = {
      Bucket: this.#bucket,
      Prefix: prefix,
      ...(after ? { StartAfter: after } : {}),
    }
    const options = deadline ? { abortSignal: deadline.signal } : {}
    for await (const page of paginateListObjectsV2({ client: this.#client }, input, options)) {
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

/** Uses path-style addresses with a custom endpoint, which rarely has a host name for each bucket. */
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

/** Arrival in epoch milliseconds: from the metadata, else when the object was written. */
function arrival(receivedAt = '', lastModified = 0): number {
  const instant = parseInstant(receivedAt)
  return Number.isNaN(instant) ? lastModified : instant
}

const statusOf = (error: unknown) => (error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined)

/** Whether the SDK itself failed, after its own retries. An incomplete body is not such an error. */
const isFromSdk = (error: unknown) => error instanceof Error && '$metadata' in error
