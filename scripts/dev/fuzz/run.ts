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
import { minimised } from './minimise.ts'
import { mutatedBody } from './mutated-body.ts'
import { chatsOf, expectedAnswer, type Holding, holdings } from './oracle.ts'

export interface FuzzOptions {
  readonly seed: number
  /** Ends after so many cases, or at this time in epoch milliseconds, whichever comes first. */
  readonly cases: number
  readonly until: number
  /** Stands for the transform; one that is broken must be found. */
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

/** Cases of a day: few enough that a failing one is soon found among them. */
const CASES_OF_A_DAY = 250

/** A case and what failed about it. */
export class Found extends Error {
  override readonly name = 'Found'
}

const DATE = '2026-03-10'
const NEXT = '2026-03-11'
const NOON = Date.parse(`${DATE}T15:00:00Z`)
const DAY_MS = 86_400_000

/** The chats of all Telegram fixtures are ours, so that most of what is made of them is stored. */
const seeds = Object.fromEntries(
  sources.map(({ name }) => [
    name,
    allFixtures()
      .filter(it => it.source.name === name)
      .map(it => Buffer.from(it.fixture.body)),
  ]),
)
const chats = new Set(
  (seeds.telegram ?? [])
    .flatMap(body => chatsOf((parsedOf(body) ?? {}) as Record<string, unknown>))
    .filter(id => Number.isInteger(id) && Math.abs(Number(id)) < 1e15),
)
const configuration = new Configuration({ ...SECRETS, TELEGRAM_CHAT_ID: [...chats].join() })

/** Runs cases through ingest, transform and the independent reader. @throws Found, with the smallest body that fails */
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
      numRuns: Math.min(CASES_OF_A_DAY, cases - report.cases),
    })
    try {
      const { account, stored } = await day(source, bodies, transform)
      report.stored += stored
      for (const count of ['rows', 'duplicates', 'quarantined'] as const) report[count] += account[count]
    } catch (error) {
      throw await found(error, seed, source, bodies, transform)
    }
    report.cases += bodies.length
    progress?.(report.cases)
  }
  return report
}

/** The body that fails alone, made small; or the whole day where it takes several. */
async function found(
  error: unknown,
  seed: number,
  source: Source,
  bodies: readonly Buffer[],
  transform: typeof transformDay,
) {
  const failure = async (body: Buffer): Promise<unknown> => {
    try {
      await day(source, [body], transform)
    } catch (error) {
      return error
    }
  }
  for (const body of bodies) {
    if (!(await failure(body))) continue
    const smallest = await minimised(body, async smaller => Boolean(await failure(smaller)))
    const reason = messageOf(await failure(smallest))
    const text = smallest.toString()
    const shown = Buffer.from(text).equals(smallest) ? JSON.stringify(text) : `${smallest.toString('base64')} (base64)`
    return new Found(`${source.name}, seed ${seed}: ${reason}\n  the body: ${shown}`, { cause: error })
  }
  return new Found(`${source.name}, seed ${seed}, several bodies together: ${messageOf(error)}`, { cause: error })
}

const messageOf = (error: unknown) =>
  error instanceof Violation ? error.message : String((error as Error)?.stack ?? error)

/** A day of cases, each beside a neighbour that nothing may happen to. */
async function day(source: Source, bodies: readonly Buffer[], transform: typeof transformDay) {
  const lake: Lake = { raw: new MemoryStore(), enriched: new MemoryStore() }
  const lines: string[] = []
  const handler = ingestHandler(source, { configuration, raw: () => lake.raw, day: dayIn(DEFAULT_TIME_ZONE) }, line =>
    lines.push(line),
  )
  const stored = new Map<string, Buffer>()
  for (const [i, body] of bodies.entries()) {
    await delivered(source, handler, lake, body, i, stored)
    await delivered(source, handler, lake, neighbourOf(source, i), i, stored)
  }
  for (const line of lines) must(!/[\n\r]/.test(line) && JSON.parse(line), `a line of the log is not JSON: ${line}`)
  const account = await transform(source, DATE, lake)
  await verifyDay(source, lake, account, stored)
  await verifyRepetition(source, lake, stored, await transform(source, NEXT, lake))
  return { account, stored: stored.size }
}

/** Sends one delivery; what is refused is put into raw all the same, since a transform must bear anything. */
async function delivered(
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
  must(isStored || stored.has(key) || !object, 'stored, though it is not ours')
  must(!isStored || object, 'acknowledged, but not stored')
  must(!object || body.equals(object.body), 'stored with other bytes')
  if (!object) await lake.raw.putIfAbsent(key, body, at)
  await lake.raw.putIfAbsent(key.replace(DATE, NEXT), body, at + DAY_MS)
  stored.set(key, body)
}

/** A message like any other, whose row is known. */
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

async function verifyDay(source: Source, lake: Lake, account: DayStats, stored: ReadonlyMap<string, Buffer>) {
  const held: Holding[] = [...stored.values()].flatMap(body => holdings[source.name]?.(parsedOf(body)) ?? [])
  const ids = held.flatMap(it => (it === 'quarantined' ? [] : [it.id]))
  const distinct = new Set(ids.filter(id => id !== null))
  const nulls = ids.filter(id => id === null).length
  const expected = {
    ...{ objects: stored.size, messages: held.length, rows: distinct.size + nulls },
    ...{ duplicates: ids.length - distinct.size - nulls, quarantined: held.length - ids.length },
  }
  const { objects, messages, rows, duplicates, quarantined } = account
  const counted = { objects, messages, rows, duplicates, quarantined }
  must(
    isDeepStrictEqual(counted, expected),
    `the account is ${JSON.stringify(counted)}, not ${JSON.stringify(expected)}`,
  )

  const table = await tableOf(lake, `${source.name}/context_date=${DATE}/${source.name}.parquet`)
  must(table.length === rows, `the table has ${table.length} rows, the account ${rows}`)
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
  must(bad.length === quarantined, `the quarantine has ${bad.length} rows, the account ${quarantined}`)
  for (const { raw_key, reason, detail, payload } of bad) {
    const body = stored.get(String(raw_key))
    must(body, `the quarantine names ${raw_key}, which is not stored`)
    must(typeof detail === 'string' && detail !== '', 'a quarantined message has no detail')
    must(reason !== 'unreadable', `reading a body threw: ${detail}`)
    const kept = Buffer.from(String(payload), reason === 'not_utf8' ? 'base64' : 'utf8')
    must(body.includes(kept), `the quarantine (${reason}) keeps other text than came`)
  }
}

/** The same bodies on the next day: nothing is a row again, but what has no id. */
async function verifyRepetition(source: Source, lake: Lake, stored: ReadonlyMap<string, Buffer>, account: DayStats) {
  const held: Holding[] = [...stored.values()].flatMap(body => holdings[source.name]?.(parsedOf(body)) ?? [])
  const nulls = held.filter(it => it !== 'quarantined' && it.id === null).length
  must(account.rows === nulls, `delivered again on the next day, ${account.rows} messages became rows, not ${nulls}`)
  const table = await tableOf(lake, `${source.name}/context_date=${NEXT}/${source.name}.parquet`)
  must(table.length === nulls, `the next day's table has ${table.length} rows, not ${nulls}`)
}

async function tableOf(lake: Lake, key: string): Promise<Record<string, unknown>[]> {
  const object = await lake.enriched.get(key)
  return object ? (await readBack(object.body)).rows : []
}
