import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { sources } from '../handlers/sources/index.ts'
import { readSettings, SettingsError } from './read-settings.ts'
import { declaredSettings } from './settings.ts'

const { context, app } = JSON.parse(readFileSync(new URL('../cdktf.json', import.meta.url), 'utf8'))
const CHAT = { CHATLAKE_TELEGRAM_CHAT_IDS: '-1001234567890' }

const read = (env: NodeJS.ProcessEnv, values: Readonly<Record<string, unknown>> = {}) =>
  readSettings({ ...context, ...values }, env)

const refusal = (env: NodeJS.ProcessEnv, values?: Readonly<Record<string, unknown>>) => {
  try {
    read(env, values)
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    return error.message
  }
  throw new assert.AssertionError({ message: `accepted: ${JSON.stringify({ env, values })}` })
}

test('cdktf.json is complete but for a chat', () => {
  assert.match(
    refusal({}),
    /^telegramChatIds is empty: write ids of chats, as -\d+, or \* for every chat of the bot, or leave telegram out of sources \(/,
  )
  assert.equal(read(CHAT).timeZone, 'America/Sao_Paulo')
  assert.deepEqual(read(CHAT).webhookSettings, { TELEGRAM_CHAT_ID: '-1001234567890' })
})

test('without telegram no chat is needed', () => {
  const { sources, webhookSettings } = read({ CHATLAKE_SOURCES: 'whatsapp' })
  assert.deepEqual(
    sources.map(({ name }) => name),
    ['whatsapp'],
  )
  assert.deepEqual(webhookSettings, {})
})

test('the environment overrides cdktf.json', () => {
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
  ['STAGE', 'Prod_1', /stage is "Prod_1": write up to 12 lower-case letters and digits, beginning with a letter/],
  ['REGION', 'brazil', /region is "brazil": write an AWS region, such as sa-east-1/],
  ['REGION', 'sa-east-7', /region is "sa-east-7": write an AWS region/],
  ['REGION', 'eu-west-', /region is/],
  [
    'WEB_ACL_ARN',
    'arn:aws:wafv2:us-east-1:123456789012:regional/webacl/acme/11111111-2222-3333-4444-555555555555',
    /webAclArn is "arn:.*": write an ARN of sa-east-1, the region of the deployment/,
  ],
  [
    'CODE_SIGNING_CONFIG_ARN',
    'arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0',
    /codeSigningConfigArn is "arn:.*": write an ARN of sa-east-1, the region of the deployment/,
  ],
  ['TIME_ZONE', 'America/Sampa', /timeZone is "America\/Sampa": write an IANA time zone, such as America\/Sao_Paulo/],
  ['TIME_ZONE', 'america/new_york', /write an IANA time zone, such as America\/New_York/],
  ['TIME_ZONE', 'asia/kolkata', /write an IANA time zone, such as Asia\/Kolkata/],
  ['TIME_ZONE', 'europe/kyiv', /write an IANA time zone, such as Europe\/Kyiv/],
  ['TIME_ZONE', 'us/pacific', /write an IANA time zone, such as America\/Los_Angeles/],
  ['TIME_ZONE', 'Brazil/East', /write an IANA time zone, such as America\/Sao_Paulo/],
  ['TIME_ZONE', 'ACT', /write an IANA time zone, such as Australia\/Darwin/],
  ['TIME_ZONE', 'AET', /write an IANA time zone/],
  ['TIME_ZONE', 'SystemV/PST8PDT', /write an IANA time zone, such as America\/Sao_Paulo/],
  ['TIME_ZONE', '-03:00', /write an IANA time zone/],
  ['TIME_ZONE', 'UTC-3', /write an IANA time zone/],
  ['SINCE', '2023-02-29', /since is "2023-02-29": write a date, such as 2023-01-01 \(/],
  ['SINCE', '01/01/2023', /since is/],
  [
    'SOURCES',
    'whatsapp,nowhere',
    new RegExp(`sources is "whatsapp,nowhere": write one or more of ${sources.map(({ name }) => name).join(', ')} \\(`),
  ],
  ['RETIRING_SOURCES', 'nowhere', /retiringSources is "nowhere": write nothing, or one or more of/],
  [
    'RETIRING_SOURCES',
    'telegram',
    /retiringSources is "telegram": write platforms that are not in sources, as telegram is, or nothing/,
  ],
  ['TELEGRAM_CHAT_IDS', '-100123,@mygroup', /telegramChatIds is "-100123,@mygroup": write ids of chats/],
  ['TELEGRAM_CHAT_IDS', '99999999999999999999', /telegramChatIds is .*: write ids of chats/],
  ['BUCKET_PREFIX', 'My_Lake', /bucketPrefix is "My_Lake": write 3 to 28 lower-case letters/],
  ['BUCKET_PREFIX', 'a..b', /bucketPrefix is/],
  ['BUCKET_PREFIX', 'xn--lake', /bucketPrefix is/],
  ['BUCKET_PREFIX', `${'long'.repeat(8)}`, /bucketPrefix is/],
  ['RETENTION_DAYS', 'ever', /retentionDays is "ever": write a whole number from 0/],
  ['RETENTION_DAYS', '', /retentionDays is "": write a whole number/],
  ['RETENTION_DAYS', '0x10', /retentionDays is "0x10": write a whole number/],
  ['RETENTION_DAYS', '1e2', /retentionDays is/],
  ['LOG_RETENTION_DAYS', '100', /logRetentionDays is "100": write one of 1, 3, 5/],
  ['RUNTIME', 'python3.12', /runtime is "python3.12": write one of Lambda's Node.js runtimes/],
  ['RUNTIME', 'nodejs23.x', /runtime is "nodejs23.x": write one of Lambda's Node.js runtimes, even from 20 on/],
  ['RUNTIME', 'nodejs24.x', /runtime is "nodejs24.x": write nodejs22.x, or set providerVersion to 6.25.0/],
  ['RUNTIME', 'nodejs18.x', /runtime is/],
  ['PROVIDER_VERSION', '6.26.0', /providerVersion is "6.26.0": write a version of the AWS provider for Terraform from/],
  ['PROVIDER_VERSION', '>= 5.100.0', /providerVersion is/],
  ['INGEST_CONCURRENCY', '0', /ingestConcurrency is "0": write a whole number from 1 to 10000, or -1 \(/],
  ['INGEST_CONCURRENCY', '-2', /ingestConcurrency is/],
  ['THROTTLE_RATE', '0', /throttleRate is "0": write a whole number from 1/],
  ['SILENCE_HOURS', '169', /silenceHours is "169": write a whole number from 1 to 168, or 0 \(/],
  ['SILENCE_HOURS', '-1', /silenceHours is/],
  ['ALARM_EMAIL', 'ops@example', /alarmEmail is "ops@example": write addresses, such as ops@example.com, or nothing/],
  ['ALARM_EMAIL', 'a@example.com, b@', /alarmEmail is/],
  ['ALARM_TOPIC_ARN', 'acme-alarms', /alarmTopicArn is "acme-alarms": write the ARN of an SNS topic/],
  ['ALARM_TOPIC_ARN', 'arn:aws:sns:us-east-1:123456789012:acme', /alarmTopicArn is .*: write an ARN of sa-east-1/],
  ['PERMISSIONS_BOUNDARY', 'boundary', /permissionsBoundary is "boundary": write the ARN of an IAM policy/],
  ['ALLOWED_ACCOUNT_IDS', '1234', /allowedAccountIds is "1234": write ids of AWS accounts/],
  ['MONTHLY_BUDGET_USD', '-5', /monthlyBudgetUsd is "-5": write a whole number from 1 to 10000000, or 0/],
  ['ROLE_PATH', 'acme', /rolePath is "acme": write a path that begins and ends with a slash/],
  ['ALARM_EMAIL', 'mailto:ops@example.com', /alarmEmail is/],
  ['ALARM_EMAIL', '<ops@example.com>', /alarmEmail is/],
  ['API_GATEWAY_ACCOUNT', 'yes', /apiGatewayAccount is "yes": write true or false/],
  ['FORCE_DESTROY', 'constructor', /forceDestroy is "constructor": write true or false/],
  ['STATE_BUCKET', 's3://state', /stateBucket is/],
  ['STATE_BUCKET', 'acme..state', /stateBucket is/],
  ['STATE_REGION', 'brazil', /stateRegion is "brazil": write its AWS region, or nothing/],
  ['ANALYSTS', 'bob', /analysts is "bob": write ARNs of IAM roles or users/],
  ['LAKE_FORMATION', 'true', /lakeFormation is "true": write false, or name in analysts who may assume the role/],
  ['TAGS', 'aws:team=data', /tags is "aws:team=data": write tags as AWS accepts them, such as/],
  ['TAGS', 'chatlake:region=x', /tags is/],
  ['TAGS', '{"team": 1}', /tags is/],
  ['TAGS', '{"team"', /tags is/],
  ['TAGS', '=data', /tags is/],
  ['MAINTAINERS', 'alice', /maintainers is "alice": write ARNs of IAM roles or users/],
  ['MAINTAINERS', 'arn:aws:iam::123456789012:role/*', /maintainers is/],
]
for (const [name, value, expected] of wrong) {
  test(`CHATLAKE_${name}=${value} is refused`, () => {
    const message = refusal({ ...CHAT, [`CHATLAKE_${name}`]: value })
    assert.match(message, expected)
    assert.match(message, new RegExp(`CHATLAKE_${name}\\)$`, 'm'))
  })
}

test('one message names everything that is wrong', () => {
  assert.equal(refusal({ CHATLAKE_STAGE: '!', CHATLAKE_REGION: '!' }).split('\n').length, 3)
})

test('a setting that cdktf.json lacks is refused', () => {
  assert.match(refusal(CHAT, { stage: undefined }), /^stage is missing: write/)
})

test("time zones are accepted by IANA's current name and by the older one that Node.js has", () => {
  for (const zone of ['Asia/Kolkata', 'Asia/Calcutta', 'Europe/Kyiv', 'Europe/Kiev', 'America/Nuuk', 'UTC']) {
    assert.equal(read({ ...CHAT, CHATLAKE_TIME_ZONE: zone }).timeZone, zone)
  }
})

test('addresses and a topic of the company exclude each other', () => {
  const topic = { CHATLAKE_ALARM_TOPIC_ARN: 'arn:aws:sns:sa-east-1:123456789012:acme-alarms' }
  assert.doesNotThrow(() => read({ ...CHAT, ...topic }))
  assert.match(
    refusal({ ...CHAT, ...topic, CHATLAKE_ALARM_EMAIL: 'ops@example.com' }),
    /^alarmEmail is .*: write nothing, because the owner of alarmTopicArn subscribes addresses/,
  )
})

test('an unknown name is refused, with the setting that was probably meant', () => {
  assert.equal(
    refusal({ ...CHAT, CHATLAKE_RETENTION_DAY: '90' }),
    'CHATLAKE_RETENTION_DAY is not a setting: write CHATLAKE_RETENTION_DAYS',
  )
  assert.equal(
    refusal({ ...CHAT, CHATLAKE_RETENTION: '90' }),
    'CHATLAKE_RETENTION is not a setting: write CHATLAKE_RETENTION_DAYS',
  )
  assert.equal(refusal(CHAT, { timezone: 'UTC' }), 'timezone is not a setting: write timeZone')
  assert.equal(refusal(CHAT, { zzzzzzzz: 1 }), 'zzzzzzzz is not a setting: infra/README.md lists them')
  assert.doesNotThrow(() => read({ CHATLAKE_SOURCES: 'whatsapp', CHATLAKE_TELEGRAM_CHAT_IDS: '' }))
  assert.doesNotThrow(() => read({ ...CHAT, CDKTF_HOME: '' }, { cdktfVersion: '0.21.0' }))
})

test('valid numbers, runtimes, addresses and ARNs are accepted', () => {
  const settings = read({
    ...CHAT,
    CHATLAKE_INGEST_CONCURRENCY: '-1',
    CHATLAKE_RUNTIME: 'nodejs24.x',
    CHATLAKE_PROVIDER_VERSION: '6.25.0',
    CHATLAKE_ALARM_EMAIL: "o'ps+lake@mail.example.com",
    CHATLAKE_MAINTAINERS: 'arn:aws:iam::123456789012:role/teams/Ops_1,arn:aws:iam::123456789012:user/ana@example.com',
  })
  assert.equal(settings.ingestConcurrency, -1)
  assert.equal(settings.maintainers.length, 2)
})

test('tags are a map, as a list of pairs or as JSON in the environment', () => {
  const tags = (CHATLAKE_TAGS: string) => read({ ...CHAT, CHATLAKE_TAGS }).tags
  assert.deepEqual(tags('team=data, cost-center = 42,empty='), { team: 'data', 'cost-center': '42', empty: '' })
  assert.deepEqual(tags('{"team": "a=b c"}'), { team: 'a=b c' })
  assert.deepEqual(tags(''), {})
  assert.deepEqual(read(CHAT, { tags: { Equipe: 'São Paulo' } }).tags, { Equipe: 'São Paulo' })
})

test("the state's region is the deployment's unless it is set", () => {
  assert.equal(read({ ...CHAT, CHATLAKE_REGION: 'eu-west-1' }).stateRegion, 'eu-west-1')
  assert.equal(read({ ...CHAT, CHATLAKE_STATE_REGION: 'us-east-1' }).stateRegion, 'us-east-1')
})

test('cdktf checks the settings before the build: a wrong one is printed once, and the exit code is 1', () => {
  const [first, ...others] = String(app).split(' && ')
  assert.equal(first, 'node scripts/run.mjs infra/check-settings.ts')
  assert.equal(others.length, 2)
  const check = (region: string) =>
    spawnSync('node', ['scripts/run.mjs', 'infra/check-settings.ts'], {
      env: { PATH: process.env.PATH, ...CHAT, CHATLAKE_REGION: region },
      encoding: 'utf8',
    })
  const { status, stdout, stderr } = check('sa-east-7')
  assert.deepEqual([status, stdout], [1, ''])
  assert.match(stderr, /^region is "sa-east-7": write an AWS region, such as sa-east-1 \(.*\)\n$/)
  assert.equal(check('sa-east-1').status, 0)
})

/** The settings of a deployment with the platforms that cdktf.json chooses. */
const declared = declaredSettings(sources.filter(({ name }) => context.sources.includes(name)))

test('cdktf.json has every setting with its declared default', () => {
  assert.deepEqual(
    Object.entries(context),
    declared.map(({ name, default: value }) => [name, value]),
  )
})

test('the table in README.md is that of the declared settings', () => {
  const lines = declared.map(({ name, default: value, description }) => {
    const items = [value].flat().filter(item => item !== '' && typeof item !== 'object') // no map has a default
    return `| \`${name}\` | ${items.map(item => `\`${item}\``).join(', ') || 'none'} | ${description} |`
  })
  const table = ['| setting | default | description |', '|---|---|---|', ...lines]
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8').split('\n')
  const start = readme.findIndex(line => line.startsWith('| setting |'))
  const end = readme.findIndex((line, i) => i > start && !line.startsWith('|'))
  assert.deepEqual(readme.slice(start, end), table, `infra/README.md needs this table:\n${table.join('\n')}`)
})
