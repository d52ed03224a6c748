import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What the server does with a request: answer with a status, never answer, or reset the connection. */
export type Reply = number | 'hang' | 'reset'

export interface Put {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A fake S3 and Secrets Manager on one address, with programmable replies. */
export interface FakeAws {
  readonly url: string
  /** The replies to the next puts. The last one repeats. */
  s3: readonly Reply[]
  /** The values of the secret, or a reply. */
  secret: Readonly<Record<string, unknown>> | Reply
  puts: readonly Put[]
  /** The ids of the secrets that were read. */
  secretReads: readonly string[]
  /** Drops the recorded requests and the replies. */
  reset(): void
  /** Resolves when the next request has come in completely. */
  received(): Promise<unknown>
  close(): void
}

const CODES: Readonly<Record<number, string>> = {
  403: 'AccessDenied',
  404: 'NoSuchBucket',
  409: 'ConditionalRequestConflict',
  412: 'PreconditionFailed',
  500: 'InternalError',
}

export async function openFakeAws(): Promise<FakeAws> {
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    if (request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue') {
      aws.secretReads = [...aws.secretReads, JSON.parse(body.toString()).SecretId]
      if (typeof aws.secret === 'object') response.end(JSON.stringify({ SecretString: JSON.stringify(aws.secret) }))
      else reply(aws.secret, request, response, '{"__type":"InternalServiceError"}')
    } else {
      const next = aws.s3[Math.min(aws.puts.length, aws.s3.length - 1)] ?? 200
      aws.puts = [...aws.puts, { path: decodeURIComponent(request.url ?? ''), headers: request.headers, body }]
      const code = typeof next === 'number' ? CODES[next] : undefined
      reply(next, request, response, code ? `<Error><Code>${code}</Code></Error>` : '')
    }
    server.emit('received')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const aws: FakeAws = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    s3: [200],
    secret: {},
    puts: [],
    secretReads: [],
    reset: () => Object.assign(aws, { s3: [200], secret: {}, puts: [], secretReads: [] }),
    received: () => once(server, 'received'),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return aws
}

function reply(what: Reply, request: IncomingMessage, response: ServerResponse, body: string) {
  if (what === 'reset') request.socket.resetAndDestroy()
  else if (what !== 'hang') response.writeHead(what).end(body)
}
