import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { type IngestHandler, ingestHandler } from '../../../handlers/ingest/handler.ts'
import { SECRETS, sign, telegramPost, whatsappPost } from '../../../handlers/ingest/testing/deliveries.ts'
import { DEFAULT_TIME_ZONE, dayIn } from '../../../handlers/lake/calendar.ts'
import { readBack } from '../../../handlers/lake/testing/read-parquet.ts'
import { sources } from '../../../handlers/sources/index.ts'
import type { Source } from '../../../handlers/sources/source.ts'
import { allFixtures } from '../../../handlers/sources/testing/fixtures.ts'
import { parsedOf } from '../../../handlers/sources/testing/mutations.ts'
import { type DayStats, transformDay } from '../../../handlers/transform/transform-day.ts'
import { Configuration } from '../../../handlers/webhook/configuration.ts'
import { must, Violation } from '../verify-faults/oracle.ts'
import { randomOf } from '../verify-faults/random.ts'
import { MemoryStore } from './memory-store.ts'
import { minimise } from './minimise.ts'
import { mutatedBody } from './mutated-body.ts'
import { chatsOf, type ExpectedMessage, expectedAnswer, readers } from './oracle.ts'

export interface FuzzOptions {
  readonly seed: number
  /** Number of cases. */
  readonly cases: number
  /** Epoch milliseconds at which the run ends even if it has run fewer cases. */
  readonly until: number
  /** Replaces the transform, for tests with a broken one. */
  readonly transform?: typeof transformDay
  readonly progress?: (cases: number) => void
}

interface Lake {
  readonly raw: MemoryStore
  readonly enriched: MemoryStore
}

export interface FuzzReport {
  readonly cases: number
  readonly stored: number
  readonly rows: number
  readonly duplicates: number
  readonly quarantined: number
}

/** Cases per day: few enough that a failing one among them is found quickly. */
const CASES_PER_DAY = 250

/** A case that failed, and why. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure'
}

const DATE = '2026-03-10'
const NEXT = '2026-03-11'
const NOON = Date.parse(`${DATE}T15:00:00Z`)
const DAY_MS = 86_400_000

/** The bodies of the fixtures of each source, from which the cases are made. */
const seeds = Object.fromEntries(
  sources.map(({ name }) => [
    name,
    allFixtures()
      .filter(it => it.source.name === name)
      .map(it => Buffer.from(it.fixture.body)),
  ]),
)

/** The chats of all Telegram fixtures are configured, so that most mutated bodies are stored. */
const chats = new Set(
  (seeds.telegram ?? [])
    .flatMap(body => chatsOf((parsedOf(body) ?? {}) as Record<string, unknown>))
    .filter(id => Number.isInteger(id) && Math.abs(Number(id)) < 1e15),
)
const configuration = new Configuration({ ...SECRETS, TELEGRAM_CHAT_ID: [...chats].join() })

/**
 * Sends mutated fixtures through ingest and transform, and compares the tables with the oracle.
 * @throws FuzzFailure with a body that fails, made as small as possible
 */
export async function fuzz({
  seed,
  cases,
  until,
  transform = transformDay,
  progress,
}: FuzzOptions): Promise<FuzzReport> {
  const report = { cases: 0, stored: 0, rows: 0, duplicates: 0, quarantined: 0 }
  for (let batch = 0; report.cases < cases && Date.now() < until; batch++) {
    const source = sources[batch % sources.length] as Source
    const bodies = fc.sample(mutatedBody(seeds[source.name] ?? []), {
      seed: randomOf(seed, 'fuzz', batch).int(2 ** 31),
      numRuns: Math.min(CASES_PER_DAY, cases - report.cases),
    })
    try {
      const { stats, stored } = await runDay(source, bodies, transform)
      report.stored += stored
      for (const count of ['rows', 'duplicates', 'quarantined'] as const) report[count] += stats[count]
    } catch (error) {
      throw await failureOf(error, seed, source, bodies, transform)
    }
    report.cases += bodies.length
    progress?.(report.cases)
  }
  return report
}

/** The failure of the first body that fails alone, made small, or of the whole day where only several bodies fail. */
async function failureOf(
  error: unknown,
  seed: number,
  source: Source,
  bodies: readonly Buffer[],
  transform: typeof transformDay,
) {
  const failure = async (body: Buffer): Promise<unknown> => {
    try {
      await runDay(source, [body], transform)
    } catch (error) {
      return error
    }
  }
  for (const body of bodies) {
    if (!(await failure(body))) continue
    const smallest = await minimise(body, async smaller => Boolean(await failure(smaller)))
    const reason = messageOf(await failure(smallest))
    const text = smallest.toString()
    const shown = Buffer.from(text).equals(smallest) ? JSON.stringify(text) : `${smallest.toString('base64')} (base64)`
    return new FuzzFailure(`${source.name}, seed ${seed}: ${reason}\n  the body: ${shown}`, { cause: error })
  }
  return new FuzzFailure(`${source.name}, seed ${seed}, several bodies together: ${messageOf(error)}`, { cause: error })
}

const messageOf = (error: unknown) =>
  error instanceof Violation ? error.message : String((error as Error)?.stack ?? error)

/** Runs a day of cases. After each a normal message, its neighbour, is delivered, which must become a row. */
async function runDay(source: Source, bodies: readonly Buffer[], transform: typeof transformDay) {
  const lake: Lake = { raw: new MemoryStore(), enriched: new MemoryStore() }
  const lines: string[] = []
  const handler = ingestHandler(source, { configuration, raw: () => lake.raw, day: dayIn(DEFAULT_TIME_ZONE) }, line =>
    lines.push(line),
  )
  const stored = new Map<string, Buffer>()
  for (const [i, body] of bodies.entries()) {
    await deliver(source, handler, lake, body, i, stored)
    await deliver(source, handler, lake, neighbourOf(source, i), i, stored)
  }
  for (const line of lines) must(!/[\n\r]/.test(line) && JSON.parse(line), `a log line is not JSON: ${line}`)
  const stats = await transform(source, DATE, lake)
  await verifyDay(source, lake, stats, stored)
  await verifyRepetition(source, lake, stored, await transform(source, NEXT, lake))
  return { stats, stored: stored.size }
}

/** Sends one delivery. A body that is refused is put into raw nevertheless: a transform must accept any body. */
async function deliver(
  source: Source,
  handler: IngestHandler,
  lake: Lake,
  body: Buffer,
  i: number,
  stored: Map<string, Buffer>,
) {
  const post = source.name === 'whatsapp' ? whatsappPost : telegramPost
  const key = `${source.name}/context_date=${DATE}/${createHash('sha256').update(body).digest('hex')}.json`
  const at = NOON + i * 1000
  const forged = { 'X-Hub-Signature-256': sign(body, 'guessed'), 'X-Telegram-Bot-Api-Secret-Token': 'guessed' }
  if (!stored.has(key)) {
    const refused = await handler(post(body, { at, headers: forged }))
    must(refused.statusCode === 401, `a forged delivery is answered with ${refused.statusCode}`)
    must(!(await lake.raw.get(key)), 'a forged delivery is stored')
  }
  const { status, isStored } = expectedAnswer(source.name, parsedOf(body), chats)
  const { statusCode } = await handler(post(body, { at }))
  must(statusCode === status, `answered with ${statusCode}, not ${status}`)
  const object = await lake.raw.get(key)
  must(isStored || stored.has(key) || !object, 'stored, although it should not be kept')
  must(!isStored || object, 'acknowledged, but not stored')
  must(!object || body.equals(object.body), 'stored with other bytes')
  if (!object) await lake.raw.putIfAbsent(key, body, at)
  await lake.raw.putIfAbsent(key.replace(DATE, NEXT), body, at + DAY_MS)
  stored.set(key, body)
}

/** A normal message with a known text. */
function neighbourOf(source: Source, i: number): Buffer {
  const whatsapp = {
    object: 'whatsapp_business_account',
    entry: [
      {
        changes: [{ field: 'messages', value: { messages: [{ id: `neighbour-${i}`, text: { body: `text ${i}` } }] } }],
      },
    ],
  }
  const telegram = { update_id: 1e12 + i, message: { chat: { id: [...chats][0] }, text: `text ${i}` } }
  return Buffer.from(JSON.stringify(source.name === 'whatsapp' ? whatsapp : telegram))
}

const NEIGHBOUR = { whatsapp: /^neighbour-(\d+)$/, telegram: /^1(\d{12})$/ } as const

/** Compares the counts, the table and the quarantine with the oracle. */
async function verifyDay(source: Source, lake: Lake, stats: DayStats, stored: ReadonlyMap<string, Buffer>) {
  const messages = expectedMessages(source, stored)
  const ids = messages.flatMap(it => (it === 'quarantined' ? [] : [it.id]))
  const distinct = new Set(ids.filter(id => id !== null))
  const nulls = ids.filter(id => id === null).length
  const expected = {
    ...{ objects: stored.size, messages: messages.length, rows: distinct.size + nulls },
    ...{ duplicates: ids.length - distinct.size - nulls, quarantined: messages.length - ids.length },
  }
  const { objects, rows, duplicates, quarantined } = stats
  const counted = { objects, messages: stats.messages, rows, duplicates, quarantined }
  must(
    isDeepStrictEqual(counted, expected),
    `the counts are ${JSON.stringify(counted)}, not ${JSON.stringify(expected)}`,
  )

  const table = await tableOf(lake, `${source.name}/context_date=${DATE}/${source.name}.parquet`)
  must(table.length === rows, `the table has ${table.length} rows, the count is ${rows}`)
  const found = table.flatMap(row => (row[source.id] === null ? [] : [String(row[source.id])]))
  must(new Set(found).size === found.length, 'an id is twice in the table')
  for (const id of distinct)
    must(found.includes(id as string) || new Set(found).has(id as string), `not in the table: ${JSON.stringify(id)}`)
  for (const row of table) {
    const [, i] = NEIGHBOUR[source.name as keyof typeof NEIGHBOUR]?.exec(String(row[source.id])) ?? []
    if (i)
      must(
        (row.message ?? row.text) === `text ${Number(i)}`,
        `a neighbour lost its text: ${JSON.stringify(row.message ?? row.text)}`,
      )
  }
  const bad = await tableOf(lake, `quarantine/source=${source.name}/context_date=${DATE}/quarantine.parquet`)
  must(bad.length === quarantined, `the quarantine has ${bad.length} rows, the count is ${quarantined}`)
  for (const { raw_key, reason, detail, payload } of bad) {
    const body = stored.get(String(raw_key))
    must(body, `the quarantine names ${raw_key}, which is not stored`)
    must(typeof detail === 'string' && detail !== '', 'a quarantined message has no detail')
    must(reason !== 'unreadable', `reading a body threw: ${detail}`)
    const kept = Buffer.from(String(payload), reason === 'not_utf8' ? 'base64' : 'utf8')
    must(body.includes(kept), `the quarantine (${reason}) has another text than the body`)
  }
}

/** Checks the next day with the same bodies: only messages without an id become rows again. */
async function verifyRepetition(source: Source, lake: Lake, stored: ReadonlyMap<string, Buffer>, stats: DayStats) {
  const messages = expectedMessages(source, stored)
  const nulls = messages.filter(it => it !== 'quarantined' && it.id === null).length
  must(stats.rows === nulls, `delivered again on the next day, ${stats.rows} messages became rows, not ${nulls}`)
  const table = await tableOf(lake, `${source.name}/context_date=${NEXT}/${source.name}.parquet`)
  must(table.length === nulls, `the next day's table has ${table.length} rows, not ${nulls}`)
}

/** What the oracle reads in the stored bodies. */
const expectedMessages = (source: Source, stored: ReadonlyMap<string, Buffer>): ExpectedMessage[] =>
  [...stored.values()].flatMap(body => readers[source.name]?.(parsedOf(body)) ?? [])

async function tableOf(lake: Lake, key: string): Promise<Record<string, unknown>[]> {
  const object = await lake.enriched.get(key)
  return object ? (await readBack(object.body)).rows : []
}
