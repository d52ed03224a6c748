import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import fc from 'fast-check'
import type { IngestHandler, InvocationContext } from '../../../handlers/ingest/handler.ts'
import { NOON, OUR_CHAT, SECRETS, sign } from '../../../handlers/ingest/testing/deliveries.ts'
import { openIngest, testThatLogsAreDiscreet } from '../../../handlers/ingest/testing/harness.ts'
import { telegram } from '../../../handlers/sources/telegram/index.ts'
import { whatsapp } from '../../../handlers/sources/whatsapp/index.ts'
import { type Gateway, openGateway } from './gateway.ts'

const LIMIT = 10 * 1024 * 1024

let gateway: Gateway
let events: APIGatewayProxyEvent[]
let contexts: (InvocationContext | undefined)[]
const lastEvent = () => events.at(-1) ?? assert.fail('no event')

/** Records each event. Fails where the event's header `x-do` is `throw`. */
const handler: IngestHandler = async (event, context) => {
  events.push(event)
  contexts.push(context)
  if (event.headers['x-do'] === 'throw') throw new Error('what somebody wrote')
  return { statusCode: 202, headers: { 'x-test': 'e' }, body: 'taken é' }
}

const throwAtOnce = () => {
  throw new Error('what somebody wrote')
}

before(async () => {
  const handlers = new Map<string, IngestHandler>([
    ['here', handler],
    ['broken', throwAtOnce],
  ])
  gateway = await openGateway(handlers, { now: () => NOON })
})

beforeEach(() => {
  events = []
  contexts = []
})

after(() => gateway.close())

interface Sent {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders | string[]
  readonly body?: string | Uint8Array
  readonly agent?: Agent | false
}

/** Sends a request exactly as given: `fetch` would normalise it. */
async function send(
  path: string,
  { method = 'POST', headers = {}, body = '', agent = false }: Sent = {},
  to = gateway,
) {
  const outgoing = request(to.url, { path, method, headers, agent }).end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

/** Writes to a new connection, closes it, and reads what the server sends. */
async function sendRaw(written: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(gateway.url).port) })
  socket.end(written)
  return text(socket)
}

describe('the event of a request', () => {
  test('has the method, path, headers, time of arrival and an id', async () => {
    const answer = await send('/here?a=1', { method: 'PUT', headers: { 'X-Name': 'Value' }, body: 'é' })
    assert.deepEqual([answer.status, answer.headers['x-test'], answer.body], [202, 'e', 'taken é'])
    const { httpMethod, path, headers, multiValueHeaders, requestContext } = lastEvent()
    assert.deepEqual([httpMethod, path, requestContext.requestTimeEpoch], ['PUT', '/here', NOON])
    assert.deepEqual([headers['X-Name'], multiValueHeaders['X-Name']], ['Value', ['Value']])
    assert.ok(requestContext.requestId)
    assert.equal(contexts[0]?.awsRequestId, requestContext.requestId)
  })

  test('has both values of a repeated header, and its last value as the single one', async () => {
    await send('/here', { headers: ['Host', 'x', 'X-Two', 'first', 'X-Two', 'second'] })
    const { headers, multiValueHeaders } = lastEvent()
    assert.deepEqual([multiValueHeaders['X-Two'], headers['X-Two']], [['first', 'second'], 'second'])
  })

  test('has the decoded query, with both values of a repeated name, and its last value as the single one', async () => {
    await send('/here?hub.mode=a%20b%2Fc%3D%26&n=%C3%A9&n=2&empty=')
    const { queryStringParameters, multiValueQueryStringParameters } = lastEvent()
    assert.deepEqual({ ...queryStringParameters }, { 'hub.mode': 'a b/c=&', n: '2', empty: '' })
    assert.deepEqual({ ...multiValueQueryStringParameters }, { 'hub.mode': ['a b/c=&'], n: ['é', '2'], empty: [''] })
  })

  test('has null for an absent query and an absent body', async () => {
    await send('/here', { method: 'GET' })
    const { queryStringParameters, multiValueQueryStringParameters, body } = lastEvent()
    assert.deepEqual([queryStringParameters, multiValueQueryStringParameters, body], [null, null, null])
  })

  test('has headers and parameters named __proto__', async () => {
    await send('/here?__proto__=a&constructor=b', { headers: ['Host', 'x', '__proto__', 'c', 'constructor', 'd'] })
    const { headers, multiValueHeaders, queryStringParameters, multiValueQueryStringParameters } = lastEvent()
    const names = (values: object | null) =>
      Object.entries(values ?? {}).flatMap(([name, value]) => (name === 'Host' ? [] : [`${name}: ${value}`]))
    assert.deepEqual(names(headers).slice(0, 2), ['__proto__: c', 'constructor: d'])
    assert.deepEqual(names(multiValueHeaders).slice(0, 2), ['__proto__: c', 'constructor: d'])
    assert.deepEqual(names(queryStringParameters), ['__proto__: a', 'constructor: b'])
    assert.deepEqual(names(multiValueQueryStringParameters), ['__proto__: a', 'constructor: b'])
  })

  test('has the bytes of the body', async () => {
    const arrived = ({ body, isBase64Encoded }: APIGatewayProxyEvent) =>
      Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000, size: 'max' }), fc.boolean(), async (body, chunked) => {
        await send('/here', { body, headers: chunked ? { 'Transfer-Encoding': 'chunked' } : {} })
        assert.ok(arrived(lastEvent()).equals(body))
      }),
    )
  })
})

describe('responses of the gateway itself', () => {
  for (const path of [
    '/',
    '/here/',
    '/HERE',
    '/here/x',
    '//here',
    '/her%65',
    '/?/here',
    '/__proto__',
    '/constructor',
  ]) {
    test(`404 to ${path}`, async () => {
      assert.equal((await send(path, { body: 'x'.repeat(1e5) })).status, 404)
      assert.deepEqual(events, [])
    })
  }

  test('413 to a body of more than 10 MB, without a call of the handler', async () => {
    assert.equal((await send('/here', { body: Buffer.alloc(LIMIT + 1) })).status, 413)
    assert.deepEqual(events, [])
    assert.equal((await send('/here', { body: Buffer.alloc(LIMIT) })).status, 202)
  })

  for (const [how, path, headers] of [
    ['rejects', '/here', { 'x-do': 'throw' }],
    ['throws', '/broken', {}],
  ] as const) {
    test(`502 for a handler that ${how}, without the reason`, async () => {
      const { status, body } = await send(path, { headers })
      assert.equal(status, 502)
      assert.ok(!body.includes('somebody'))
    })
  }

  for (const target of ['http://', 'http://[', '*', '/here http', 'here', '@127.0.0.1/here', '/\\[', '/here\u0000']) {
    test(`an error to the request target ${JSON.stringify(target)}, and the gateway keeps serving`, async () => {
      const answer = await sendRaw(
        `POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      )
      assert.match(answer, /^HTTP\/1\.1 [45]\d\d /)
      assert.deepEqual(events, [])
      assert.equal((await send('/here')).status, 202)
    })
  }

  test('a query with a wrong percent-encoding is passed on', async () => {
    assert.equal((await send('/here?a=%zz&b=%ff&%')).status, 202)
    assert.equal(lastEvent().queryStringParameters?.a, '%zz')
  })

  test('a body that breaks off is not passed on, and the gateway keeps serving', async () => {
    await sendRaw('POST /here HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this')
    assert.equal((await send('/here')).status, 202)
    assert.equal(events.length, 1)
  })
})

describe('close()', () => {
  /** A gateway with a POST under way, sent with `agent`. `finish` lets the handler answer it. */
  async function openBusyGateway({ agent }: { readonly agent: Agent | false }) {
    const work = new EventEmitter()
    const slow: IngestHandler = async () => {
      const finished = once(work, 'finish')
      work.emit('begin')
      await finished
      return { statusCode: 200, body: 'at last' }
    }
    const idle: IngestHandler = async () => ({ statusCode: 200, body: '' })
    const gateway = await openGateway(new Map(Object.entries({ slow, idle })))
    const begun = once(work, 'begin')
    const underWay = send('/slow', { agent }, gateway)
    await begun
    return { gateway, underWay, finish: () => work.emit('finish') }
  }

  const keepAlive = new Agent({ keepAlive: true })
  after(() => keepAlive.destroy())

  test('waits for the requests under way, accepts no others, and does not wait for idle connections', async () => {
    const { gateway, underWay, finish } = await openBusyGateway({ agent: false })
    await send('/idle', { agent: keepAlive }, gateway)
    let closed = false
    const close = gateway.close().then(() => {
      closed = true
    })
    await assert.rejects(send('/idle', {}, gateway), { code: 'ECONNREFUSED' })
    assert.equal(closed, false)
    finish()
    assert.equal((await underWay).body, 'at last')
    await close
  })

  test('resolves when they are answered, although the sender keeps the connection alive', async () => {
    const { gateway, underWay, finish } = await openBusyGateway({ agent: keepAlive })
    const close = gateway.close()
    finish()
    await underWay
    const late = once(AbortSignal.timeout(2000), 'abort').then(() => assert.fail('still open 2 s later'))
    await Promise.race([close, late])
  })
})

test('openGateway rejects where the port is taken', async () => {
  await assert.rejects(openGateway(new Map(), { port: Number(new URL(gateway.url).port) }), { code: 'EADDRINUSE' })
})

describe('a delivery over the gateway', () => {
  const ingests = { whatsapp: openIngest(whatsapp), telegram: openIngest(telegram) }
  let api: Gateway

  before(async () => {
    const handlers = Object.entries(ingests).map(([name, { handler }]) => [name, handler] as const)
    api = await openGateway(new Map(handlers))
  })

  after(() => api.close())

  test('is preceded by the handshake of WhatsApp', async () => {
    const query = `hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${SECRETS.VERIFY_TOKEN}`
    const { status, headers, body } = await send(`/whatsapp?${query}`, { method: 'GET' }, api)
    assert.deepEqual([status, body], [200, '1158201444'])
    assert.match(String(headers['content-type']), /^text\/plain\b/)
  })

  test('is stored as it was sent, whatever its bytes', async () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const { status } = await send('/whatsapp', { body, headers: { 'x-hub-signature-256': sign(body) } }, api)
    assert.equal(status, 200)
    assert.ok([...ingests.whatsapp.stored.values()].at(-1)?.body.equals(body))
    assert.equal((await send('/whatsapp', { body }, api)).status, 401)
  })

  test('is stored where it is an update of a configured chat', async () => {
    const body = `{"message":{"chat":{"id":${OUR_CHAT}}}}`
    const headers = { 'X-Telegram-Bot-Api-Secret-Token': SECRETS.TELEGRAM_SECRET_TOKEN }
    assert.equal((await send('/telegram', { body, headers }, api)).status, 200)
    assert.equal(ingests.telegram.stored.size, 1)
  })
})

testThatLogsAreDiscreet()
