import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { S3Reader } from './s3-reader.ts'
import { type ScriptedResponse, s3Error, scriptedS3 } from './testing/scripted-s3.ts'

const TEXT = '{"a":1}'
const CRC32 = { 'x-amz-checksum-crc32': 'Vhusrw==' }
const good: ScriptedResponse = { status: 200, body: TEXT }

/** A response that must hold an object. */
const found = (read: Awaited<ReturnType<S3Reader['get']>>) => (read === 'missing' ? assert.fail(read) : read)

/** What the reader makes of a response. Checks that it sends one request, whatever the response. */
async function readingOf(t: TestContext, response: ScriptedResponse) {
  const { client, requests } = await scriptedS3(t, response)
  const read = await new S3Reader(client, 'raw').get('a')
  assert.equal(requests.length, 1)
  return read
}

/** The body that the reader takes from a response; undefined if it leaves the response to the client. */
async function bodyOf(t: TestContext, response: ScriptedResponse): Promise<string | undefined> {
  const read = await readingOf(t, response)
  return found(read)?.body.toString()
}

test('a complete body takes one request, which is signed and asks for the checksum', async t => {
  const { client, requests } = await scriptedS3(t, { ...good, headers: { ...CRC32, 'x-amz-meta-a': 'b' } })
  const response = found(await new S3Reader(client, 'raw').get('a b/é+.json'))
  assert.equal(response?.body.toString(), TEXT)
  assert.equal(response.headers['x-amz-meta-a'], 'b')
  const [{ method, url, headers } = assert.fail(), ...more] = requests
  assert.deepEqual([method, url, more.length], ['GET', '/raw/a%20b/%C3%A9%2B.json', 0])
  assert.equal(headers['x-amz-checksum-mode'], 'ENABLED')
  assert.match(
    headers.authorization ?? '',
    /^AWS4-HMAC-SHA256 Credential=chatlake\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=host;x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
  )
})

test('a body is accepted if its checksum is right, or if it has none and the announced length', async t => {
  for (const headers of [
    {},
    CRC32,
    { 'x-amz-checksum-crc64nvme': 'Bg96aNxkN7M=' },
    { 'x-amz-checksum-type': 'FULL_OBJECT' },
  ])
    assert.equal(await bodyOf(t, { ...good, headers }), TEXT, JSON.stringify(headers))
  assert.equal(await bodyOf(t, { status: 200 }), '')
})

test('a body is rejected if its checksum is wrong or cannot be computed', async t => {
  assert.equal(await bodyOf(t, { status: 200, headers: CRC32, body: '{"a":2}' }), undefined)
  for (const headers of [
    { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' },
    { 'x-amz-checksum-sha1': 'possibly the right one' },
    { 'x-amz-checksum-crc32': 'Vhusrw==-2', 'x-amz-checksum-type': 'COMPOSITE' },
    { ...CRC32, 'x-amz-checksum-of-the-future': 'x' },
  ])
    assert.equal(await bodyOf(t, { ...good, headers }), undefined, JSON.stringify(headers))
})

test('a body is rejected if it ends early or its length was not announced', {
  timeout: 9000,
}, async t => {
  assert.equal(await bodyOf(t, { ...good, sent: 'cut' }), undefined)
  assert.equal(await bodyOf(t, { ...good, sent: 'chunked' }), undefined)
})

test('a body that stalls is given up after the timeout of the client', { timeout: 9000 }, async t => {
  const { client, requests } = await scriptedS3(t, { ...good, sent: 'stalled' })
  assert.equal(await new S3Reader(client, 'raw').get('a'), null)
  assert.equal(requests.length, 1)
})

test('a key that does not exist is missing', async t => {
  assert.equal(await readingOf(t, s3Error(404, 'NoSuchKey')), 'missing')
})

test('any other response than 200 is left to the client', async t => {
  for (const response of [
    s3Error(404, 'NoSuchBucket'),
    s3Error(404, 'NotFound'),
    s3Error(403, 'AccessDenied'),
    s3Error(500, 'InternalError'),
  ])
    assert.equal(await bodyOf(t, response), undefined)
  assert.equal(await bodyOf(t, { ...good, status: 206 }), undefined)
})

test('a response that asks for fewer requests is followed by a pause', async t => {
  t.mock.method(Math, 'random', () => 4) // a pause of two seconds, much longer than the rest takes
  const pauseAfter = async (response: ScriptedResponse) => {
    const { client } = await scriptedS3(t, response)
    const started = performance.now()
    assert.equal(await new S3Reader(client, 'raw').get('a'), null)
    return performance.now() - started
  }
  const responses = [s3Error(503, 'SlowDown'), s3Error(429, 'TooManyRequests'), s3Error(500, 'InternalError')]
  const [slowDown = 0, tooMany = 0, error = 0] = await Promise.all(responses.map(pauseAfter))
  assert.ok(slowDown > 1900 && tooMany > 1900 && error < 1900, `${slowDown}, ${tooMany}, ${error} ms`)
})

test('signatures use the clock offset that the client has found', async t => {
  const inAnHour = new Date(Date.now() + 3_600_000)
  const skewed = s3Error(403, 'RequestTimeTooSkewed')
  const refused = { ...skewed, headers: { ...skewed.headers, date: inAnHour.toUTCString() } }
  const { client, requests } = await scriptedS3(t, refused, refused, good)
  const reader = new S3Reader(client, 'raw')
  assert.equal(await reader.get('a'), null)
  await assert.rejects(client.send(new GetObjectCommand({ Bucket: 'raw', Key: 'a' })), { name: 'RequestTimeTooSkewed' })
  assert.equal(found(await reader.get('a'))?.body.toString(), TEXT)
  const [before, , after] = requests.map(({ headers }) => Date.parse(isoOf(String(headers['x-amz-date']))))
  assert.equal(Math.round(((after ?? 0) - (before ?? 0)) / 60_000), 60)
})

test('an endpoint that could not be resolved is resolved again for the next object', async t => {
  const { client, requests } = await scriptedS3(t, good)
  t.mock.method(client.config, 'signer').mock.mockImplementationOnce(() => Promise.reject(new Error('no region yet')))
  const reader = new S3Reader(client, 'raw')
  assert.equal(await reader.get('a'), null)
  assert.equal(found(await reader.get('a'))?.body.toString(), TEXT)
  assert.equal(requests.length, 1)
})

/** Converts the date of a signature, 20261124T031500Z, to ISO 8601. */
const isoOf = (date: string) => date.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5')
