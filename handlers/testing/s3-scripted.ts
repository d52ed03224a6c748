import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { TestContext } from 'node:test'
import { S3Client } from '@aws-sdk/client-s3'

export interface ScriptedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * An S3 endpoint that gives the answers it was told, one after the other, the last one for ever; for what no real
 * server does when asked to.
 * @returns a client of it that retries nothing by itself, and the requests it had
 */
export async function scriptedS3(t: TestContext, ...answers: readonly [ScriptedAnswer, ...ScriptedAnswer[]]) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    const { status, headers, body } = answers[Math.min(requests.length, answers.length - 1)] ?? answers[0]
    requests.push(request)
    request.resume().on('end', () => response.writeHead(status, headers).end(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'chatlake', secretAccessKey: 'only-for-tests' },
    forcePathStyle: true,
    maxAttempts: 1,
  })
  t.after(() => {
    client.destroy()
    server.close()
    server.closeAllConnections()
  })
  return { client, requests }
}

/** An S3 error as its XML says it. */
export const s3Error = (status: number, code: string): ScriptedAnswer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
})
