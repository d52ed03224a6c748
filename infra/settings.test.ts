import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readSettings, SettingsError } from './settings.ts'

const { context } = JSON.parse(readFileSync(new URL('../cdktf.json', import.meta.url), 'utf8'))
const CHAT = { CHATLAKE_TELEGRAM_CHAT_IDS: '-1001234567890' }

const read = (env: NodeJS.ProcessEnv, values: Readonly<Record<string, unknown>> = {}) =>
  readSettings(name => ({ ...context, ...values })[name], env)

const refusal = (env: NodeJS.ProcessEnv, values?: Readonly<Record<string, unknown>>) => {
  try {
    read(env, values)
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    return error.message
  }
  throw new assert.AssertionError({ message: `accepted: ${JSON.stringify({ env, values })}` })
}

test('the defaults of cdktf.json need a chat and nothing else', () => {
  assert.match(
    refusal({}),
    /^telegramChatIds is empty: write ids of chats, as -\d+, or leave telegram out of sources \(/,
  )
  assert.equal(read(CHAT).timeZone, 'America/Sao_Paulo')
  assert.deepEqual(read(CHAT).webhookSettings, { TELEGRAM_CHAT_ID: '-1001234567890' })
})

test('without telegram there need be no chat', () => {
  const { sources, webhookSettings } = read({ CHATLAKE_SOURCES: 'whatsapp' })
  assert.deepEqual(
    sources.map(({ name }) => name),
    ['whatsapp'],
  )
  assert.deepEqual(webhookSettings, {})
})

test('the environment wins over the context', () => {
  const settings = read({
    ...CHAT,
    CHATLAKE_STAGE: 'dev',
    CHATLAKE_FORCE_DESTROY: 'true',
    CHATLAKE_RETENTION_DAYS: '400',
  })
  assert.equal(settings.stage, 'dev')
  assert.equal(settings.forceDestroy, true)
  assert.equal(settings.retentionDays, 400)
})

const wrong: readonly [name: string, value: string, write: RegExp][] = [
  ['STAGE', 'Prod_1', /stage is "Prod_1": write up to 12 lower-case letters and digits/],
  ['REGION', 'brazil', /region is "brazil": write an AWS region, as sa-east-1/],
  ['TIME_ZONE', 'America/Sampa', /timeZone is "America\/Sampa": write an IANA time zone, as America\/Sao_Paulo/],
  ['TIME_ZONE', 'america/new_york', /write an IANA time zone, as America\/New_York/],
  ['TIME_ZONE', '-03:00', /write an IANA time zone/],
  ['TIME_ZONE', 'UTC-3', /write an IANA time zone/],
  ['SOURCES', 'whatsapp,slack', /sources is "whatsapp,slack": write one or more of whatsapp, telegram/],
  ['TELEGRAM_CHAT_IDS', '-100123,@mygroup', /telegramChatIds is "-100123,@mygroup": write ids of chats/],
  ['TELEGRAM_CHAT_IDS', '99999999999999999999', /telegramChatIds is .*: write ids of chats/],
  ['BUCKET_PREFIX', 'My_Lake', /bucketPrefix is "My_Lake": write 3 to 28 lower-case letters/],
  ['BUCKET_PREFIX', 'a..b', /bucketPrefix is/],
  ['BUCKET_PREFIX', 'xn--lake', /bucketPrefix is/],
  ['BUCKET_PREFIX', `${'long'.repeat(8)}`, /bucketPrefix is/],
  ['RETENTION_DAYS', 'ever', /retentionDays is "ever": write a whole number from 0/],
  ['RETENTION_DAYS', '', /retentionDays is "": write a whole number/],
  ['LOG_RETENTION_DAYS', '100', /logRetentionDays is "100": write one of 1, 3, 5/],
  ['RUNTIME', 'python3.12', /runtime is "python3.12": write one of Lambda's Node.js runtimes/],
  ['THROTTLE_RATE', '0', /throttleRate is "0": write a whole number from 1/],
  ['ALARM_EMAIL', 'ops@example', /alarmEmail is "ops@example": write one address, as ops@example.com/],
  ['ALARM_EMAIL', 'a@example.com, b@example.com', /alarmEmail is/],
  ['API_GATEWAY_ACCOUNT', 'yes', /apiGatewayAccount is "yes": write true or false/],
  ['STATE_BUCKET', 's3://state', /stateBucket is/],
  ['MAINTAINERS', 'alice', /maintainers is "alice": write ARNs of IAM roles or users/],
]
for (const [name, value, expected] of wrong) {
  test(`CHATLAKE_${name}=${value} is refused`, () => {
    const message = refusal({ ...CHAT, [`CHATLAKE_${name}`]: value })
    assert.match(message, expected)
    assert.match(message, new RegExp(`CHATLAKE_${name}\\)$`, 'm'))
  })
}

test('all that is wrong is said at once', () => {
  assert.equal(refusal({ CHATLAKE_STAGE: '!', CHATLAKE_REGION: '!' }).split('\n').length, 3)
})

test('a setting that cdktf.json lost is asked for', () => {
  assert.match(refusal(CHAT, { stage: undefined }), /^stage is missing: write/)
})

test('a zone by another name is a zone', () => {
  assert.equal(read({ ...CHAT, CHATLAKE_TIME_ZONE: 'Brazil/East' }).timeZone, 'Brazil/East')
})

test('secrets are checked, and never quoted', () => {
  const secrets = { VERIFY_TOKEN: 'v', WHATSAPP_APP_SECRET: ['old', 'new'], TELEGRAM_SECRET_TOKEN: 't' }
  assert.equal(read({ ...CHAT, TF_VAR_secrets: JSON.stringify(secrets) }).secretsGiven, true)
  assert.equal(read(CHAT).secretsGiven, false)
  for (const wrong of ['hush', '"hush"', '{"VERIFY_TOKEN":"hush"}', '{"VERIFY_TOKEN":["hush",""]}', 'null']) {
    const message = refusal({ ...CHAT, TF_VAR_secrets: wrong })
    assert.match(message, /^TF_VAR_secrets lacks .*TELEGRAM_SECRET_TOKEN: write a JSON object/)
    assert.doesNotMatch(message, /hush/)
  }
})
