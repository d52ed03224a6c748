import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { S3Store } from './s3-store.ts'
import { s3Error, scriptedS3 } from './testing/scripted-s3.ts'
import { listed } from './testing/stores.ts'

/* What no real server can be made to do at will; object-store.test.ts holds a real one to what is true of every store. */

const ARRIVAL = Date.parse('2026-11-24T03:15:00.123Z')
const body = Buffer.from('{}')
const stored = { status: 200 }
const taken = s3Error(412, 'PreconditionFailed')
const raced = s3Error(409, 'ConditionalRequestConflict')

test('a put asks S3 to store only what is absent, and keeps the arrival in the metadata', async t => {
  const { client, requests } = await scriptedS3(t, stored)
  assert.equal(await new S3Store('raw', client).putIfAbsent('a/b.json', body, ARRIVAL), 'created')
  const [{ method, url, headers } = assert.fail()] = requests
  assert.deepEqual([method, url?.split('?')[0]], ['PUT', '/raw/a/b.json'])
  assert.equal(headers['if-none-match'], '*')
  assert.equal(headers['x-amz-meta-received-at'], '2026-11-24T03:15:00.123Z')
})

test('412 means stored before', async t => {
  const { client, requests } = await scriptedS3(t, taken)
  assert.equal(await new S3Store('raw', client).putIfAbsent('a', body, ARRIVAL), 'exists')
  assert.equal(requests.length, 1)
})

test('409 means that another put is under way: it is tried again until it is known who was first', async t => {
  const won = await scriptedS3(t, raced, raced, stored)
  assert.equal(await new S3Store('raw', won.client).putIfAbsent('a', body, ARRIVAL), 'created')
  assert.equal(won.requests.length, 3)
  assert.ok(won.requests.every(({ headers }) => headers['if-none-match'] === '*'))

  const lost = await scriptedS3(t, raced, taken)
  assert.equal(await new S3Store('raw', lost.client).putIfAbsent('a', body, ARRIVAL), 'exists')
  assert.equal(lost.requests.length, 2)
})

test('a race without an end is a failed store, and a deadline ends it early', async t => {
  const { client, requests } = await scriptedS3(t, raced)
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

test('received-at that is not a UTC instant counts as none: the object arrived when it was last modified', async t => {
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

test('only a missing key is null: a bucket that is missing or denied throws, lest its days look empty', async t => {
  const get = async (answer: Parameters<typeof scriptedS3>[1]) =>
    new S3Store('raw', (await scriptedS3(t, answer)).client).get('a')
  assert.equal(await get(s3Error(404, 'NoSuchKey')), null)
  for (const failure of [s3Error(404, 'NoSuchBucket'), s3Error(403, 'AccessDenied'), s3Error(500, 'InternalError')])
    await assert.rejects(() => get(failure))
})

test('a listing that fails throws, on its second page too', async t => {
  const page = `<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>
    <Contents><Key>a</Key><LastModified>2026-11-24T03:15:07.000Z</LastModified></Contents></ListBucketResult>`
  const { client, requests } = await scriptedS3(t, { status: 200, body: page }, s3Error(500, 'InternalError'))
  await assert.rejects(() => listed(new S3Store('raw', client), 'a', 'Z'), { name: 'InternalError' })
  assert.match(requests[0]?.url ?? '', /start-after=Z/)
  assert.match(requests[1]?.url ?? '', /continuation-token=more/)
})

test('a whole body is not the SDK’s business; one that is not what was stored is fetched again, and never handed on', async t => {
  const good = { status: 200, headers: { 'x-amz-checksum-crc32': 'Vhusrw==' }, body: '{"a":1}' }
  const bad = { ...good, body: '{"a":2}' }
  const bySdk = ({ headers }: IncomingMessage) => headers['amz-sdk-invocation-id'] !== undefined
  for (const badOnes of [0, 1, 3]) {
    const { client, requests } = await scriptedS3(t, ...Array<typeof bad>(badOnes).fill(bad), good)
    assert.equal(Buffer.from((await new S3Store('raw', client).get('a'))?.body ?? []).toString(), '{"a":1}')
    assert.deepEqual(requests.map(bySdk), [false, ...Array<boolean>(badOnes).fill(true)])
  }
  const broken = await scriptedS3(t, bad)
  await assert.rejects(() => new S3Store('raw', broken.client).get('a'), /[Cc]hecksum/)
  assert.equal(broken.requests.length, 4)
})

test('a connection on which nothing comes is given up after some seconds, and its request sent again', async t => {
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
