import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import { buffer } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomOf } from '../../../handlers/sources/testing/random.ts'

/*
 * A proxy in front of an S3 server that injects faults into requests and answers at random. It keeps the Host header,
 * because the requests' signature covers it.
 */

export interface FaultyS3 {
  readonly url: string
  /** How often each fault was injected. */
  readonly faults: ReadonlyMap<string, number>
  /** From now on every request passes unchanged. */
  stopFaults(): void
  /** Waits until no request is under way, also none of a client that was killed. */
  idle(): Promise<void>
  close(): void
}

export interface FaultyS3Options {
  /** The S3 server's address. */
  readonly endpoint: string
  readonly seed: number
  /**
   * The approximate number of objects of a day. From it follow the probabilities of the faults that end a transform: about
   * half of the runs succeed.
   */
  readonly objectsPerDay: number
  /** Alters answers, for a sabotage. */
  readonly alter?: (request: IncomingMessage, answer: Answer) => Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A request under way. */
interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: Buffer
  /** Passes the request to the S3 server, with its own body unless another is given. */
  readonly pass: (body?: Buffer) => Promise<Answer>
  /** A random delay in milliseconds. */
  readonly pause: number
}

type Fault = (exchange: Exchange) => Promise<unknown> | unknown

/** Keys per page of a listing: S3 has 1,000; fewer give several pages to a listing of a few hundred keys. */
const KEYS_PER_PAGE = 97

const errorAnswer = (status: number, code: string): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  ),
})

const flipped = (body: Buffer) => {
  const bad = Buffer.from(body)
  if (bad.length > 0) bad[bad.length >> 1] = (bad[bad.length >> 1] ?? 0) ^ 1
  return bad
}

/** Refuses the request and does not pass it on. */
const refuse =
  (status: number, code: string): Fault =>
  ({ response }) =>
    send(response, errorAnswer(status, code))

/** Passes the request on and answers with an error nevertheless. */
const refuseAfterwards =
  (status: number, code: string): Fault =>
  async ({ pass, response }) => {
    await pass()
    send(response, errorAnswer(status, code))
  }

const SLOW_DOWN = refuse(503, 'SlowDown')
const ERROR = refuse(500, 'InternalError')
const EXPIRED = refuse(400, 'ExpiredToken')
const RESET: Fault = ({ request }) => request.socket.resetAndDestroy()

const RESET_AFTER: Fault = async ({ pass, request }) => {
  await pass()
  request.socket.resetAndDestroy()
}

const SLOW: Fault = async ({ pass, response, pause }) => {
  const { status, headers, body } = await pass()
  await sleep(pause)
  response.writeHead(status, headers)
  for (let at = 0; at < body.length; at += Math.ceil(body.length / 4)) {
    response.write(body.subarray(at, at + Math.ceil(body.length / 4)))
    await sleep(pause / 8)
  }
  response.end()
}

const FLIPPED: Fault = async ({ pass, response }) => {
  const answer = await pass()
  send(response, { ...answer, body: flipped(answer.body) })
}

/** Sends half of the body, then resets the connection (cut) or sends nothing more (stalled). */
const half =
  (end: 'cut' | 'stalled'): Fault =>
  async ({ pass, request, response, pause }) => {
    const { status, headers, body } = await pass()
    response.writeHead(status, { ...headers, 'content-length': String(body.length) })
    response.write(body.subarray(0, body.length >> 1))
    await sleep(pause / 8)
    if (end === 'cut') request.socket.resetAndDestroy()
    else await gone(response)
  }

/** Never answers: ends when the client gives up or is killed. */
const HANGING: Fault = ({ response }) => gone(response)

/** Waits until the client has closed the connection, which it may have done already. */
const gone = (response: ServerResponse) => finished(response).catch(() => {})

const RETRIED_BY_ALL = { SlowDown: [SLOW_DOWN, 0.006], InternalError: [ERROR, 0.006], reset: [RESET, 0.006] } as const

/** How often a corrupted body is fetched: by the transform's reader, by the SDK, and twice more by the store. */
const FETCHES_OF_A_BODY = 4

const STAYS_BROKEN = 'a bit flipped, also in every retry'

/** The faults of each kind of request with their probabilities. @param rare that of a fault that ends a transform */
const faultsOf = (rare: number): Readonly<Record<string, Readonly<Record<string, readonly [Fault, number]>>>> => ({
  PUT: {
    SlowDown: [SLOW_DOWN, 0.02],
    InternalError: [ERROR, 0.02],
    'InternalError after the write': [refuseAfterwards(500, 'InternalError'), 0.02],
    'reset before the write': [RESET, 0.02],
    'reset after the write': [RESET_AFTER, 0.02],
    'reset amid the body': [
      async ({ pass, request, body }) => {
        await pass(body.subarray(0, body.length >> 1)).catch(() => {})
        request.socket.resetAndDestroy()
      },
      0.01,
    ],
    slow: [SLOW, 0.02],
    'a bit flipped': [async ({ pass, response, body }) => send(response, await pass(flipped(body))), 0.01],
    409: [refuse(409, 'ConditionalRequestConflict'), 0.02],
    '409 after the write': [refuseAfterwards(409, 'ConditionalRequestConflict'), 0.01],
    'sent twice by the network': [
      async ({ pass, response }) => send(response, (await Promise.all([pass(), pass()]))[1]),
      0.02,
    ],
    'expired credentials': [EXPIRED, 0.005],
    'wrong clock': [refuse(403, 'RequestTimeTooSkewed'), 0.005],
    'no answer': [HANGING, 0.001],
  },
  GET: {
    ...RETRIED_BY_ALL,
    slow: [SLOW, 0.01],
    'truncated body': [half('cut'), 0.015],
    'a bit flipped': [FLIPPED, 0.015],
    [STAYS_BROKEN]: [FLIPPED, rare],
    'wrong checksum': [
      async ({ pass, response }) => {
        const { headers, ...answer } = await pass()
        const checksums = Object.keys(headers).filter(name => /^x-amz-checksum-crc/.test(name))
        send(response, {
          ...answer,
          headers: { ...headers, ...Object.fromEntries(checksums.map(it => [it, 'AAAAAA=='])) },
        })
      },
      0.015,
    ],
    'expired credentials': [EXPIRED, 0.005],
    'stalled body': [half('stalled'), 0.0005],
  },
  LIST: {
    SlowDown: [SLOW_DOWN, 0.03],
    InternalError: [ERROR, 0.03],
    reset: [RESET, 0.03],
    slow: [SLOW, 0.03],
    'truncated body': [half('cut'), 0.01],
    'expired credentials': [EXPIRED, 0.01],
  },
  DELETE: { ...RETRIED_BY_ALL, 'reset after the write': [RESET_AFTER, 0.1] },
})

/** The share of listings in which a page comes a second time before the next page. It ends a transform, too. */
const REPEATED_PAGES_SHARE = 0.2

export async function openFaultyS3({ endpoint, seed, objectsPerDay, alter }: FaultyS3Options): Promise<FaultyS3> {
  const { hostname, port } = new URL(endpoint)
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const repeatedPages = Math.min(0.2, (REPEATED_PAGES_SHARE * KEYS_PER_PAGE) / objectsPerDay)
  const kinds = faultsOf(0.15 / objectsPerDay)
  const faults = new Map<string, number>()
  const requests = new Map<string, number>()
  /** By request: the number of its last repetition that still gets a corrupted body. */
  const broken = new Map<string, number>()
  const pages = new Map<string, Page>()
  let isFaultless = false
  let requestsUnderWay = 0

  const server = createServer(async (request, response) => {
    requestsUnderWay++
    request.on('error', () => {}) // the client was killed
    response.on('error', () => {})
    try {
      await handle(request, response, await buffer(request))
    } catch {
      request.socket.destroy()
    } finally {
      requestsUnderWay--
    }
  }).listen(0, '127.0.0.1')
  server.keepAliveTimeout = 2_000
  await once(server, 'listening')
  const address = server.address()

  async function handle(incoming: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const path = incoming.url ?? ''
    const isListing = path.includes('list-type=2')
    const kind = isListing ? 'LIST' : (incoming.method ?? '')
    // What a request gets depends on its path and on how often it was sent, not on the order of the requests.
    const requested = `${kind} ${path.replace(/[?&]x-id=\w+|start-after=[^&]*/g, '')}`
    const times = (requests.get(requested) ?? 0) + 1
    requests.set(requested, times)
    const random = randomOf(seed, requested, times)
    const unaltered = isListing ? () => listing(incoming, body, random.chance(repeatedPages)) : undefined
    const pass = async (sent = body) => {
      const answer = await (unaltered?.() ?? passOn(incoming, sent))
      return alter ? alter(incoming, answer) : answer
    }
    const exchange: Exchange = { request: incoming, response, body, pass, pause: 20 + random.int(280) }
    const isBroken = times <= (broken.get(requested) ?? 0)
    if (isFaultless) return send(response, await pass())
    const [name, fault] = isBroken ? ([STAYS_BROKEN, FLIPPED] as const) : selected(kinds[kind] ?? {}, random.next())
    if (!fault) return send(response, await pass())
    if (name === STAYS_BROKEN && !isBroken) broken.set(requested, times + FETCHES_OF_A_BODY - 1)
    count(`${kind} ${name}`)
    await fault(exchange)
  }

  const count = (name: string) => faults.set(name, (faults.get(name) ?? 0) + 1)

  async function passOn({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const { expect: _, connection: __, ...kept } = headers
    const outgoing = request({ hostname, port, method, path: url, headers: kept, agent })
    const announced = Number(headers['content-length'] ?? 0)
    outgoing.write(body)
    if (body.length < announced) {
      await sleep(1)
      outgoing.destroy()
    } else outgoing.end()
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    return { status: incoming.statusCode ?? 500, headers: incoming.headers, body: await buffer(incoming) }
  }

  /** Answers a listing with pages of KEYS_PER_PAGE keys, cut from the server's larger ones. */
  async function listing(incoming: IncomingMessage, body: Buffer, repeats: boolean): Promise<Answer> {
    const token = new URL(incoming.url ?? '', endpoint).searchParams.get('continuation-token') ?? ''
    const next = pages.get(token)
    if (next?.before && repeats && !isFaultless) {
      count('LIST the page before, again')
      return pageAnswer(next.before, token)
    }
    if (next) return pageAnswer(next, next.next)
    const answer = await passOn(incoming, body)
    const xml = answer.body.toString()
    const contents = xml.match(/<Contents>.*?<\/Contents>/gs) ?? []
    if (answer.status !== 200 || contents.length <= KEYS_PER_PAGE) return answer
    const rest = /<NextContinuationToken>(.*?)<\/NextContinuationToken>/.exec(xml)?.[1]
    const first = cut(contents, rest)
    return pageAnswer(first, first.next)
  }

  /** Cuts a listing into pages and remembers all but the first by their continuation token. @returns the first */
  function cut(contents: readonly string[], rest: string | undefined): Page {
    const first: Page = { contents: contents.slice(0, KEYS_PER_PAGE), next: rest, before: undefined }
    let page = first
    for (let at = KEYS_PER_PAGE; at < contents.length; at += KEYS_PER_PAGE) {
      const next: Page = { contents: contents.slice(at, at + KEYS_PER_PAGE), next: rest, before: page }
      page.next = `page-${pages.size}`
      pages.set(page.next, next)
      page = next
    }
    return first
  }

  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    faults,
    stopFaults() {
      isFaultless = true
    },
    async idle() {
      for (let waited = 0; requestsUnderWay > 0; waited += 20) {
        if (waited > 60_000) throw new Error(`${requestsUnderWay} requests to S3 do not end`)
        await sleep(20)
      }
    },
    close() {
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  }
}

interface Page {
  readonly contents: readonly string[]
  next: string | undefined
  /** Undefined for the first page. */
  readonly before: Page | undefined
}

const pageAnswer = ({ contents }: Page, next: string | undefined): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><IsTruncated>${next !== undefined}</IsTruncated>${
      next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`
    }<KeyCount>${contents.length}</KeyCount>${contents.join('')}</ListBucketResult>`,
  ),
})

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const { 'transfer-encoding': _, connection: __, ...kept } = headers
  response.writeHead(status, { ...kept, 'content-length': body.length }).end(body)
}

/** The fault that a number from 0 to 1 selects, if any. */
function selected(kinds: Readonly<Record<string, readonly [Fault, number]>>, at: number): [string, Fault] | [] {
  let sum = 0
  for (const [name, [fault, probability]] of Object.entries(kinds)) {
    sum += probability
    if (at < sum) return [name, fault]
  }
  return []
}
