import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import type { IngestHandler } from '../../../handlers/ingest/handler.ts'

/**
 * The largest body that API Gateway accepts, in bytes.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const PAYLOAD_LIMIT = 10 * 1024 * 1024

export interface Gateway {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Accepts no more requests, and resolves when those under way are answered. */
  close(): Promise<void>
}

/**
 * Serves the webhooks over HTTP on this machine. It passes requests on as API Gateway does, as REST API proxy events, to
 * the handlers that run in AWS.
 * @param handlers the handlers by path, without its leading slash
 * @param options.port 0 for any free port
 * @param options.now the time of a request's arrival, in epoch milliseconds
 * @throws where the port is taken
 */
export async function openGateway(
  handlers: ReadonlyMap<string, IngestHandler>,
  { port = 0, now = Date.now }: { readonly port?: number; readonly now?: () => number } = {},
): Promise<Gateway> {
  const server = createServer(async (request, response) => {
    try {
      const { statusCode, headers, body } = await proxy(handlers, request, now())
      if (!server.listening) response.setHeader('connection', 'close') // closing: the sender must not keep the connection
      response.writeHead(statusCode, headers as Record<string, string>).end(body)
    } catch {
      response.writeHead(502).end() // what API Gateway answers where the function fails or its response is invalid
    }
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => close(server) }
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}

async function proxy(
  handlers: ReadonlyMap<string, IngestHandler>,
  request: IncomingMessage,
  requestTimeEpoch: number,
): Promise<APIGatewayProxyResult> {
  const url = new URL(`http://127.0.0.1${request.url}`)
  const handler = handlers.get(url.pathname.slice(1))
  if (!handler) return message(404, 'Not Found')
  const body = await bodyOf(request)
  if (!body) return message(413, 'Request Too Long')
  const requestId = randomUUID()
  return handler(eventOf(request, url, body, requestId, requestTimeEpoch), { awsRequestId: requestId })
}

/** The body; null where it is too large. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= PAYLOAD_LIMIT) chunks.push(chunk)
  }
  return size <= PAYLOAD_LIMIT ? Buffer.concat(chunks) : null
}

/** The event of a REST API whose binary media types are `*` + `/*`, so that every body is base64. */
function eventOf(request: IncomingMessage, url: URL, body: Buffer, requestId: string, requestTimeEpoch: number) {
  const { rawHeaders } = request
  const pairs = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? ''] as const] : []))
  const multiValueHeaders = grouped(pairs)
  const multiValueQuery = grouped(url.searchParams)
  const event: Partial<APIGatewayProxyEvent> = {
    resource: url.pathname,
    path: url.pathname,
    httpMethod: request.method ?? 'GET',
    headers: lastOf(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: url.search ? lastOf(multiValueQuery) : null,
    multiValueQueryStringParameters: url.search ? multiValueQuery : null,
    pathParameters: null,
    stageVariables: null,
    requestContext: { requestId, requestTimeEpoch } as APIGatewayProxyEvent['requestContext'],
    body: body.length > 0 ? body.toString('base64') : null,
    isBase64Encoded: body.length > 0,
  }
  return event as APIGatewayProxyEvent
}

/** Values by name. `Object.fromEntries` is safe with names from a sender, such as `__proto__`. */
function grouped(pairs: Iterable<readonly [string, string]>): Record<string, string[]> {
  const values = new Map<string, string[]>()
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value])
  return Object.fromEntries(values)
}

const lastOf = (values: Readonly<Record<string, string[]>>) =>
  Object.fromEntries(Object.entries(values).map(([name, several]) => [name, several.at(-1)]))

const message = (statusCode: number, text: string): APIGatewayProxyResult => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message: text }),
})
