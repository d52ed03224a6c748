import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ENVIRONMENT, whatsappPost } from '../../../handlers/ingest/testing/deliveries.ts'
import { Lambda } from './lambda.ts'

/* Lambda freezes an execution environment between two invocations. Its connections may end during that time. */

describe('the ingest bundle is frozen between two deliveries', () => {
  let server: Server
  let lambda: Lambda
  const sockets = new Set<Socket>()
  let puts = 0

  before(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        puts++
        response.end()
      })
    })
    server.on('connection', socket => {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    lambda = new Lambda(
      'whatsapp-ingest',
      {
        ...process.env,
        ...ENVIRONMENT,
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        AWS_ENDPOINT_URL_S3: '',
        AWS_REGION: 'sa-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_S3_BUCKET: 'raw',
      },
      () => {},
    )
  })

  after(() => {
    lambda.kill()
    server.close()
    server.closeAllConnections()
  })

  beforeEach(async () => {
    assert.equal(await status('{"before":true}'), 200)
    puts = 0
  })

  const status = async (body: string) =>
    ((await lambda.invoke(whatsappPost(body))) as { statusCode: number }).statusCode

  for (const [how, end] of [
    ['closed', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ] as const) {
    test(`its connections are ${how} during that time: the next delivery is stored over a new one`, async () => {
      lambda.kill('SIGSTOP')
      for (const socket of sockets) end(socket)
      await sleep(100)
      const answer = status('{"after":true}')
      await sleep(50)
      assert.equal(puts, 0, 'a frozen process must not put anything')
      lambda.kill('SIGCONT')
      assert.equal(await answer, 200)
      assert.equal(puts, 1)
    })
  }
})
