import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { environmentOf, NOON, signedPost, whatsappPost } from '../ingest/testing/deliveries.ts'
import { openIngest, storeThatPuts } from '../ingest/testing/harness.ts'
import { DEFAULT_TIME_ZONE } from '../lake/calendar.ts'
import { tableKey } from '../lake/layout.ts'
import { altered, s3Buckets, type TestStore } from '../lake/testing/stores.ts'
import { dayKeys } from '../sources/day-keys.ts'
import { sources } from '../sources/index.ts'
import type { Source } from '../sources/source.ts'
import { fixturesOf } from '../sources/testing/fixtures.ts'
import { arrive, bundledTransforms, inDirectories } from '../transform/testing/transforms.ts'
import { transformDay } from '../transform/transform-day.ts'
import { personalTexts, piiLeaks } from './testing/pii-leaks.ts'

/*
 * Personal data must not appear in a log line, nor in an error, whose message and stack Lambda prints. Tested with
 * every fixture, in runs that succeed and runs that fail.
 */

const DAY = '2026-03-10'

const assertNoLeak = (text: string) => assert.deepEqual(piiLeaks([text]), [])

test('the fixtures have personal data to search for', () =>
  assert.ok(personalTexts.length > 200, `${personalTexts.length} texts`))

test('personal data is found in plain text and in JSON, and reported with its line', () => {
  for (const text of personalTexts) {
    for (const line of [`cannot store ${text}!`, JSON.stringify({ text })])
      assert.ok(piiLeaks(['ok', line]).includes(`${JSON.stringify(text)} in ${line}`), line)
  }
})

test('digits in a key, a time, a longer number or a negative one are no leak', () => {
  const number = personalTexts.find(text => /^\d{13}$/.test(text)) ?? assert.fail('no number')
  for (const line of [
    `${number.padStart(64, 'a')}.json`,
    `{"Timestamp":${number},"Stored":1}`,
    `${number}0`,
    `{"chat_id":-${number}}`,
  ])
    assert.deepEqual(piiLeaks([line]), [])
  for (const line of [`person-${number}`, `{"id":"chat -${number}"}`]) assert.equal(piiLeaks([line]).length, 1)
})

for (const source of sources) {
  const env = { ...environmentOf([source]), TELEGRAM_CHAT_ID: '*' }
  const secrets = JSON.stringify(env)

  /** A store whose error quotes the body and the secrets. */
  const failing = () =>
    storeThatPuts(async (key, body) => {
      throw Object.assign(new Error(`cannot put ${key}: ${Buffer.from(body)}`), { body: String(body), secrets })
    })

  for (const [how, options] of [
    ['stored', {}],
    ['not stored, because the store fails with an error that quotes it', { raw: failing }],
    ['refused, because no secrets are configured', { env: {} }],
    [
      'refused, because the secret store fails with an error that quotes the secrets',
      { env: {}, secrets: { read: () => Promise.reject(new Error(secrets)) } },
    ],
  ] as const) {
    test(`${source.name}: every fixture ${how}`, async () => {
      const ingest = openIngest(source, { env, ...options })
      for (const { body } of fixturesOf(source)) {
        await ingest.deliver(signedPost(source, body))
        const forged = source.webhook.sign(body, () => 'guessed', NOON)
        await ingest.deliver(signedPost(source, body, { headers: { ...forged, cookie: secrets } }))
      }
      assert.equal(ingest.lines.length >= 2 * fixturesOf(source).length, true, 'a line for every request')
      for (const line of ingest.lines) assertNoLeak(JSON.stringify(line))
    })
  }
}

test('a log line has the request ids of API Gateway and Lambda', async () => {
  const [whatsapp] = sources as readonly [Source, ...Source[]]
  const ingest = openIngest(whatsapp)
  const event = whatsappPost()
  Object.assign(event.requestContext, { requestId: 'gateway-1' })
  await ingest.deliver(event)
  assert.deepEqual(
    ingest.lines.map(({ requestId, gatewayRequestId }) => [requestId, gatewayRequestId]),
    [['request-1', 'gateway-1']],
  )
})

describe('a day of every fixture', () => {
  const kind = inDirectories()
  before(() => kind.start())
  after(() => kind.stop())

  for (const source of sources) {
    test(`${source.name}: the error of a failed run has no personal data`, async () => {
      const lake = await kind.open()
      for (const { body } of fixturesOf(source)) await arrive(lake, source, DAY, body, NOON)
      const stores = { raw: lake.raw.store, enriched: lake.enriched.store }
      const { key: first } = (await lake.raw.store.list('')[Symbol.asyncIterator]().next()).value?.[0] ?? {}
      const failures = [
        { raw: altered(stores.raw, { get: async key => (key === first ? null : stores.raw.get(key)) }) },
        {
          enriched: altered(stores.enriched, {
            get: async () => ({ body: Buffer.from('Conceição Arruda, not Parquet'), receivedAt: 0 }),
          }),
        },
        { enriched: altered(stores.enriched, { put: () => Promise.reject(new TypeError('put failed')) }) },
      ]
      for (const failure of failures) {
        const error = await transformDay(source, DAY, { ...stores, ...failure }).then(
          () => assert.fail('no error'),
          error => error,
        )
        assertNoLeak(inspect(error, { depth: 10 }))
      }
    })
  }
})

const buckets = s3Buckets()

describe('the transform bundles over every fixture', { skip: buckets.skip }, () => {
  const bundles = bundledTransforms()
  let raw: TestStore
  let enriched: TestStore
  before(async () => {
    await buckets.start()
    await bundles.start()
    ;[raw, enriched] = [await buckets.open(), await buckets.open()]
    Object.assign(process.env, {
      AWS_S3_RAW: raw.bucket,
      AWS_S3_ENRICHED: enriched.bucket,
      TIME_ZONE: DEFAULT_TIME_ZONE,
    })
  })
  after(async () => {
    bundles.stop()
    await buckets.stop()
  })

  for (const source of sources) {
    test(`${source.name}: the lines of a run, and that of a failed one, name the day, the tables and nobody`, async () => {
      const lake = { raw, enriched, transform: () => assert.fail() }
      await Promise.all(fixturesOf(source).map(({ body }) => arrive(lake, source, DAY, body, NOON)))
      bundles.log.mock.resetCalls()
      await bundles.handlerOf(source)({ date: DAY })
      await enriched.store.put(tableKey(source.name, DAY), Buffer.from('Conceição Arruda, not Parquet'))
      const error = await bundles
        .handlerOf(source)({ date: '2026-03-11' })
        .then(
          () => assert.fail('no error'),
          error => error,
        )
      assertNoLeak(inspect(error, { depth: 10 }))
      const lines = bundles.log.mock.calls.map(({ arguments: [line] }) => line)
      for (const line of lines) assertNoLeak(line)
      assert.deepEqual(
        lines.map(line => JSON.parse(line)).map(({ event, date, table }) => [event, date, table]),
        [
          ['day_transformed', DAY, undefined],
          ...[...dayKeys(source, DAY).keys()]
            .filter(table => table !== 'identities' || source.name === 'whatsapp')
            .map(table => ['table_written', DAY, table]),
          ['day_failed', '2026-03-11', undefined],
        ],
      )
    })
  }
})
