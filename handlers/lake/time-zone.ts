import { DEFAULT_TIME_ZONE, dayIn } from './calendar.ts'
import { LAKE_KEY } from './layout.ts'
import type { ObjectStore } from './object-store.ts'

/*
 * A lake keeps its time zone in the object lake.json, `{"time_zone":"<IANA name>"}`, at the root of raw and of enriched.
 * Its days and the local times of queries go by that zone; days of two zones must not be mixed.
 */

/** A time zone, and what states it. */
export interface StatedZone {
  /** IANA name. */
  readonly timeZone: string
  /** For messages: `TIME_ZONE`, or the place of a lake.json. */
  readonly by: string
}

/** The time zone that a command or a function is told. */
export interface ToldZone extends StatedZone {
  /** What the user can do where the lake has another zone. */
  readonly advice: (lakeZone: string) => string
}

/** The lake has another time zone than the one that is told, or two. */
export class TimeZoneConflict extends Error {
  override name = 'TimeZoneConflict'
}

/** A root of a lake: raw or enriched. */
export interface LakeRoot {
  /** A directory or S3 URI, for messages. */
  readonly name: string
  readonly store: Pick<ObjectStore, 'get'>
}

export interface WritableRoot extends LakeRoot {
  readonly store: Pick<ObjectStore, 'get' | 'putIfAbsent'>
}

/** The content of lake.json. */
export const lakeJson = (timeZone: string): string => `${JSON.stringify({ time_zone: timeZone })}\n`

/**
 * The time zone to use: the lake's own, else the one that is told, else `otherwise`.
 * @param recorded what each lake.json of the lake states
 * @throws TimeZoneConflict where two of them differ; RangeError for a time zone that does not exist
 */
export function agreedTimeZone(
  recorded: readonly StatedZone[],
  told?: ToldZone,
  otherwise = DEFAULT_TIME_ZONE,
): string {
  if (told) dayIn(told.timeZone)
  const [lake, ...others] = recorded
  if (!lake) return told?.timeZone ?? otherwise
  for (const other of others)
    if (!isSameZone(lake.timeZone, other.timeZone))
      throw new TimeZoneConflict(
        `${lake.by} says that the lake's time zone is ${lake.timeZone}, but ${other.by} says ${other.timeZone}: ` +
          'name the two parts of one lake, or correct the wrong file',
      )
  if (told && !isSameZone(lake.timeZone, told.timeZone))
    throw new TimeZoneConflict(
      `${lake.by} says that the lake's time zone is ${lake.timeZone}, but ${told.by} is ${told.timeZone}: ` +
        told.advice(lake.timeZone),
    )
  return lake.timeZone
}

/** Whether two names are of the same zone, such as Asia/Kolkata and Asia/Calcutta. */
export const isSameZone = (a: string, b: string) => a === b || canonicalName(a) === canonicalName(b)

const canonicalName = (timeZone: string) => new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone

/**
 * What the lake.json of a root states; undefined where it has none.
 * @throws where the object cannot be read, or is not as `lakeJson` writes it
 */
export async function recordedTimeZone({ name, store }: LakeRoot): Promise<StatedZone | undefined> {
  const by = `${name.replace(/\/$/, '')}/${LAKE_KEY}`
  const object = await store.get(LAKE_KEY)
  if (!object) return undefined
  const timeZone = timeZoneIn(Buffer.from(object.body).toString('utf8'))
  if (timeZone === undefined)
    throw new Error(`${by} has no time zone: it must be ${lakeJson(DEFAULT_TIME_ZONE).trim()}, with the lake's own`)
  return { timeZone, by }
}

function timeZoneIn(text: string): string | undefined {
  try {
    const { time_zone } = JSON.parse(text)
    dayIn(time_zone)
    return typeof time_zone === 'string' ? time_zone : undefined
  } catch {
    return undefined
  }
}

/**
 * The time zone of a lake that a command reads.
 * @see agreedTimeZone
 * @throws also where a lake.json cannot be read, or is not as `lakeJson` writes it
 */
export async function lakeTimeZone(
  roots: readonly LakeRoot[],
  told?: ToldZone,
  otherwise = DEFAULT_TIME_ZONE,
): Promise<string> {
  const recorded = await Promise.all(roots.map(recordedTimeZone))
  return agreedTimeZone(recorded.filter(isStated), told, otherwise)
}

/**
 * The same for a command that writes to the lake: a root without lake.json gets one.
 * @param roots in the order raw, enriched: of two commands that start at once, the first to write to raw decides
 * @param onRecord called with the time zone if none was recorded before
 * @param otherwise the time zone of a lake that has none, if none is told
 */
export async function claimTimeZone(
  roots: readonly WritableRoot[],
  told?: ToldZone,
  onRecord: (timeZone: string) => void = () => {},
  otherwise = DEFAULT_TIME_ZONE,
): Promise<string> {
  const recorded = await Promise.all(roots.map(recordedTimeZone))
  const timeZone = agreedTimeZone(recorded.filter(isStated), told, otherwise)
  let isNew = !recorded.some(isStated)
  for (const [i, root] of roots.entries()) {
    if (recorded[i]) continue
    const outcome = await root.store.putIfAbsent(LAKE_KEY, Buffer.from(lakeJson(timeZone)), Date.now())
    if (outcome === 'created') continue
    await lakeTimeZone([root], { timeZone, by: 'that of this command', advice: () => 'run it again' })
    isNew = false
  }
  if (isNew) onRecord(timeZone)
  return timeZone
}

const isStated = (zone: StatedZone | undefined): zone is StatedZone => zone !== undefined
