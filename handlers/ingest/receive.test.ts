import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { ObjectStore } from '../lake/object-store.ts'
import { sources } from '../sources/index.ts'
import type { Source } from '../sources/source.ts'
import { telegram } from '../sources/telegram/index.ts'
import { whatsapp } from '../sources/whatsapp/index.ts'
import { NotConfigured } from '../webhook/configuration.ts'
import { OUTCOME_HEADER, text } from '../webhook/http.ts'
import { CHECK_BODY } from '../webhook/webhook.ts'
import {
  ENVIRONMENT,
  environmentOf,
  NOON,
  PERSON,
  proxyEvent,
  SECRETS,
  samplePost,
  secretOf,
  signedPost,
  telegramPost,
  whatsappPost,
} from './testing/deliveries.ts'
import { only, openIngest, storeThatPuts, testThatLogsAreDiscreet } from './testing/harness.ts'
import { holdTimers } from './testing/timers.ts'

describe('the day of a key is the day of arrival in TIME_ZONE', () => {
  /** The last millisecond of a local day, the date of that day and of the next one. */
  const midnights = [
    ['America/Sao_Paulo', '2026-03-01T02:59:59.999Z', '2026-02-28', '2026-03-01'],
    ['America/Sao_Paulo', '2025-01-01T02:59:59.999Z', '2024-12-31', '2025-01-01'],
    ['America/Sao_Paulo', '2018-11-04T02:59:59.999Z', '2018-11-03', '2018-11-04'], // clocks go from 24:00 to 01:00
    ['America/Sao_Paulo', '2019-02-17T02:59:59.999Z', '2019-02-16', '2019-02-17'], // 23:00 to 24:00 occurs twice
    ['America/New_York', '2026-03-08T04:59:59.999Z', '2026-03-07', '2026-03-08'], // the next day has 23 hours
    ['America/New_York', '2026-03-09T03:59:59.999Z', '2026-03-08', '2026-03-09'],
    ['America/New_York', '2026-11-01T03:59:59.999Z', '2026-10-31', '2026-11-01'], // the next day has 25 hours
    ['America/New_York', '2026-11-02T04:59:59.999Z', '2026-11-01', '2026-11-02'],
    ['Asia/Kathmandu', '2026-03-01T18:14:59.999Z', '2026-03-01', '2026-03-02'],
    ['UTC', '2026-12-31T23:59:59.999Z', '2026-12-31', '2027-01-01'],
  ] as const

  for (const [timeZone, lastInstant, day, nextDay] of midnights) {
    test(`${timeZone}: ${day} ends with ${lastInstant}`, async () => {
      const end = Date.parse(lastInstant)
      for (const source of sources) {
        const env = environmentOf([source])
        for (const [at, date] of [[end, day] as const, [end + 1, nextDay] as const]) {
          const { key } = only(await openIngest(source, { env, timeZone }).deliver(samplePost(source, { at })))
          assert.ok(key.startsWith(`${source.name}/context_date=${date}/`), key)
        }
      }
    })
  }
})

test('the store gets the time of arrival', async () => {
  for (const at of [Date.parse('2026-03-10T15:00:00.250Z'), 1]) {
    const { receivedAt } = only(await openIngest(whatsapp).deliver(whatsappPost('{}', { at })))
    assert.equal(receivedAt, at)
  }
})

for (const source of sources) {
  const env = environmentOf([source])
  const post = samplePost(source)

  describe(`${source.name}: 2xx means stored`, () => {
    test('the same body again: the same 2xx, no second object, counted as repeated', async () => {
      const ingest = openIngest(source, { env })
      const [first, again] = [await ingest.deliver(post), await ingest.deliver(post)]
      assert.deepEqual([again.status, again.body], [first.status, first.body])
      assert.deepEqual([first.counted, again.counted], [{ Stored: 1 }, { Repeated: 1 }])
      assert.equal(ingest.stored.size, 1)
    })

    test('the body that proves the secret: 2xx and counted, never stored; without the secret 401', async () => {
      const ingest = openIngest(source, { env, raw: () => assert.fail('nothing is stored') })
      const { status, headers, logged, counted } = await ingest.deliver(signedPost(source, CHECK_BODY))
      assert.deepEqual(
        [status, headers?.[OUTCOME_HEADER], logged, counted],
        [source.webhook.accepted.status, 'checked', ['checked'], { Checked: 1 }],
      )
      const forged = signedPost(source, CHECK_BODY, {}, () => 'wrong')
      assert.equal((await ingest.deliver(forged)).status, 401)
    })

    test('the same body twice at the same time: both 2xx, one object', async () => {
      const ingest = openIngest(source, { env })
      const outcomes = await Promise.all([ingest.deliver(post), ingest.deliver(post)])
      assert.deepEqual([outcomes.map(({ status }) => status), ingest.stored.size], [[200, 200], 1])
    })

    const failures: Readonly<Record<string, ObjectStore['putIfAbsent']>> = {
      'rejects and quotes the body': async (_key, body) => {
        throw new Error(`cannot store ${body}`)
      },
      throws: () => {
        throw new TypeError(PERSON.name)
      },
      'rejects with a value that is not an Error': () => Promise.reject(PERSON.phone),
      'rejects with nothing': () => Promise.reject(),
      'hangs until it is aborted': (_key, _body, _receivedAt, { signal } = new AbortController()) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      'hangs for ever': () => new Promise(() => {}),
    }

    for (const [how, putIfAbsent] of Object.entries(failures)) {
      test(`a store that ${how}: 500, so that it is delivered again`, async () => {
        const ingest = openIngest(source, { env, raw: () => storeThatPuts(putIfAbsent), answerWithinMs: 10 })
        const { status, logged, counted } = await ingest.deliver(post)
        assert.deepEqual([status, logged, counted], [500, ['not_stored'], { StoreFailed: 1 }])
        assert.equal(ingest.lines[0]?.level, 'error')
      })
    }

    test('the whole answer comes within 10 s', async t => {
      const pass = holdTimers(t)
      const answer = openIngest(source, { env, raw: () => storeThatPuts(() => new Promise(() => {})) }).deliver(post)
      await turn()
      pass(10_000)
      assert.equal((await answer).status, 500)
    })

    test('a store that fails after the answer has no effect', async () => {
      let failLate = (_error: Error) => {}
      const raw = () => storeThatPuts(() => new Promise((_, reject) => (failLate = reject)))
      const { status } = await openIngest(source, { env, raw, answerWithinMs: 10 }).deliver(post)
      failLate(new Error('too late'))
      await turn()
      assert.equal(status, 500)
    })

    test('the bucket is not configured: 500, and the log names the setting', async () => {
      const raw = () => {
        throw new NotConfigured('AWS_S3_BUCKET')
      }
      const ingest = openIngest(source, { env, raw })
      const { status, counted } = await ingest.deliver(post)
      assert.deepEqual([status, counted], [500, { Misconfigured: 1 }])
      assert.equal(ingest.lines[0]?.setting, 'AWS_S3_BUCKET')
    })
  })
}

test('a handshake by POST: the answer is the challenge, and nothing is stored', async () => {
  const handshakes = [
    [text(200, 'challenge'), 'verified', {}],
    [text(400, 'no challenge'), 'not_verified', { BadRequest: 1 }],
  ] as const
  for (const [handshake, event, counts] of handshakes) {
    const ingest = openIngest({ ...whatsapp, webhook: { ...whatsapp.webhook, decide: () => ({ handshake }) } })
    const { status, body, stored, logged, counted } = await ingest.deliver(whatsappPost())
    assert.deepEqual([status, body, stored], [handshake.status, handshake.body, []])
    assert.deepEqual([logged, counted], [[event], counts])
    assert.equal((await ingest.deliver(whatsappPost('{}', { headers: {} }))).status, 401)
  }
})

test('a webhook with an answer time of its own answers within it', async t => {
  const pass = holdTimers(t)
  const webhook = { ...whatsapp.webhook, answerWithinMs: 2_000 }
  const raw = () => storeThatPuts(() => new Promise(() => {}))
  let status = 0
  const answer = openIngest({ ...whatsapp, webhook }, { raw }).deliver(whatsappPost())
  answer.then(outcome => (status = outcome.status))
  await turn()
  pass(1_999)
  await turn()
  assert.equal(status, 0)
  pass(1)
  assert.equal((await answer).status, 500)
})

describe('without configuration everything is refused', () => {
  const verification = proxyEvent({
    method: 'GET',
    query: { 'hub.mode': 'subscribe', 'hub.verify_token': SECRETS.VERIFY_TOKEN, 'hub.challenge': '1' },
  })
  const emptyVerification = proxyEvent({
    method: 'GET',
    query: { 'hub.mode': 'subscribe', 'hub.verify_token': '', 'hub.challenge': '1' },
  })
  const needs = [
    ['VERIFY_TOKEN', whatsapp, [verification, emptyVerification]],
    ['WHATSAPP_APP_SECRET', whatsapp, [whatsappPost()]],
    ['TELEGRAM_SECRET_TOKEN', telegram, [telegramPost(), telegramPost(undefined, { headers: {} })]],
    ['TELEGRAM_CHAT_ID', telegram, [telegramPost()]],
  ] as const

  for (const [setting, source, events] of needs) {
    for (const value of [undefined, '', ' ', ' , ']) {
      test(`${setting} ${value === undefined ? 'missing' : `is "${value}"`}: 500, and the log names it`, async () => {
        for (const event of events) {
          const ingest = openIngest(source, { env: { ...ENVIRONMENT, [setting]: value } })
          const { status, stored, counted } = await ingest.deliver(event)
          assert.deepEqual([status, stored, counted], [500, [], { Misconfigured: 1 }])
          assert.deepEqual([ingest.lines[0]?.level, ingest.lines[0]?.setting], ['error', setting])
        }
      })
    }
  }

  for (const source of sources) {
    for (const setting of [...source.webhook.secrets, ...source.webhook.settings.map(({ name }) => name)]) {
      test(`${source.name} needs ${setting}, for its handshake or for a delivery`, async () => {
        const env = { ...environmentOf([source]), [setting]: '' }
        const outcomes: unknown[] = []
        for (const event of [...handshakesOf(source), samplePost(source)]) {
          const ingest = openIngest(source, { env })
          const { status, stored } = await ingest.deliver(event)
          outcomes.push([status, stored.length, ingest.lines[0]?.setting])
        }
        assert.ok(
          outcomes.some(outcome => isDeepStrictEqual(outcome, [500, 0, setting])),
          JSON.stringify(outcomes),
        )
      })
    }
  }
})

for (const source of sources.filter(({ sample }) => sample.handshake)) {
  test(`${source.name}: the handshake is answered as the platform expects, and nothing is stored`, async () => {
    for (const event of handshakesOf(source)) {
      const ingest = openIngest(source, { env: environmentOf([source]) })
      const { status, body, stored, logged } = await ingest.deliver(event)
      const { answer } = source.sample.handshake?.(secretOf) ?? assert.fail()
      assert.deepEqual([status, body, stored, logged], [200, answer, [], ['verified']])
    }
  })
}

/** The platform's handshake, if it has one. */
function handshakesOf({ sample, webhook }: Source) {
  if (!sample.handshake) return []
  const { method, query = null, body = null } = sample.handshake(secretOf)
  return [proxyEvent({ method, query, body, headers: body && webhook.sign(body, secretOf, NOON) })]
}

test('an answer does not reveal an internal error', async () => {
  const fail = () => Promise.reject(new Error(SECRETS.WHATSAPP_APP_SECRET))
  const { body } = await openIngest(whatsapp, { raw: () => storeThatPuts(fail) }).deliver(whatsappPost())
  assert.ok(!body.includes(SECRETS.WHATSAPP_APP_SECRET))
})

testThatLogsAreDiscreet()
