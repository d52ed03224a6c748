import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { addDays, dayIn } from '../lake/calendar.ts'
import { rawKey } from '../lake/layout.ts'
import { copyIn, s3Buckets, type TestStore } from '../lake/testing/stores.ts'
import { telegram } from '../sources/telegram/index.ts'
import { bundledTransforms } from './testing/transforms.ts'

/* One execution environment of the Lambda, run after run. */

const stores = s3Buckets()
const yesterday = () => addDays(dayIn('America/Sao_Paulo')(Date.now()), -1)

describe('a transform Lambda that is invoked again', { skip: stores.skip }, () => {
  const bundles = bundledTransforms()
  const handler = bundles.handlerOf(telegram)
  let raw: TestStore
  let [connections, most] = [0, 0]
  /** The way to S3, on which connections are counted. */
  const road = createServer(client => {
    most = Math.max(most, ++connections)
    const { hostname, port } = new URL(endpoint)
    const upstream = connect(Number(port), hostname)
    const close = () => client.destroy() && upstream.destroy()
    client.on('error', close).on('close', () => connections--)
    upstream.on('error', close)
    client.pipe(upstream).pipe(client)
  })
  let endpoint = ''

  before(async () => {
    await stores.start()
    await bundles.start()
    raw = await stores.open()
    const enriched = await stores.open()
    endpoint = process.env.AWS_ENDPOINT_URL ?? ''
    await once(road.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(road.address() as AddressInfo).port}`
    const buckets = { AWS_S3_RAW: raw.bucket, AWS_S3_ENRICHED: enriched.bucket }
    Object.assign(process.env, { ...buckets, AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_S3: url })
  })
  after(async () => {
    bundles.stop()
    road.close()
    await stores.stop()
  })
  beforeEach(() => bundles.log.mock.resetCalls())

  test('goes on with the connections it has: there is an end to those that Lambda allows', async () => {
    const bodies = Array.from({ length: 400 }, (_, i) => Buffer.from(`{"update_id":${i},"message":{"chat":{"id":1}}}`))
    for (const body of bodies) copyIn(raw, rawKey('telegram', '2026-11-20', body), body, 0)
    for (let run = 0; run < 4; run++) assert.equal((await handler({ date: '2026-11-20' })).rows, 400)
    assert.ok(most <= 260, `${most} connections`)
  })

  test('counts a day as transformed where the schedule asked for it, or it is the last that ended: an old one must not hide that it is missing', async () => {
    const [date, before] = [yesterday(), addDays(yesterday(), -1)]
    for (const day of [before, date]) await handler({ date: day })
    await handler({ time: '2026-11-02T03:15:00Z' })
    const counted = bundles.log.mock.calls.map(({ arguments: [line] }) => JSON.parse(line).DayTransformed)
    assert.deepEqual(counted, [undefined, 1, 1])
  })
})
