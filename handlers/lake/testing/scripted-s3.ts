import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import { S3Client } from '@aws-sdk/client-s3'

export interface ScriptedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Without its length; or half of it, and then the end of the connection or nothing more. Whole unless told. */
  readonly sent?: 'chunked' | 'cut' | 'stalled'
}

/**
 * An S3 endpoint that gives the answers it was told, one after the other, the last one for ever; for what no real
 * server does when asked to.
 * @returns a client of it that retries nothing by itself and waits two seconds for the next byte, and the requests it had
 */
export async function scriptedS3(t: TestContext, ...answers: readonly ScriptedAnswer[]) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    const answer = answers[requests.length] ?? answers.at(-1) ?? s3Error(500, 'NothingScripted')
    requests.push(request)
    request.resume().on('end', () => send(response, answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'chatlake', secretAccessKey: 'only-for-tests' },
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler: { socketTimeout: 2000 },
  })
  t.after(() => {
    client.destroy()
    server.close()
    server.closeAllConnections()
  })
  return { client, requests }
}

function send(response: ServerResponse, { status, headers = {}, body = '', sent }: ScriptedAnswer): void {
  if (sent === 'chunked') response.writeHead(status, headers).end(body)
  else response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers })
  if (sent === undefined) response.end(body)
  const half = body.slice(0, body.length >> 1)
  if (sent === 'stalled') response.write(half)
  if (sent === 'cut') response.write(half, () => response.destroy())
}

/** An S3 error as its XML says it. */
export const s3Error = (status: number, code: string): ScriptedAnswer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
})
