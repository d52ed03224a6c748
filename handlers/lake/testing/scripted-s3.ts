import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import { S3Client } from '@aws-sdk/client-s3'
import { startLocalServer } from './local-server.ts'

export interface ScriptedResponse {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /**
   * How the body is sent: without `content-length`; or only half of it, and then the connection is closed or stays
   * open. In full unless given.
   */
  readonly sent?: 'chunked' | 'cut' | 'stalled'
}

/**
 * An S3 endpoint with scripted responses, for what a real server does not do on demand. Each request gets the next
 * response; the last one is repeated.
 * @returns a client for it, without retries and with a socket timeout of two seconds; and the requests received
 */
export async function scriptedS3(t: TestContext, ...responses: readonly ScriptedResponse[]) {
  const requests: IncomingMessage[] = []
  const server = await startLocalServer((request, response) => {
    const scripted = responses[requests.length] ?? responses.at(-1) ?? s3Error(500, 'NothingScripted')
    requests.push(request)
    request.resume().on('end', () => send(response, scripted))
  })
  const client = new S3Client({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'chatlake', secretAccessKey: 'only-for-tests' },
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler: { socketTimeout: 2000 },
  })
  t.after(() => {
    client.destroy()
    return server.close()
  })
  return { client, requests }
}

function send(response: ServerResponse, { status, headers = {}, body = '', sent }: ScriptedResponse): void {
  if (sent === 'chunked') response.writeHead(status, headers).end(body)
  else response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers })
  if (sent === undefined) response.end(body)
  const half = body.slice(0, body.length >> 1)
  if (sent === 'stalled') response.write(half)
  if (sent === 'cut') response.write(half, () => response.destroy())
}

/** An error response of S3. */
export const s3Error = (status: number, code: string): ScriptedResponse => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
})
