import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Crc32, Crc64Nvme } from '@aws-sdk/checksums/crc'
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getEndpointFromInstructions } from '@smithy/core/endpoints'
import { escapeUriPath, HttpRequest } from '@smithy/core/protocols'

/** The checksums that objects have: what SDKs send along, and what S3 makes of an object that came with none. */
const CHECKSUMS = { 'x-amz-checksum-crc32': Crc32, 'x-amz-checksum-crc64nvme': Crc64Nvme } as const

/** Answers that ask for fewer requests: the client's first one afterwards comes later, as its own second one would. */
const THROTTLED = [429, 503]
const PAUSE_MS = 500

export interface Answer {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/**
 * Reads objects through an S3 client's own endpoint, credentials, signer and pooled connections, and around its
 * middleware, serializers and body streams, which take four fifths of the CPU of a small GET. For the one case that a
 * day is made of, 200 and the whole body; everything else is the client's.
 */
export class S3Reader {
  readonly #client: S3Client
  readonly #bucket: string
  #target: Promise<Target | null> | undefined

  constructor(client: S3Client, bucket: string) {
    this.#client = client
    this.#bucket = bucket
  }

  /** The object, or null where anything at all is out of the ordinary: then ask the client, which knows all answers. */
  async get(key: string): Promise<Answer | null> {
    try {
      this.#target ??= this.#resolve()
      const target = await this.#target.catch(error => {
        this.#target = undefined // what failed once may succeed the next time
        throw error
      })
      return target && (await this.#fetch(target, key))
    } catch {
      return null
    }
  }

  /** Where the bucket is and how requests to it are signed, as the client would resolve it for every request anew. */
  async #resolve(): Promise<Target | null> {
    const { config } = this.#client
    const where = { Bucket: this.#bucket, Key: 'any' }
    const { url, properties } = await getEndpointFromInstructions(where, GetObjectCommand, config)
    const [scheme] = properties?.authSchemes ?? []
    if (scheme?.name !== 'sigv4') return null
    return { url, signer: await config.signer(scheme) }
  }

  async #fetch({ url, signer }: Target, key: string): Promise<Answer | null> {
    const { config } = this.#client
    const request = new HttpRequest({
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port ? { port: Number(url.port) } : {}),
      path: `${url.pathname.replace(/\/$/, '')}/${escapeUriPath(key)}`,
      headers: { host: url.host, 'x-amz-checksum-mode': 'ENABLED', 'x-amz-content-sha256': EMPTY_SHA256 },
    })
    const signingDate = new Date(Date.now() + config.systemClockOffset)
    const signed = await signer.sign(request, { signingDate })
    const { response } = await config.requestHandler.handle(signed as HttpRequest)
    const body = await bytesOf(response.body)
    if (THROTTLED.includes(response.statusCode)) await sleep(PAUSE_MS * Math.random())
    return response.statusCode === 200 && (await isIntact(response.headers, body))
      ? { headers: response.headers, body }
      : null
  }
}

interface Target {
  readonly url: URL
  readonly signer: Awaited<ReturnType<S3Client['config']['signer']>>
}

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** A stream's bytes; listening costs a small body half of what `for await` does. */
const bytesOf = (stream: IncomingMessage) =>
  new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    stream.on('error', reject)
  })

/** Whether the body is all that was stored: as long as announced, and of the same checksum where there is one. */
async function isIntact(headers: Answer['headers'], body: Buffer): Promise<boolean> {
  if (Number(headers['content-length']) !== body.length) return false
  for (const name in headers) {
    if (!name.startsWith('x-amz-checksum-') || name === 'x-amz-checksum-type') continue
    if (!(name in CHECKSUMS)) return false
    const checksum = new CHECKSUMS[name as keyof typeof CHECKSUMS]()
    checksum.update(body)
    if (Buffer.from(await checksum.digest()).toString('base64') !== headers[name]) return false
  }
  return true
}
