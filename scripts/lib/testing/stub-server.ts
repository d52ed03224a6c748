import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
}

export interface StubServer {
  readonly url: string
  readonly asked: readonly Asked[]
  close(): Promise<void>
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
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const question = { method, path: url, headers, body: await buffer(request) }
    asked.push(question)
    const { status = 200, headers: sent, body = '' } = await answer(question)
    response.writeHead(status, { ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}), ...sent })
    response.end(typeof body === 'object' ? JSON.stringify(body) : body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
