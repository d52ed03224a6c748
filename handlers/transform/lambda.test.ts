import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { addDays, dayIn } from '../lake/calendar.ts'
import { LAKE_KEY, rawKey, tableKey } from '../lake/layout.ts'
import { s3Buckets, type TestStore } from '../lake/testing/stores.ts'
import { telegram } from '../sources/telegram/index.ts'
import { bundledTransforms, bytesOf } from './testing/transforms.ts'

/* The Lambda as it is deployed: what invokes it, its environment, its answer and its log. */

const stores = s3Buckets()

describe('the transform Lambda', { skip: stores.skip }, () => {
  const bundles = bundledTransforms()
  const handler = bundles.handlerOf(telegram)
  let raw: TestStore
  let enriched: TestStore

  before(async () => {
    await stores.start()
    await bundles.start()
    ;[raw, enriched] = [await stores.open(), await stores.open()]
  })
  after(async () => {
    bundles.stop()
    await stores.stop()
  })
  beforeEach(() => {
    Object.assign(process.env, { AWS_S3_RAW: raw.bucket, AWS_S3_ENRICHED: enriched.bucket })
    delete process.env.TIME_ZONE
  })

  test('{"date"} is that day: its account is the answer and the log', async () => {
    const body = Buffer.from('{"update_id":1,"message":{"chat":{"id":1}}}')
    await raw.store.putIfAbsent(rawKey('telegram', '2026-11-20', body), body, Date.now())
    bundles.log.mock.resetCalls()
    const key = tableKey('telegram', '2026-11-20')
    const counts = { objects: 1, items: 1, rows: 1, duplicates: 0, quarantined: 0 }
    const none = { key: null, rows: 0 }
    assert.deepEqual(await handler({ date: '2026-11-20' }), {
      source: 'telegram',
      date: '2026-11-20',
      ...counts,
      tables: { telegram: { key, rows: 1 }, events: none, identities: none, quarantine: none },
    })
    assert.ok(await bytesOf(enriched, key))

    const lines = bundles.log.mock.calls.map(({ arguments: [line] }) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['day_transformed', 'table_written'],
    )
    const [day, table] = lines
    const { Objects, Items, Rows, Duplicates, Quarantined } = day
    assert.deepEqual([Objects, Items, Rows, Duplicates, Quarantined], [1, 1, 1, 0, 0])
    assert.deepEqual([table.table, table.key, table.TableRows], ['telegram', key, 1])
    assert.deepEqual(table._aws.CloudWatchMetrics[0].Dimensions, [['source', 'table']])
  })

  test('{"time"}, as EventBridge sends it among other things, is the day before in TIME_ZONE', async () => {
    const event = { version: '0', 'detail-type': 'Scheduled Event', detail: {}, time: '2026-11-24T03:00:00Z' }
    assert.equal((await handler(event)).date, '2026-11-23')
    process.env.TIME_ZONE = 'America/Los_Angeles'
    assert.equal((await handler(event)).date, '2026-11-22')
    process.env.TIME_ZONE = ''
    assert.equal((await handler(event)).date, '2026-11-23')
  })

  test('a lake.json of another time zone refuses every run; one of the same zone changes nothing', async () => {
    const lake = await stores.open()
    Object.assign(process.env, { AWS_S3_RAW: lake.bucket, TIME_ZONE: 'UTC' })
    await lake.store.put(LAKE_KEY, Buffer.from('{"time_zone":"Europe/Berlin"}\n'))
    bundles.log.mock.resetCalls()
    for (const event of [{ date: '2026-11-20' }, {}, { time: '2026-11-24T03:00:00Z' }])
      await assert.rejects(() => handler(event), {
        name: 'TimeZoneConflict',
        message:
          "AWS_S3_RAW/lake.json says that the lake's time zone is Europe/Berlin, but TIME_ZONE is UTC: " +
          'set TIME_ZONE to Europe/Berlin, by the setting timeZone in a deployment',
      })
    const [line] = bundles.log.mock.calls.map(({ arguments: [text] }) => JSON.parse(text))
    assert.deepEqual([line.event, line.error], ['day_failed', 'TimeZoneConflict'])
    process.env.TIME_ZONE = 'Europe/Berlin'
    assert.equal((await handler({ time: '2026-11-23T23:30:00Z' })).date, '2026-11-23')
    assert.equal((await handler({ date: '2026-11-20' })).objects, 0)
  })

  test('{} and nothing are yesterday', async () => {
    const yesterday = () => addDays(dayIn('America/Sao_Paulo')(Date.now()), -1)
    for (const event of [{}, null]) {
      const earliest = yesterday()
      const { date, tables } = await handler(event)
      assert.ok(date === earliest || date === yesterday())
      assert.equal(tables.telegram?.key, null)
    }
  })

  test('what cannot be done throws: an impossible day, a zone or bucket that does not exist, one not configured', async () => {
    await assert.rejects(() => handler({ date: '2026-02-30' }), /YYYY-MM-DD/)
    await assert.rejects(() => handler({ time: 'yesterday' }), /instant/)
    process.env.TIME_ZONE = 'Brasilia'
    await assert.rejects(() => handler({}), /TIME_ZONE/)
    delete process.env.TIME_ZONE
    for (const name of ['AWS_S3_RAW', 'AWS_S3_ENRICHED']) {
      const bucket = process.env[name]
      process.env[name] = 'no-such-bucket'
      await assert.rejects(() => handler({ date: '2026-11-20' }), { name: 'NoSuchBucket' }, name)
      delete process.env[name]
      await assert.rejects(() => handler({ date: '2026-11-20' }), new RegExp(name))
      process.env[name] = bucket
    }
  })
})
