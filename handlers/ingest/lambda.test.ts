import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { sources } from '../sources/index.ts'
import type { Source } from '../sources/source.ts'
import type { IngestHandler } from './handler.ts'
import {
  environmentOf,
  NOON,
  type RequestParts,
  SECRETS,
  samplePost,
  sign,
  signedPost,
  telegramPost,
  whatsappPost,
} from './testing/deliveries.ts'
import { type FakeAws, openFakeAws, type Reply } from './testing/fake-aws.ts'
import { type LogLine, metricsOf, readLine, testThatLogsAreDiscreet } from './testing/harness.ts'
import { holdTimers } from './testing/timers.ts'

/* The bundles that `npm run build` makes and Lambda runs, against a fake S3 and Secrets Manager that can fail. */

const BUCKET = 'raw-bucket'
const SECRETS_ID = 'arn:aws:secretsmanager:sa-east-1:000000000000:secret:chatlake'

let aws: FakeAws
let lines: LogLine[]

before(async () => {
  aws = await openFakeAws()
})

beforeEach(() => {
  aws.reset()
  setEnvironment()
  lines = []
  mock.method(console, 'log', (line: string) => lines.push(readLine(line)))
  mock.method(Math, 'random', () => 0) // retries without a pause
})

afterEach(() => mock.restoreAll())

after(() => aws.close())

type Environment = Readonly<Record<string, string | undefined>>

function setEnvironment(environment: Environment = {}) {
  const variables: Environment = {
    AWS_S3_BUCKET: BUCKET,
    ...environmentOf(sources),
    TIME_ZONE: undefined,
    SECRETS_ID: undefined,
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'sa-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...environment,
  }
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}

type Deliver = (event: APIGatewayProxyEvent) => Promise<readonly [status: number, body: string]>

let coldStarts = 0

/** Loads the handler of a bundle as a new module. */
async function coldStart(source: string, environment?: Environment): Promise<Deliver> {
  setEnvironment(environment)
  const bundle = new URL(`../../dist/${source}-ingest/index.mjs?cold-start=${++coldStarts}`, import.meta.url)
  const { handler } = (await import(bundle.href)) as { handler: IngestHandler }
  return async event => {
    const { statusCode, body } = await handler(event, { awsRequestId: 'request-1' })
    return [statusCode, body]
  }
}

const counted = () => Object.assign({}, ...lines.map(metricsOf))

const largeText = randomBytes(1.5e6).toString('hex')

/** A sample delivery, spelt in a way that no serializer would give. */
const oddBody = ({ sample }: Source) =>
  ` ${Buffer.from(sample.body(1, 'é 1/2 @ 🍰')).toString().replace('1/2', '\\u00e9 \\/')}\r\n`

for (const source of sources) {
  const success = source.webhook.accepted.body ?? ''
  const post = (more: RequestParts = {}) => samplePost(source, more)

  describe(`the ${source.name}-ingest bundle`, () => {
    let deliver: Deliver

    before(async () => {
      deliver = await coldStart(source.name)
    })

    test('puts the bytes as they came, only if the key is free, with the time of arrival', async () => {
      const body = oddBody(source)
      assert.deepEqual(await deliver(signedPost(source, body)), [200, success])
      const [put, ...others] = aws.puts
      assert.ok(put && others.length === 0)
      const digest = createHash('sha256').update(body).digest('hex')
      assert.equal(put.path.split('?')[0], `/${BUCKET}/${source.name}/context_date=2026-03-10/${digest}.json`)
      assert.ok(put.body.equals(Buffer.from(body)))
      assert.equal(put.headers['if-none-match'], '*')
      assert.equal(put.headers['x-amz-meta-received-at'], new Date(NOON).toISOString())
      assert.deepEqual(counted(), { Stored: 1 })
    })

    test('3 MB reach S3 unchanged', async () => {
      const large = Buffer.from(source.sample.body(1, largeText))
      assert.deepEqual(await deliver(signedPost(source, large)), [200, success])
      assert.ok(aws.puts[0]?.body.equals(large))
    })

    const stories: readonly (readonly [string, Reply[], 200 | 500, string, puts: readonly [number, number]])[] = [
      ['412: the key was taken before', [412], 200, 'Repeated', [1, 1]],
      ['409, then 200: it lost a race and tries again', [409, 200], 200, 'Stored', [2, 2]],
      ['409, then 412: another request won the race', [409, 412], 200, 'Repeated', [2, 2]],
      ['409 every time', [409], 500, 'StoreFailed', [2, 20]],
      ['500, then 200', [500, 200], 200, 'Stored', [2, 2]],
      ['500 every time', [500], 500, 'StoreFailed', [2, 10]],
      ['a broken connection, then 200', ['reset', 200], 200, 'Stored', [2, 2]],
      ['broken connections every time', ['reset'], 500, 'StoreFailed', [2, 10]],
      ['403', [403], 500, 'StoreFailed', [1, 1]],
      ['404, no such bucket', [404], 500, 'StoreFailed', [1, 1]],
    ]

    for (const [story, replies, status, metric, [fewest, most]] of stories) {
      test(`S3 answers ${story}: ${status}`, async () => {
        aws.s3 = replies
        const [answer] = await deliver(post())
        assert.deepEqual([answer, counted()], [status, { [metric]: 1 }])
        assert.ok(aws.puts.length >= fewest && aws.puts.length <= most, `${aws.puts.length} puts`)
      })
    }

    test('S3 hangs: 500 within 10 s', async t => {
      aws.s3 = ['hang']
      const pass = holdTimers(t)
      const received = aws.received()
      const answer = deliver(post())
      await received
      pass(10_000)
      assert.equal((await answer)[0], 500)
      assert.deepEqual(counted(), { StoreFailed: 1 })
    })

    test('a delivery that is not authentic sends nothing to S3', async () => {
      assert.equal((await deliver(post({ headers: {} })))[0], 401)
      assert.deepEqual(aws.puts, [])
    })

    test('the day is that of America/Sao_Paulo unless TIME_ZONE is set', async () => {
      const lastInstant = post({ at: Date.parse('2026-03-10T02:59:59.999Z') })
      await deliver(lastInstant)
      const deliverInUtc = await coldStart(source.name, { TIME_ZONE: 'UTC' })
      await deliverInUtc(lastInstant)
      const dates = aws.puts.map(({ path }) => /context_date=([-\d]*)/.exec(path)?.[1])
      assert.deepEqual(dates, ['2026-03-09', '2026-03-10'])
    })

    test('nothing is configured: 500, and neither S3 nor Secrets Manager gets a request', async () => {
      const { secrets, settings } = source.webhook
      const names = [...secrets, ...settings.map(({ name }) => name), 'AWS_S3_BUCKET']
      const unconfigured = await coldStart(source.name, Object.fromEntries(names.map(name => [name, undefined])))
      assert.equal((await unconfigured(post()))[0], 500)
      assert.deepEqual([counted(), aws.puts, aws.secretReads], [{ Misconfigured: 1 }, [], []])
    })
  })
}

test('no bucket is configured: 500, and the log names the setting', async () => {
  const deliver = await coldStart('whatsapp', { AWS_S3_BUCKET: undefined })
  assert.equal((await deliver(whatsappPost()))[0], 500)
  assert.deepEqual([counted(), lines[0]?.setting], [{ Misconfigured: 1 }, 'AWS_S3_BUCKET'])
})

describe('secrets in Secrets Manager', () => {
  const inStore = {
    VERIFY_TOKEN: undefined,
    WHATSAPP_APP_SECRET: undefined,
    TELEGRAM_SECRET_TOKEN: undefined,
    SECRETS_ID,
  }
  const signedWith = (secret: string) => whatsappPost('{}', { headers: { 'X-Hub-Signature-256': sign('{}', secret) } })

  test('SECRETS_ID is read once, at the first delivery; a list holds the valid values', async () => {
    aws.secret = { ...SECRETS, WHATSAPP_APP_SECRET: ['old', 'new'] }
    const deliver = await coldStart('whatsapp', inStore)
    assert.deepEqual(aws.secretReads, [])
    const statuses: number[] = []
    for (const secret of ['old', 'new', 'wrong']) statuses.push((await deliver(signedWith(secret)))[0])
    assert.deepEqual([statuses, aws.secretReads], [[200, 200, 401], [SECRETS_ID]])
  })

  test('an environment variable wins, and Secrets Manager is not read', async () => {
    const deliver = await coldStart('telegram', { ...inStore, TELEGRAM_SECRET_TOKEN: SECRETS.TELEGRAM_SECRET_TOKEN })
    assert.deepEqual([await deliver(telegramPost()), aws.secretReads], [[200, ''], []])
  })

  test('a secret that is not in it: 500, and the log names it', async () => {
    aws.secret = { VERIFY_TOKEN: 'x' }
    const deliver = await coldStart('whatsapp', inStore)
    assert.equal((await deliver(whatsappPost()))[0], 500)
    assert.deepEqual([aws.puts, lines[0]?.setting], [[], 'WHATSAPP_APP_SECRET'])
  })

  test('Secrets Manager fails: 500, and the next delivery reads it again', async () => {
    const deliver = await coldStart('whatsapp', inStore)
    for (const failure of [500, 'reset'] as const) {
      aws.secret = failure
      assert.equal((await deliver(whatsappPost()))[0], 500)
      assert.deepEqual(aws.puts, [])
    }
    aws.secret = SECRETS
    assert.equal((await deliver(whatsappPost()))[0], 200)
  })

  test('Secrets Manager hangs: 500 within 10 s', async t => {
    aws.secret = 'hang'
    const deliver = await coldStart('whatsapp', inStore)
    const pass = holdTimers(t)
    const received = aws.received()
    const answer = deliver(whatsappPost())
    await received
    pass(10_000)
    assert.deepEqual([(await answer)[0], aws.puts], [500, []])
  })
})

testThatLogsAreDiscreet()
