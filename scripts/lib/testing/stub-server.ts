import { buffer } from 'node:stream/consumers'
import { type LocalServer, startLocalServer } from '../../../handlers/lake/testing/local-server.ts'

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
}

export interface StubServer extends LocalServer {
  readonly asked: readonly Asked[]
}

export interface StubAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: string | object
}

/** An HTTP server on this machine that remembers what it was asked. */
export async function stubServer(answer: (asked: Asked) => StubAnswer | Promise<StubAnswer>): Promise<StubServer> {
  const asked: Asked[] = []
  const server = await startLocalServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const question = { method, path: url, headers, body: await buffer(request) }
    asked.push(question)
    const { status = 200, headers: sent, body = '' } = await answer(question)
    response.writeHead(status, { ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}), ...sent })
    response.end(typeof body === 'object' ? JSON.stringify(body) : body)
  })
  return { ...server, asked }
}
