import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { S3Store } from './s3-store.ts'
import { s3Error, scriptedS3 } from './testing/scripted-s3.ts'
import { listed } from './testing/stores.ts'

/* Responses that a real server does not give on demand; object-store.test.ts tests with a real one. */

const ARRIVAL = Date.parse('2026-11-24T03:15:00.123Z')
const body = Buffer.from('{}')
const stored = { status: 200 }
const exists = s3Error(412, 'PreconditionFailed')
const conflict = s3Error(409, 'ConditionalRequestConflict')

test('putIfAbsent sends If-None-Match and stores the arrival as metadata', async t => {
  const { client, requests } = await scriptedS3(t, stored)
  assert.equal(await new S3Store('raw', client).putIfAbsent('a/b.json', body, ARRIVAL), 'created')
  const [{ method, url, headers } = assert.fail()] = requests
  assert.deepEqual([method, url?.split('?')[0]], ['PUT', '/raw/a/b.json'])
  assert.equal(headers['if-none-match'], '*')
  assert.equal(headers['x-amz-meta-received-at'], '2026-11-24T03:15:00.123Z')
})

test('412 means that the key exists', async t => {
  const { client, requests } = await scriptedS3(t, exists)
  assert.equal(await new S3Store('raw', client).putIfAbsent('a', body, ARRIVAL), 'exists')
  assert.equal(requests.length, 1)
})

test('409 means that another put is in progress: it is retried until one of them has won', async t => {
  const won = await scriptedS3(t, conflict, conflict, stored)
  assert.equal(await new S3Store('raw', won.client).putIfAbsent('a', body, ARRIVAL), 'created')
  assert.equal(won.requests.length, 3)
  assert.ok(won.requests.every(({ headers }) => headers['if-none-match'] === '*'))

  const lost = await scriptedS3(t, conflict, exists)
  assert.equal(await new S3Store('raw', lost.client).putIfAbsent('a', body, ARRIVAL), 'exists')
  assert.equal(lost.requests.length, 2)
})

test('a put that always conflicts fails after some attempts, and earlier if it is aborted', async t => {
  const { client, requests } = await scriptedS3(t, conflict)
  const store = new S3Store('raw', client)
  await assert.rejects(() => store.putIfAbsent('a', body, ARRIVAL), { name: 'ConditionalRequestConflict' })
  assert.ok(requests.length > 1 && requests.length < 20)
  const before = requests.length
  await assert.rejects(() => store.putIfAbsent('a', body, ARRIVAL, { signal: AbortSignal.abort() }))
  assert.equal(requests.length, before)
})

test('a put that fails or is denied throws', async t => {
  for (const failure of [s3Error(500, 'InternalError'), s3Error(503, 'SlowDown'), s3Error(403, 'AccessDenied')]) {
    const store = new S3Store('raw', (await scriptedS3(t, failure)).client)
    await assert.rejects(() => store.putIfAbsent('a', body, ARRIVAL))
    await assert.rejects(() => store.put('a', body))
  }
})

test('if received-at is no UTC instant, the arrival is LastModified', async t => {
  const lastModified = 'Tue, 24 Nov 2026 03:15:07 GMT'
  const arrivalOf = async (metadata: Record<string, string>) => {
    const headers = { 'last-modified': lastModified, ...metadata }
    const { client } = await scriptedS3(t, { status: 200, headers, body: 'x' })
    return (await new S3Store('raw', client).get('a'))?.receivedAt
  }
  assert.equal(await arrivalOf({ 'x-amz-meta-received-at': '2026-11-24T03:15:00.123Z' }), ARRIVAL)
  for (const garbage of [
    '',
    'yesterday',
    'NaN',
    '2026-11-24T03:15:61.000Z',
    '7',
    'delivery 7',
    '1795490100',
    'Nov 2026',
  ])
    assert.equal(await arrivalOf({ 'x-amz-meta-received-at': garbage }), Date.parse(lastModified), garbage)
  assert.equal(await arrivalOf({}), Date.parse(lastModified))
})

test('get gives null only for a missing key: a missing or denied bucket must not look empty, and throws', async t => {
  const get = async (response: Parameters<typeof scriptedS3>[1]) =>
    new S3Store('raw', (await scriptedS3(t, response)).client).get('a')
  assert.equal(await get(s3Error(404, 'NoSuchKey')), null)
  for (const failure of [s3Error(404, 'NoSuchBucket'), s3Error(403, 'AccessDenied'), s3Error(500, 'InternalError')])
    await assert.rejects(() => get(failure))
})

test('a listing that fails throws, also on its second page', async t => {
  const page = `<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>
    <Contents><Key>a</Key><LastModified>2026-11-24T03:15:07.000Z</LastModified></Contents></ListBucketResult>`
  const { client, requests } = await scriptedS3(t, { status: 200, body: page }, s3Error(500, 'InternalError'))
  await assert.rejects(() => listed(new S3Store('raw', client), 'a', 'Z'), { name: 'InternalError' })
  assert.match(requests[0]?.url ?? '', /start-after=Z/)
  assert.match(requests[1]?.url ?? '', /continuation-token=more/)
})

test('a complete body is read without the SDK; a corrupt one is read again with it, and never returned', async t => {
  const good = { status: 200, headers: { 'x-amz-checksum-crc32': 'Vhusrw==' }, body: '{"a":1}' }
  const corrupt = { ...good, body: '{"a":2}' }
  const bySdk = ({ headers }: IncomingMessage) => headers['amz-sdk-invocation-id'] !== undefined
  for (const corruptCount of [0, 1, 3]) {
    const { client, requests } = await scriptedS3(t, ...Array<typeof corrupt>(corruptCount).fill(corrupt), good)
    assert.equal(Buffer.from((await new S3Store('raw', client).get('a'))?.body ?? []).toString(), '{"a":1}')
    assert.deepEqual(requests.map(bySdk), [false, ...Array<boolean>(corruptCount).fill(true)])
  }
  const broken = await scriptedS3(t, corrupt)
  await assert.rejects(() => new S3Store('raw', broken.client).get('a'), /[Cc]hecksum/)
  assert.equal(broken.requests.length, 4)
})

test('an idle connection is closed after some seconds, and its request retried', async t => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.after(() => {
    silent.close()
    silent.closeAllConnections()
  })
  const { port } = silent.address() as AddressInfo
  let requests = 0
  silent.on('request', (_, response) => {
    if (++requests > 1) response.writeHead(200, { 'content-length': 1 }).end('x')
  })
  const environment = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 's',
    AWS_REGION: 'us-east-1',
  }
  const before = { ...process.env }
  Object.assign(process.env, environment)
  t.after(() => {
    process.env = before
  })
  const start = Date.now()
  assert.equal(Buffer.from((await new S3Store('raw').get('a'))?.body ?? []).toString(), 'x')
  assert.equal(requests, 2)
  assert.ok(Date.now() - start < 9000)
})
