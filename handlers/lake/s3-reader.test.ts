import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { S3Reader } from './s3-reader.ts'
import { type ScriptedAnswer, s3Error, scriptedS3 } from './testing/scripted-s3.ts'

const TEXT = '{"a":1}'
const CRC32 = { 'x-amz-checksum-crc32': 'Vhusrw==' }
const good: ScriptedAnswer = { status: 200, body: TEXT }

/** What a reader makes of one answer; it asks once, whatever it is. */
async function readingOf(t: TestContext, answer: ScriptedAnswer): Promise<string | undefined> {
  const { client, requests } = await scriptedS3(t, answer)
  const read = await new S3Reader(client, 'raw').get('a')
  assert.equal(requests.length, 1)
  return read?.body.toString()
}

test('a good body takes one request, signed and asking for its checksum', async t => {
  const { client, requests } = await scriptedS3(t, { ...good, headers: { ...CRC32, 'x-amz-meta-a': 'b' } })
  const answer = await new S3Reader(client, 'raw').get('a b/é+.json')
  assert.equal(answer?.body.toString(), TEXT)
  assert.equal(answer.headers['x-amz-meta-a'], 'b')
  const [{ method, url, headers } = assert.fail(), ...more] = requests
  assert.deepEqual([method, url, more.length], ['GET', '/raw/a%20b/%C3%A9%2B.json', 0])
  assert.equal(headers['x-amz-checksum-mode'], 'ENABLED')
  assert.match(
    headers.authorization ?? '',
    /^AWS4-HMAC-SHA256 Credential=chatlake\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=host;x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
  )
})

test('a body is taken whose checksum is right, or that has none and is as long as announced', async t => {
  for (const headers of [
    {},
    CRC32,
    { 'x-amz-checksum-crc64nvme': 'Bg96aNxkN7M=' },
    { 'x-amz-checksum-type': 'FULL_OBJECT' },
  ])
    assert.equal(await readingOf(t, { ...good, headers }), TEXT, JSON.stringify(headers))
  assert.equal(await readingOf(t, { status: 200 }), '')
})

test('a body with another checksum is not taken, nor one whose checksum cannot be told', async t => {
  assert.equal(await readingOf(t, { status: 200, headers: CRC32, body: '{"a":2}' }), undefined)
  for (const headers of [
    { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' },
    { 'x-amz-checksum-sha1': 'the right one, for all that is known' },
    { 'x-amz-checksum-crc32': 'Vhusrw==-2', 'x-amz-checksum-type': 'COMPOSITE' },
    { ...CRC32, 'x-amz-checksum-of-a-later-year': 'x' },
  ])
    assert.equal(await readingOf(t, { ...good, headers }), undefined, JSON.stringify(headers))
})

test('a body that ends early is not taken, nor one of which nobody has said how long it is', {
  timeout: 9000,
}, async t => {
  assert.equal(await readingOf(t, { ...good, sent: 'cut' }), undefined)
  assert.equal(await readingOf(t, { ...good, sent: 'chunked' }), undefined)
})

test('a body that stalls is given up when the client would', { timeout: 9000 }, async t => {
  const { client, requests } = await scriptedS3(t, { ...good, sent: 'stalled' })
  assert.equal(await new S3Reader(client, 'raw').get('a'), null)
  assert.equal(requests.length, 1)
})

test('an answer other than 200 is the client’s to understand', async t => {
  for (const answer of [s3Error(404, 'NoSuchKey'), s3Error(403, 'AccessDenied'), s3Error(500, 'InternalError')])
    assert.equal(await readingOf(t, answer), undefined)
  assert.equal(await readingOf(t, { ...good, status: 206 }), undefined)
})

test('a store that is asked too much is left alone for a moment before the client asks it again', async t => {
  t.mock.method(Math, 'random', () => 4) // two seconds, which no slow machine takes for the rest
  const pauseAfter = async (answer: ScriptedAnswer) => {
    const { client } = await scriptedS3(t, answer)
    const started = performance.now()
    assert.equal(await new S3Reader(client, 'raw').get('a'), null)
    return performance.now() - started
  }
  const answers = [s3Error(503, 'SlowDown'), s3Error(429, 'TooManyRequests'), s3Error(500, 'InternalError')]
  const [slowDown = 0, tooMany = 0, error = 0] = await Promise.all(answers.map(pauseAfter))
  assert.ok(slowDown > 1900 && tooMany > 1900 && error < 1900, `${slowDown}, ${tooMany}, ${error} ms`)
})

test('a clock that the client has found wrong is set right in the signatures', async t => {
  const inAnHour = new Date(Date.now() + 3_600_000)
  const skewed = s3Error(403, 'RequestTimeTooSkewed')
  const refused = { ...skewed, headers: { ...skewed.headers, date: inAnHour.toUTCString() } }
  const { client, requests } = await scriptedS3(t, refused, refused, good)
  const reader = new S3Reader(client, 'raw')
  assert.equal(await reader.get('a'), null)
  await assert.rejects(client.send(new GetObjectCommand({ Bucket: 'raw', Key: 'a' })), { name: 'RequestTimeTooSkewed' })
  assert.equal((await reader.get('a'))?.body.toString(), TEXT)
  const [before, , after] = requests.map(({ headers }) => Date.parse(isoOf(String(headers['x-amz-date']))))
  assert.equal(Math.round(((after ?? 0) - (before ?? 0)) / 60_000), 60)
})

test('a bucket that could not be found once is looked for again', async t => {
  const { client, requests } = await scriptedS3(t, good)
  t.mock.method(client.config, 'signer').mock.mockImplementationOnce(() => Promise.reject(new Error('no region yet')))
  const reader = new S3Reader(client, 'raw')
  assert.equal(await reader.get('a'), null)
  assert.equal((await reader.get('a'))?.body.toString(), TEXT)
  assert.equal(requests.length, 1)
})

/** An instant as signatures have it, 20261124T031500Z. */
const isoOf = (date: string) => date.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5')
