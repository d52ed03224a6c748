import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Crc32 } from '@aws-sdk/checksums/crc'
import { rawPrefix } from '../../../handlers/lake/layout.ts'
import { DAY, MIDNIGHT, SEED } from './days.ts'
import { deliveries } from './deliveries.ts'

/** Deliveries that are made; the day repeats them, with other ids. */
const TEMPLATES = 10_000

/** Objects of a listing's page, S3's own. */
const PAGE = 1000

/**
 * An S3 bucket with a day of more objects than a disk likes: each delivery is made when it is asked for. What is put
 * there is taken, and gone.
 * @param ms how long an answer takes
 */
export async function endlessS3(objects: number, ms: number): Promise<{ readonly url: string; stop(): void }> {
  const templates = [...deliveries(TEMPLATES, SEED)].map(String)
  const prefix = rawPrefix('whatsapp', DAY)
  const keyOf = (place: number) => `${prefix}${place.toString(16).padStart(64, '0')}.json`
  const bodyOf = (place: number) =>
    Buffer.from(
      (templates[place % TEMPLATES] ?? '').replaceAll('wamid.', `wamid.${place.toString(36).padStart(6, '0')}`),
    )
  const sizes = templates.map((_, place) => bodyOf(place).length)
  const arrival = (place: number) => new Date(MIDNIGHT + (place / objects) * 86_400_000)

  const listing = (from: number) => {
    const places = Array.from({ length: Math.min(PAGE, objects - from) }, (_, i) => from + i)
    const next = from + places.length
    const contents = places.map(
      place =>
        `<Contents><Key>${keyOf(place)}</Key><LastModified>${arrival(place).toISOString()}</LastModified><Size>${sizes[place % TEMPLATES]}</Size></Contents>`,
    )
    const more =
      next < objects ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>` : ''
    return `<?xml version="1.0"?><ListBucketResult>${contents.join('')}${more}</ListBucketResult>`
  }

  const server = createServer(async (request, response) => {
    request.resume()
    await sleep(ms)
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3')
    const [, place] = /\/([0-9a-f]{64})\.json$/.exec(pathname) ?? []
    if (request.method !== 'GET') return response.writeHead(request.method === 'PUT' ? 200 : 204).end()
    if (searchParams.has('list-type'))
      return response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(listing(Number(searchParams.get('continuation-token') ?? 0)))
    if (place === undefined)
      return response.writeHead(404, { 'content-type': 'application/xml' }).end('<Error><Code>NoSuchKey</Code></Error>')
    const body = bodyOf(Number.parseInt(place, 16))
    const checksum = new Crc32()
    checksum.update(body)
    return response
      .writeHead(200, {
        'content-length': body.length,
        'last-modified': arrival(Number.parseInt(place, 16)).toUTCString(),
        'x-amz-checksum-crc32': Buffer.from(await checksum.digest()).toString('base64'),
      })
      .end(body)
  })
  server.keepAliveTimeout = 60_000 // on a busy machine five seconds end connections that are in use
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
