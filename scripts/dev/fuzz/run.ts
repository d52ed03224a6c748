import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { type IngestHandler, ingestHandler } from '../../../handlers/ingest/handler.ts'
import { environmentOf, signedPost } from '../../../handlers/ingest/testing/deliveries.ts'
import { DEFAULT_TIME_ZONE, dayIn } from '../../../handlers/lake/calendar.ts'
import { readBack } from '../../../handlers/lake/testing/read-parquet.ts'
import type { Source } from '../../../handlers/sources/source.ts'
import { fixturesOf } from '../../../handlers/sources/testing/fixtures.ts'
import { parsedOf } from '../../../handlers/sources/testing/mutations.ts'
import { randomOf } from '../../../handlers/sources/testing/random.ts'
import type { ExpectedMessage, TestKit } from '../../../handlers/sources/testing/test-kit.ts'
import { testKits } from '../../../handlers/sources/testing/test-kits.ts'
import { type DayStats, transformDay } from '../../../handlers/transform/transform-day.ts'
import { Configuration } from '../../../handlers/webhook/configuration.ts'
import { must, Violation } from '../verify-faults/oracle.ts'
import { MemoryStore } from './memory-store.ts'
import { minimise } from './minimise.ts'
import { mutatedBody } from './mutated-body.ts'

export interface FuzzOptions {
  readonly seed: number
  /** Number of cases. */
  readonly cases: number
  /** Epoch milliseconds at which the run ends even if it has run fewer cases. */
  readonly until: number
  /** The platforms; the registered ones unless given. */
  readonly kits?: readonly TestKit[]
  /** The bodies of a platform from which the cases are made; its fixtures unless given. */
  readonly seedsOf?: (source: Source) => readonly Buffer[]
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

const fixtureBodies = (source: Source) => fixturesOf(source).map(({ body }) => Buffer.from(body))

/**
 * Sends mutated fixtures through ingest and transform, and compares the tables with the oracle.
 * @throws FuzzFailure with a body that fails, made as small as possible
 */
export async function runFuzzer({
  seed,
  cases,
  until,
  kits = testKits,
  seedsOf = fixtureBodies,
  transform = transformDay,
  progress,
}: FuzzOptions): Promise<FuzzReport> {
  const report = { cases: 0, stored: 0, rows: 0, duplicates: 0, quarantined: 0 }
  const seeds = kits.map(({ source }) => seedsOf(source))
  for (let batch = 0; report.cases < cases && Date.now() < until; batch++) {
    const kit = kits[batch % kits.length] as TestKit
    const bodies = fc.sample(mutatedBody(seeds[batch % kits.length] ?? []), {
      seed: randomOf(seed, 'fuzz', batch).int(2 ** 31),
      numRuns: Math.min(CASES_PER_DAY, cases - report.cases),
    })
    try {
      const { stats, stored } = await runDay(kit, bodies, transform)
      report.stored += stored
      for (const count of ['rows', 'duplicates', 'quarantined'] as const) report[count] += stats[count]
    } catch (error) {
      throw await failureOf(error, seed, kit, bodies, transform)
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
  kit: TestKit,
  bodies: readonly Buffer[],
  transform: typeof transformDay,
) {
  const { source } = kit
  const failure = async (body: Buffer): Promise<unknown> => {
    try {
      await runDay(kit, [body], transform)
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
async function runDay(kit: TestKit, bodies: readonly Buffer[], transform: typeof transformDay) {
  const { source } = kit
  const lake: Lake = { raw: new MemoryStore(), enriched: new MemoryStore() }
  const lines: string[] = []
  const configuration = new Configuration(environmentOf([source]))
  const handler = ingestHandler(source, { configuration, raw: () => lake.raw, day: dayIn(DEFAULT_TIME_ZONE) }, line =>
    lines.push(line),
  )
  const stored = new Map<string, Buffer>()
  for (const [i, body] of bodies.entries()) {
    await deliver(kit, handler, lake, body, i, stored)
    await deliver(kit, handler, lake, neighbourOf(source, i), i, stored)
  }
  for (const line of lines) must(!/[\n\r]/.test(line) && JSON.parse(line), `a log line is not JSON: ${line}`)
  const stats = await transform(source, DATE, lake)
  await verifyDay(kit, lake, stats, stored)
  await verifyRepetition(kit, lake, stored, await transform(source, NEXT, lake))
  return { stats, stored: stored.size }
}

/** Sends one delivery. A body that is refused is put into raw nevertheless: a transform must accept any body. */
async function deliver(
  { source, expectedAnswer }: TestKit,
  handler: IngestHandler,
  lake: Lake,
  body: Buffer,
  i: number,
  stored: Map<string, Buffer>,
) {
  const key = `${source.name}/context_date=${DATE}/${createHash('sha256').update(body).digest('hex')}.json`
  const at = NOON + i * 1000
  if (!stored.has(key)) {
    const refused = await handler(signedPost(source, body, { at }, () => 'guessed'))
    must(refused.statusCode === 401, `a forged delivery is answered with ${refused.statusCode}`)
    must(!(await lake.raw.get(key)), 'a forged delivery is stored')
  }
  const { status, isStored } = expectedAnswer(parsedOf(body))
  const { statusCode } = await handler(signedPost(source, body, { at }))
  must(statusCode === status, `answered with ${statusCode}, not ${status}`)
  const object = await lake.raw.get(key)
  must(isStored || stored.has(key) || !object, 'stored, although it should not be kept')
  must(!isStored || object, 'acknowledged, but not stored')
  must(!object || body.equals(object.body), 'stored with other bytes')
  if (!object) await lake.raw.putIfAbsent(key, body, at)
  await lake.raw.putIfAbsent(key.replace(DATE, NEXT), body, at + DAY_MS)
  stored.set(key, body)
}

/** A delivery of one normal message, with a text that no other message has. */
const neighbourOf = ({ sample }: Source, i: number): Buffer => Buffer.from(sample.body(i + 1, `neighbour-${i}`))

/** Compares the counts, the table and the quarantine with the oracle. */
async function verifyDay(kit: TestKit, lake: Lake, stats: DayStats, stored: ReadonlyMap<string, Buffer>) {
  const { source } = kit
  const messages = expectedMessages(kit, stored)
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
  const texts = table.flatMap(row => Object.values(row).filter(cell => /^neighbour-\d+$/.test(String(cell))))
  const neighbours = [...stored.values()].flatMap(body => /"(neighbour-\d+)"/.exec(body.toString())?.[1] ?? [])
  must(isDeepStrictEqual(texts.sort(), neighbours.sort()), "a neighbour's text is missing or is there twice")
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
async function verifyRepetition(kit: TestKit, lake: Lake, stored: ReadonlyMap<string, Buffer>, stats: DayStats) {
  const { source } = kit
  const messages = expectedMessages(kit, stored)
  const nulls = messages.filter(it => it !== 'quarantined' && it.id === null).length
  must(stats.rows === nulls, `delivered again on the next day, ${stats.rows} messages became rows, not ${nulls}`)
  const table = await tableOf(lake, `${source.name}/context_date=${NEXT}/${source.name}.parquet`)
  must(table.length === nulls, `the next day's table has ${table.length} rows, not ${nulls}`)
}

/** What the oracle reads in the stored bodies. */
const expectedMessages = ({ messagesIn }: TestKit, stored: ReadonlyMap<string, Buffer>): ExpectedMessage[] =>
  [...stored.values()].flatMap(body => messagesIn(parsedOf(body)))

async function tableOf(lake: Lake, key: string): Promise<Record<string, unknown>[]> {
  const object = await lake.enriched.get(key)
  return object ? (await readBack(object.body)).rows : []
}
