import { DEFAULT_TIME_ZONE } from '../lake/calendar.ts'
import { S3Store } from '../lake/s3-store.ts'
import { lakeTimeZone } from '../lake/time-zone.ts'
import { errorKind, jsonLog, type Log } from '../observe/log.ts'
import type { Source } from '../sources/source.ts'
import { dateOf, type TransformEvent } from './event.ts'
import { timeLimit, UNLIMITED } from './time-limit.ts'
import { type DayStats, transformDay } from './transform-day.ts'

/** The members of Lambda's context that a transform uses. */
export interface InvocationContext {
  readonly awsRequestId?: string
  readonly getRemainingTimeInMillis?: () => number
}

/**
 * The Lambda handler that transforms a day of a source. Reads AWS_S3_RAW, AWS_S3_ENRICHED and TIME_ZONE. Throws
 * TimeZoneConflict if lake.json in the raw bucket has another time zone.
 */
export function transformLambda(source: Source) {
  // Kept from run to run, with their connections: a Lambda may have 1,024 of them open.
  const stores = new Map<string, S3Store>()
  const storeOf = (variable: string) => {
    const bucket = required(variable)
    const store = stores.get(bucket) ?? new S3Store(bucket)
    stores.set(bucket, store)
    return store
  }
  return async (event: TransformEvent | null, context?: InvocationContext): Promise<DayStats> => {
    const log = jsonLog({
      source: source.name,
      requestId: context?.awsRequestId,
    })
    const timeZone = process.env.TIME_ZONE || DEFAULT_TIME_ZONE
    const date = dateOf(event, timeZone)
    const lake = { raw: storeOf('AWS_S3_RAW'), enriched: storeOf('AWS_S3_ENRICHED') }
    const time = context?.getRemainingTimeInMillis
      ? timeLimit(() => context.getRemainingTimeInMillis?.() ?? 0)
      : UNLIMITED
    const run = async () => {
      await lakeTimeZone([{ name: 'AWS_S3_RAW', store: lake.raw }], { timeZone, by: 'TIME_ZONE', advice })
      return transformDay(source, date, lake, time)
    }
    const stats = await run().catch(error => {
      log('error', 'day_failed', { date, error: errorKind(error) })
      throw error
    })
    const isByHand = event?.date !== undefined
    logDayStats(log, stats, !isByHand || date >= dateOf(null, timeZone))
    return stats
  }
}

const advice = (lakeZone: string) => `set TIME_ZONE to ${lakeZone}, by the setting timeZone in a deployment`

/**
 * Logs the counts of a run, as metrics too: a line for the day, and one for each table that has rows.
 * @param isCurrent whether it is the day of the nightly run. The run of an older day must not count as `DayTransformed`:
 *   it would hide that the nightly run is missing.
 */
export function logDayStats(log: Log, stats: DayStats, isCurrent: boolean): void {
  const { date, objects, items, rows, duplicates, quarantined, tables } = stats
  log(quarantined > 0 ? 'warn' : 'info', 'day_transformed', {
    date,
    counts: {
      ...(isCurrent ? { DayTransformed: 1 } : {}),
      Objects: objects,
      Items: items,
      Rows: rows,
      Duplicates: duplicates,
      Quarantined: quarantined,
    },
  })
  for (const [table, { key, rows }] of Object.entries(tables))
    if (rows > 0) log('info', 'table_written', { date, table, key, counts: { TableRows: rows }, dimensions: ['table'] })
}

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: name the bucket`)
  return value
}
