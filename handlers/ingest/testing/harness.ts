import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { DEFAULT_TIME_ZONE, dayIn } from '../../lake/calendar.ts'
import type { ObjectStore } from '../../lake/object-store.ts'
import type { Source } from '../../sources/source.ts'
import { Configuration, type SecretStore } from '../../webhook/configuration.ts'
import { ingestHandler } from '../handler.ts'
import { ENVIRONMENT, PRIVATE } from './deliveries.ts'

export interface IngestOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly secrets?: SecretStore
  readonly now?: () => number
  readonly timeZone?: string
  readonly raw?: () => ObjectStore
  /** The objects of the lake; pass those of another ingest to have two functions of one lake. */
  readonly stored?: Map<string, Stored>
  readonly answerWithinMs?: number
}

export interface Stored {
  readonly key: string
  readonly body: Buffer
  readonly receivedAt: number
}

/** The result of one request. */
export interface Outcome {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
  /** The bodies that it stored. */
  readonly stored: readonly Stored[]
  /** What it asked of the store, for example `LIST telegram/chats/-1/`. */
  readonly requests: readonly string[]
  /** The events it logged. */
  readonly logged: readonly string[]
  /** The metrics that CloudWatch reads from its log. */
  readonly counted: Readonly<Record<string, number>>
}

export type LogLine = Readonly<Record<string, unknown>>

/** An ingest handler over a store in memory. `deliver` sends it a request and returns the result. */
export function openIngest(source: Source, options: IngestOptions = {}) {
  const { env = ENVIRONMENT, secrets, now, timeZone = DEFAULT_TIME_ZONE, answerWithinMs } = options
  const { stored = new Map<string, Stored>() } = options
  const requests: string[] = []
  const lines: LogLine[] = []
  const handler = ingestHandler(
    source,
    {
      configuration: new Configuration(env, secrets, now, source.webhook.answerWithinMs),
      raw: options.raw ?? (() => memoryStore(stored, source, requests)),
      day: dayIn(timeZone),
      ...(answerWithinMs === undefined ? {} : { answerWithinMs }),
    },
    line => lines.push(readLine(line)),
  )
  return {
    handler,
    stored,
    lines,
    requests,
    async deliver(event: APIGatewayProxyEvent): Promise<Outcome> {
      const [before, requestsBefore, linesBefore] = [new Set(stored.keys()), requests.length, lines.length]
      const { statusCode, headers = {}, body } = await handler(event, { awsRequestId: 'request-1' })
      const written = lines.slice(linesBefore)
      return {
        status: statusCode,
        headers,
        body,
        stored: [...stored.values()].filter(({ key }) => !before.has(key) && IN_A_DAY.test(key)),
        requests: requests.slice(requestsBefore),
        logged: written.map(line => String(line.event)),
        counted: Object.assign({}, ...written.map(metricsOf)),
      }
    },
  }
}

/** The one object that a delivery stored. */
export function only({ stored }: Outcome): Stored {
  const [object, ...others] = stored
  assert.ok(object && others.length === 0, `${stored.length} objects stored`)
  return object
}

const IN_A_DAY = /^\w+\/context_date=\d{4}-\d\d-\d\d\//

/** A store that can only put a new object, as most ingests in AWS. */
export function storeThatPuts(putIfAbsent: ObjectStore['putIfAbsent']): ObjectStore {
  const denied = () => assert.fail('an ingest only puts new objects')
  return { putIfAbsent, put: denied, get: denied, readEach: denied, list: denied, delete: denied }
}

/** A store that can do what an ingest's role in AWS can: put a new object, and list the platform's folder of pairs. */
function memoryStore(stored: Map<string, Stored>, { name, webhook }: Source, requests: string[]): ObjectStore {
  const store = storeThatPuts(async (key, body, receivedAt) => {
    requests.push(`PUT ${key}`)
    if (stored.has(key)) return 'exists'
    stored.set(key, { key, body: Buffer.from(body), receivedAt })
    return 'created'
  })
  return {
    ...store,
    async *list(prefix) {
      requests.push(`LIST ${prefix}`)
      assert.ok(webhook.pairsFolder && prefix.startsWith(`${name}/${webhook.pairsFolder}/`), `may not list ${prefix}`)
      const found = [...stored.values()].filter(({ key }) => key.startsWith(prefix))
      yield found.map(({ key, body, receivedAt }) => ({ key, lastModified: receivedAt, size: body.length }))
    },
  }
}

/** Every line that this process has logged. */
const written: string[] = []

/** Parses a line of the log, and records it for `testThatLogsAreDiscreet`. */
export function readLine(line: string): LogLine {
  written.push(line)
  return JSON.parse(line)
}

/** The metrics that CloudWatch reads from a line, by the rules of the embedded metric format. It drops invalid ones. */
export function metricsOf(line: LogLine): Record<string, number> {
  if (line._aws === undefined) return {}
  const { Timestamp, CloudWatchMetrics } = line._aws as EmbeddedMetrics
  assert.ok(Number.isSafeInteger(Timestamp) && Timestamp > 1e12, 'the timestamp is in epoch milliseconds')
  const counts = CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) => {
    assert.match(Namespace, /^[\w.\-/#: ]{1,255}$/)
    assert.ok(Dimensions.length > 0 && Metrics.length > 0)
    for (const dimension of Dimensions.flat()) assert.equal(typeof line[dimension], 'string', `dimension ${dimension}`)
    return Metrics.map(({ Name, Unit }) => {
      assert.equal(Unit, 'Count')
      assert.equal(typeof line[Name], 'number', `metric ${Name}`)
      return [Name, Number(line[Name])] as const
    })
  })
  return Object.fromEntries(counts)
}

interface EmbeddedMetrics {
  readonly Timestamp: number
  readonly CloudWatchMetrics: readonly {
    readonly Namespace: string
    readonly Dimensions: readonly (readonly string[])[]
    readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[]
  }[]
}

/** Checks all lines that the tests before it in the file made the code log. Call it at the end of a test file. */
export function testThatLogsAreDiscreet() {
  test('no log line contains a secret, a name, a number or a message text', () => {
    assert.ok(written.length > 0)
    for (const line of written) {
      for (const word of PRIVATE) assert.ok(!line.includes(word), `${word} in ${line}`)
    }
  })
}
