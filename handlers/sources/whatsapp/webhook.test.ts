import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  type Body,
  ENVIRONMENT,
  NOON,
  PERSON,
  proxyEvent,
  type RequestParts,
  SECRETS,
  sign,
  WHATSAPP_BODY,
  whatsappPost,
} from '../../ingest/testing/deliveries.ts'
import { only, openIngest, testThatLogsAreDiscreet } from '../../ingest/testing/harness.ts'
import { whatsapp } from './index.ts'

const SUCCESS = '{"status":"success"}'
const { WHATSAPP_APP_SECRET, VERIFY_TOKEN } = SECRETS

const verification = (query: Readonly<Record<string, string>> | null) => proxyEvent({ method: 'GET', query })
const subscribe = { 'hub.mode': 'subscribe', 'hub.verify_token': VERIFY_TOKEN, 'hub.challenge': '1158201444' }

describe('WhatsApp: requests and their answers', () => {
  const { VERIFY_TOKEN: _token, ...withoutToken } = ENVIRONMENT
  const { WHATSAPP_APP_SECRET: _secret, ...withoutSecret } = ENVIRONMENT
  const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = subscribe
  const right = whatsappPost()

  const table = [
    // request, answer, what is logged, what is counted, how many objects are stored
    ['GET, mode and token right', verification(subscribe), 200, challenge, 'verified', {}, 0],
    ['GET, wrong token', verification({ ...subscribe, 'hub.verify_token': 'x' }), ...forbidden()],
    ['GET, empty token', verification({ ...subscribe, 'hub.verify_token': '' }), ...forbidden()],
    ['GET, no token', verification({ 'hub.mode': mode, 'hub.challenge': challenge }), ...forbidden()],
    ['GET, wrong mode', verification({ ...subscribe, 'hub.mode': 'unsubscribe' }), ...forbidden()],
    ['GET, no mode', verification({ 'hub.verify_token': token, 'hub.challenge': challenge }), ...forbidden()],
    [
      'GET, no challenge',
      verification({ 'hub.mode': mode, 'hub.verify_token': token }),
      400,
      /./,
      'not_verified',
      { BadRequest: 1 },
      0,
    ],
    ['GET, no query', verification(null), 400, /./, 'not_verified', { BadRequest: 1 }, 0],
    ['GET, a query without hub.*', verification({ a: 'hub.mode' }), 400, /./, 'not_verified', { BadRequest: 1 }, 0],
    ['GET, no token configured', verification(subscribe), ...misconfigured(), withoutToken],
    ['POST, signature right', right, 200, SUCCESS, 'stored', { Stored: 1 }, 1],
    ['POST, not JSON', whatsappPost('{"a":'), 200, SUCCESS, 'stored', { Stored: 1 }, 1],
    ['POST, not UTF-8', whatsappPost(Buffer.from([0xff, 0xc3])), 200, SUCCESS, 'stored', { Stored: 1 }, 1],
    ['POST, empty', whatsappPost(''), 200, SUCCESS, 'stored', { Stored: 1 }, 1],
    ['POST, wrong signature', whatsappPost('{}', { body: '[]' }), ...unauthorized()],
    ['POST, no signature', whatsappPost('{}', { headers: {} }), ...unauthorized()],
    ['POST, no secret configured', right, ...misconfigured(), withoutSecret],
    ...['PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map(
      method => [method, whatsappPost('{}', { method }), 405, /./, undefined, {}, 0] as const,
    ),
  ] as const

  for (const [request, event, status, body, logged, counted, stored, env = ENVIRONMENT] of table) {
    test(`${request}: ${status}`, async () => {
      const outcome = await openIngest(whatsapp, { env }).deliver(event)
      assert.equal(outcome.status, status)
      if (typeof body === 'string') assert.equal(outcome.body, body)
      assert.deepEqual(outcome.logged, logged ? [logged] : [])
      assert.deepEqual(outcome.counted, counted)
      assert.equal(outcome.stored.length, stored)
      assert.equal(outcome.headers.allow, status === 405 ? 'GET, POST' : undefined)
    })
  }

  function forbidden() {
    return [403, 'Nao corresponde', 'not_verified', { Unauthorized: 1 }, 0] as const
  }
  function unauthorized() {
    return [401, /./, 'unauthorized', { Unauthorized: 1 }, 0] as const
  }
  function misconfigured() {
    return [500, /./, 'not_configured', { Misconfigured: 1 }, 0] as const
  }
})

test('the answer to a handshake is the challenge as plain text, which a browser does not render', async () => {
  const challenge = '<b>"1158201444"</b> é'
  const { body, headers } = await openIngest(whatsapp).deliver(
    verification({ ...subscribe, 'hub.challenge': challenge }),
  )
  assert.equal(body, challenge)
  assert.match(String(headers['content-type']), /^text\/plain\b/)
  assert.equal(headers['x-content-type-options'], 'nosniff')
})

test('two verify tokens may be valid at once', async () => {
  const ingest = openIngest(whatsapp, { env: { VERIFY_TOKEN: 'old, new' } })
  const statusFor = async (token: string) =>
    (await ingest.deliver(verification({ ...subscribe, 'hub.verify_token': token }))).status
  assert.deepEqual(await Promise.all(['old', 'new', 'old, new', ''].map(statusFor)), [200, 200, 403, 403])
})

describe('WhatsApp: the signature is over the raw bytes', () => {
  const bodies: Readonly<Record<string, Body>> = {
    'as Meta writes it': WHATSAPP_BODY,
    accents: '{"body":"ação, coração, Conceição"}',
    '@ and /': '{"body":"a@b.example 1/2"}',
    escapes: '{"body":"\\u00e9 \\/ \\u0040 \\u003C \\u0025 \\n"}',
    'a 4-byte emoji': '{"body":"🍰"}',
    'an escaped emoji': '{"body":"\\ud83c\\udf70"}',
    'a lone surrogate, escaped': '{"body":"\\ud83c"}',
    'white space and CRLF': '\r\n{ "body" :\t"x" }\r\n',
    'a byte order mark': '\uFEFF{}',
    'NUL and control characters': '\0\u0001\u007f{}',
    'base64 that is not decoded twice': Buffer.from('{}').toString('base64'),
    'not UTF-8': Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0xc3, 0x28, 0x7d]),
    '3 MB': Buffer.alloc(3 * 1024 * 1024, '{"body":"é🍰"}'),
    empty: '',
  }

  for (const [name, body] of Object.entries(bodies)) {
    test(`a body is stored byte for byte: ${name}`, async () => {
      const bytes = Buffer.from(body)
      const transports = typeof body === 'string' ? [true, false] : [true]
      for (const base64 of transports) {
        const outcome = await openIngest(whatsapp).deliver(whatsappPost(body, { base64 }))
        assert.equal(outcome.status, 200)
        assert.equal(only(outcome).key, expectedKey(bytes))
        assert.ok(only(outcome).body.equals(bytes))
      }
    })
  }

  test('an event without a body is an empty body', async () => {
    for (const base64 of [true, false]) {
      const event = proxyEvent({ headers: { 'X-Hub-Signature-256': sign('') }, body: null, base64 })
      const outcome = await openIngest(whatsapp).deliver(event)
      assert.deepEqual([outcome.status, only(outcome).key], [200, expectedKey('')])
    }
  })

  test('the same JSON in other bytes does not match the signature: 401', async () => {
    const other = JSON.stringify(JSON.parse(WHATSAPP_BODY))
    assert.notEqual(other, WHATSAPP_BODY)
    const { status } = await openIngest(whatsapp).deliver(whatsappPost(WHATSAPP_BODY, { body: other }))
    assert.equal(status, 401)
  })
})

describe('WhatsApp: forms of the signature header', () => {
  const body = WHATSAPP_BODY
  const right = sign(body)
  const hex = right.slice('sha256='.length)
  const header = (value: string, name = 'X-Hub-Signature-256'): RequestParts => ({ headers: { [name]: value } })
  const digest = (algorithm: string, encoding: 'hex' | 'base64') =>
    createHmac(algorithm, WHATSAPP_APP_SECRET).update(body).digest(encoding)

  const forms: Readonly<Record<string, readonly [200 | 401, RequestParts]>> = {
    'as documented': [200, header(right)],
    'lower-case name': [200, header(right, 'x-hub-signature-256')],
    'upper-case name': [200, header(right, 'X-HUB-SIGNATURE-256')],
    'upper-case hex': [200, header(`sha256=${hex.toUpperCase()}`)],
    'only in multiValueHeaders': [200, { headers: null, multiValueHeaders: { 'X-Hub-Signature-256': [right] } }],
    'only in headers': [200, { ...header(right), multiValueHeaders: null }],
    'no headers at all': [401, { headers: null, multiValueHeaders: null }],
    'an empty list of values': [401, { headers: null, multiValueHeaders: { 'X-Hub-Signature-256': [] } }],
    'an empty value': [401, header('')],
    'no digits': [401, header('sha256=')],
    'a digit too few': [401, header(right.slice(0, -1))],
    'a byte too few': [401, header(right.slice(0, -2))],
    'one byte alone': [401, header(right.slice(0, 9))],
    'a digit too many': [401, header(`${right}0`)],
    'a line break at the end': [401, header(`${right}\n`)],
    'no algorithm': [401, header(hex)],
    'not hex': [401, header(`sha256=${'zz'.repeat(32)}`)],
    base64: [401, header(`sha256=${digest('sha256', 'base64')}`)],
    'sha1=': [401, header(`sha1=${digest('sha1', 'hex')}`)],
    'sha1= in the old header': [401, header(`sha1=${digest('sha1', 'hex')}`, 'X-Hub-Signature')],
    'SHA-256 called sha1': [401, header(`sha1=${hex}`)],
    'a hash without the secret': [401, header(`sha256=${createHash('sha256').update(body).digest('hex')}`)],
    'an empty secret': [401, header(sign(body, ''))],
    'the other secret': [401, header(sign(body, VERIFY_TOKEN))],
    'the secret itself': [401, header(WHATSAPP_APP_SECRET)],
    'of another body': [401, header(sign(`${body} `))],
  }

  for (const [form, [status, parts]] of Object.entries(forms)) {
    test(`${form}: ${status}`, async () => {
      const outcome = await openIngest(whatsapp).deliver(whatsappPost(body, parts))
      assert.equal(outcome.status, status)
      assert.equal(outcome.stored.length, status === 200 ? 1 : 0)
    })
  }
})

test('a body that is not authentic is not parsed', async t => {
  const parse = t.mock.method(JSON, 'parse')
  const decide = t.mock.fn(whatsapp.webhook.decide)
  const ingest = openIngest({ ...whatsapp, webhook: { ...whatsapp.webhook, decide } })
  const { status } = await ingest.deliver(whatsappPost(WHATSAPP_BODY, { headers: {} }))
  const parsed = parse.mock.calls.map(({ arguments: [text] }) => text).filter(text => text.includes(PERSON.phone))
  assert.deepEqual([status, parsed, decide.mock.callCount()], [401, [], 0])
})

test('sign() gives the headers of the platform: a delivery with them is authentic', async () => {
  const headers = whatsapp.webhook.sign(Buffer.from(WHATSAPP_BODY), name => ENVIRONMENT[name] ?? '', NOON)
  assert.deepEqual(Object.values(headers), [sign(WHATSAPP_BODY)])
  assert.equal((await openIngest(whatsapp).deliver(whatsappPost(WHATSAPP_BODY, { headers }))).status, 200)
})

test('two app secrets may be valid at once, comma-separated in the variable', async () => {
  const ingest = openIngest(whatsapp, { env: { WHATSAPP_APP_SECRET: 'old , new' } })
  const statusFor = async (secret: string) =>
    (await ingest.deliver(whatsappPost('{}', { headers: { 'X-Hub-Signature-256': sign('{}', secret) } }))).status
  assert.deepEqual(await Promise.all(['old', 'new', 'old , new', ''].map(statusFor)), [200, 200, 401, 401])
})

test('any bytes with a right signature: 200, and stored byte for byte under their key', () =>
  fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400, size: 'max' }), async bytes => {
      const outcome = await openIngest(whatsapp).deliver(whatsappPost(bytes))
      assert.deepEqual([outcome.status, outcome.body], [200, SUCCESS])
      assert.deepEqual(only(outcome), { key: expectedKey(bytes), body: Buffer.from(bytes), receivedAt: NOON })
    }),
  ))

test('any bytes with any wrong signature: 401, and nothing stored', () => {
  const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), maxLength: 66 })
  const bytes = fc.uint8Array({ maxLength: 60 })
  const wrong = fc.oneof(
    fc.string(),
    hex.map(digits => `sha256=${digits}`),
    bytes.map(other => sign(other)),
    fc.nat({ max: 255 }).map(bit => (right: string) => flipped(right, bit)),
    fc.nat({ max: 70 }).map(length => (right: string) => right.slice(0, length)),
  )
  return fc.assert(
    fc.asyncProperty(bytes, wrong, async (body, make) => {
      const right = sign(body)
      const signature = typeof make === 'string' ? make : make(right)
      fc.pre(signature.toLowerCase() !== right)
      const event = whatsappPost(body, { headers: { 'X-Hub-Signature-256': signature } })
      const { status, stored, counted } = await openIngest(whatsapp).deliver(event)
      assert.deepEqual([status, stored, counted], [401, [], { Unauthorized: 1 }])
    }),
  )
})

testThatLogsAreDiscreet()

/** A signature with one bit flipped. */
function flipped(signature: string, bit: number) {
  const bytes = Buffer.from(signature.slice('sha256='.length), 'hex')
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return `sha256=${bytes.toString('hex')}`
}

function expectedKey(body: Body) {
  return `whatsapp/context_date=2026-03-10/${createHash('sha256').update(body).digest('hex')}.json`
}
