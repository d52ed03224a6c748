import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Crc32 } from '@aws-sdk/checksums/crc'
import { rawPrefix } from '../../../handlers/lake/layout.ts'
import { DAY, MIDNIGHT, SEED } from './days.ts'
import { deliveries } from './deliveries.ts'

/** Number of different deliveries. The day repeats them with other ids. */
const TEMPLATES = 10_000

/** Objects per page of a listing, like S3. */
const PAGE = 1000

/**
 * Starts an S3 server with a day of many objects that need no disk: each is generated when it is read. A put succeeds
 * and stores nothing.
 * @param ms duration of every answer
 */
export async function endlessS3(objects: number, ms: number): Promise<{ readonly url: string; stop(): void }> {
  const templates = [...deliveries(TEMPLATES, SEED)].map(String)
  const prefix = rawPrefix('whatsapp', DAY)
  const keyOf = (index: number) => `${prefix}${index.toString(16).padStart(64, '0')}.json`
  const bodyOf = (index: number) =>
    Buffer.from(
      (templates[index % TEMPLATES] ?? '').replaceAll('wamid.', `wamid.${index.toString(36).padStart(6, '0')}`),
    )
  const sizes = templates.map((_, index) => bodyOf(index).length)
  const arrival = (index: number) => new Date(MIDNIGHT + (index / objects) * 86_400_000)

  const listing = (from: number) => {
    const indexes = Array.from({ length: Math.min(PAGE, objects - from) }, (_, i) => from + i)
    const next = from + indexes.length
    const contents = indexes.map(
      index =>
        `<Contents><Key>${keyOf(index)}</Key><LastModified>${arrival(index).toISOString()}</LastModified><Size>${sizes[index % TEMPLATES]}</Size></Contents>`,
    )
    const more =
      next < objects ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>` : ''
    return `<?xml version="1.0"?><ListBucketResult>${contents.join('')}${more}</ListBucketResult>`
  }

  const server = createServer(async (request, response) => {
    request.resume()
    await sleep(ms)
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3')
    const [, index] = /\/([0-9a-f]{64})\.json$/.exec(pathname) ?? []
    if (request.method !== 'GET') return response.writeHead(request.method === 'PUT' ? 200 : 204).end()
    if (searchParams.has('list-type'))
      return response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(listing(Number(searchParams.get('continuation-token') ?? 0)))
    if (index === undefined)
      return response.writeHead(404, { 'content-type': 'application/xml' }).end('<Error><Code>NoSuchKey</Code></Error>')
    const body = bodyOf(Number.parseInt(index, 16))
    const checksum = new Crc32()
    checksum.update(body)
    return response
      .writeHead(200, {
        'content-length': body.length,
        'last-modified': arrival(Number.parseInt(index, 16)).toUTCString(),
        'x-amz-checksum-crc32': Buffer.from(await checksum.digest()).toString('base64'),
      })
      .end(body)
  })
  server.keepAliveTimeout = 60_000 // with the default of five seconds, connections in use are closed on a busy machine
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
