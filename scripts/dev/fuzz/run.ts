import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { type IngestHandler, ingestHandler } from '../../../handlers/ingest/handler.ts'
import { environmentOf, signedPost } from '../../../handlers/ingest/testing/deliveries.ts'
import { DEFAULT_TIME_ZONE, dayIn } from '../../../handlers/lake/calendar.ts'
import { readBack } from '../../../handlers/lake/testing/read-parquet.ts'
import { dayKeys } from '../../../handlers/sources/day-keys.ts'
import type { Source } from '../../../handlers/sources/source.ts'
import { fixturesOf, sortedPairs } from '../../../handlers/sources/testing/fixtures.ts'
import { parsedOf } from '../../../handlers/sources/testing/mutations.ts'
import { randomOf } from '../../../handlers/sources/testing/random.ts'
import type { AnswerOracle, TestKit } from '../../../handlers/sources/testing/test-kit.ts'
import { testKits } from '../../../handlers/sources/testing/test-kits.ts'
import { type DayStats, transformDay } from '../../../handlers/transform/transform-day.ts'
import { Configuration } from '../../../handlers/webhook/configuration.ts'
import { type ExpectedDay, expectedDays, isRowOf, must, Violation } from '../verify-faults/oracle.ts'
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
const day = dayIn(DEFAULT_TIME_ZONE)

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
      const { stats, stored } = await runDays(kit, bodies, transform)
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
  const failure = async (body: Buffer, hasNext = true): Promise<unknown> => {
    try {
      await runDays(kit, [body], transform, hasNext)
    } catch (error) {
      return error
    }
  }
  for (const body of bodies) {
    if (!(await failure(body))) continue
    // A body that fails on its first day stays one: running the next day as well takes twice as long.
    const hasNext = !(await failure(body, false))
    const smallest = await minimise(body, async smaller => Boolean(await failure(smaller, hasNext)))
    const reason = messageOf(await failure(smallest, hasNext))
    const text = smallest.toString()
    const shown = Buffer.from(text).equals(smallest) ? JSON.stringify(text) : `${smallest.toString('base64')} (base64)`
    return new FuzzFailure(`${source.name}, seed ${seed}: ${reason}\n  the body: ${shown}`, { cause: error })
  }
  return new FuzzFailure(`${source.name}, seed ${seed}, several bodies together: ${messageOf(error)}`, { cause: error })
}

const messageOf = (error: unknown) =>
  error instanceof Violation ? error.message : String((error as Error)?.stack ?? error)

/**
 * Runs a day of cases, and the next day, when the same bodies come again. After each case a normal message, its
 * neighbour, is delivered, which must become a row.
 * @param hasNext false to end after the first day
 */
async function runDays(kit: TestKit, bodies: readonly Buffer[], transform: typeof transformDay, hasNext = true) {
  const { source } = kit
  const lake: Lake = { raw: new MemoryStore(), enriched: new MemoryStore() }
  const lines: string[] = []
  const configuration = new Configuration(environmentOf([source]))
  const handler = ingestHandler(source, { configuration, raw: () => lake.raw, day }, line => lines.push(line))
  const stored = new Map<string, Stored>()
  const expectedAnswer = kit.expectedAnswers()
  for (const [i, body] of bodies.entries()) {
    await deliver(kit, expectedAnswer, handler, lake, body, i, stored)
    await deliver(kit, expectedAnswer, handler, lake, neighbourOf(source, i), i, stored)
  }
  for (const line of lines) must(!/[\n\r]/.test(line) && JSON.parse(line), `a log line is not JSON: ${line}`)
  const stats = await transform(source, DATE, lake)
  const days = expectedOf(kit, stored)
  await verifyDay(source, lake, stats, days.get(DATE), stored)
  if (hasNext) await verifyDay(source, lake, await transform(source, NEXT, lake), days.get(NEXT), stored)
  return { stats, stored: stored.size }
}

/** Sends one delivery. A body that is refused is put into raw nevertheless: a transform must accept any body. */
async function deliver(
  { source }: TestKit,
  expectedAnswer: AnswerOracle,
  handler: IngestHandler,
  lake: Lake,
  body: Buffer,
  i: number,
  stored: Map<string, Stored>,
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
  if (!stored.has(key)) stored.set(key, { bytes: body, at })
}

/** A delivery of one normal message, with a text that no other message has. */
const neighbourOf = ({ sample }: Source, i: number): Buffer => Buffer.from(sample.body(i + 1, `neighbour-${i}`))

interface Stored {
  readonly bytes: Buffer
  /** Epoch milliseconds. */
  readonly at: number
}

/** What the transforms must make of the day of the cases, and of the next day, when the same bodies come again. */
function expectedOf(kit: TestKit, stored: ReadonlyMap<string, Stored>): ReadonlyMap<string, ExpectedDay> {
  const bodies = [...stored].map(([key, { bytes, at }]) => ({ key, at, body: { expected: kit.expected(bytes) } }))
  const objectsOf = (date: string, later: number) =>
    bodies.map(({ key, at, body }) => ({ key: key.replace(DATE, date), body, lastModified: at + later }))
  return expectedDays(
    kit,
    new Map([
      [DATE, objectsOf(DATE, 0)],
      [NEXT, objectsOf(NEXT, DAY_MS)],
    ]),
  )
}

/** Compares the counts and every table of a day with what is expected. */
async function verifyDay(
  source: Source,
  lake: Lake,
  stats: DayStats,
  expected: ExpectedDay | undefined,
  stored: ReadonlyMap<string, Stored>,
) {
  must(
    expected && isDeepStrictEqual({ ...stats }, expected.stats),
    `the counts are ${json(stats)}, not ${json(expected?.stats)}`,
  )
  const keys = dayKeys(source, stats.date)
  for (const [table, rows] of expected.tables) {
    const found = await tableOf(lake, keys.get(table) ?? '')
    must(found.length === rows.length, `${table} has ${found.length} rows, not ${rows.length}`)
    for (const [i, row] of rows.entries())
      must(isRowOf(row, found[i] ?? {}), `row ${i} of ${table} is ${json(found[i])}, not ${json(row.row)}`)
  }
  const pairs = (await tableOf(lake, keys.get('identities') ?? '')).map(pairOf)
  must(isDeepStrictEqual(sortedPairs(pairs), expected.identities), `the identities are ${json(pairs)}`)
  const bad = await tableOf(lake, keys.get('quarantine') ?? '')
  must(
    isDeepStrictEqual(
      bad.map(row => row.raw_key),
      expected.quarantined,
    ),
    'the quarantine has rows of other bodies',
  )
  for (const { raw_key, reason, detail, payload } of bad) {
    const body = stored.get(String(raw_key).replace(NEXT, DATE))?.bytes
    must(body, `the quarantine names ${raw_key}, which is not stored`)
    must(typeof detail === 'string' && detail !== '', 'a quarantined element has no detail')
    must(reason !== 'unreadable', `parsing a body threw: ${detail}`)
    const kept = Buffer.from(String(payload), reason === 'not_utf8' ? 'base64' : 'utf8')
    must(body.includes(kept), `the quarantine (${reason}) has another text than the body`)
  }
}

const pairOf = ({ id, same_as }: Record<string, unknown>) => ({ id: String(id), same_as: String(same_as) })

const json = (value: unknown) => JSON.stringify(value, (_, it) => (typeof it === 'bigint' ? String(it) : it))

async function tableOf(lake: Lake, key: string): Promise<Record<string, unknown>[]> {
  const object = await lake.enriched.get(key)
  return object ? (await readBack(object.body)).rows : []
}
