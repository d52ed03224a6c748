import { DEFAULT_TIME_ZONE } from '../lake/calendar.ts'
import { S3Store } from '../lake/s3-store.ts'
import { errorKind, jsonLog } from '../observe/log.ts'
import type { Source } from '../sources/source.ts'
import { dateOf, type TransformEvent } from './event.ts'
import { timeLimit, UNLIMITED } from './time-limit.ts'
import { type DayAccount, transformDay } from './transform-day.ts'

/** What of Lambda's context a transform uses. */
export interface InvocationContext {
  readonly awsRequestId?: string
  readonly getRemainingTimeInMillis?: () => number
}

/** The Lambda handler that makes a source's day; AWS_S3_RAW, AWS_S3_ENRICHED and TIME_ZONE are its environment. */
export const transformLambda =
  (source: Source) =>
  async (event: TransformEvent | null, context?: InvocationContext): Promise<DayAccount> => {
    const log = jsonLog({
      source: source.name,
      requestId: context?.awsRequestId,
    })
    const date = dateOf(event, process.env.TIME_ZONE || DEFAULT_TIME_ZONE)
    const lake = { raw: new S3Store(required('AWS_S3_RAW')), enriched: new S3Store(required('AWS_S3_ENRICHED')) }
    const time = context?.getRemainingTimeInMillis
      ? timeLimit(() => context.getRemainingTimeInMillis?.() ?? 0)
      : UNLIMITED
    const account = await transformDay(source, date, lake, time).catch(error => {
      log('error', 'day_failed', { date, error: errorKind(error) })
      throw error
    })
    log(account.quarantined > 0 ? 'warn' : 'info', 'day_transformed', {
      date,
      key: account.key,
      counts: countsOf(account),
    })
    return account
  }

/** An account as metrics. */
export const countsOf = ({ objects, messages, rows, duplicates, ignored, quarantined }: DayAccount) => ({
  DayTransformed: 1,
  Objects: objects,
  Messages: messages,
  Rows: rows,
  Duplicates: duplicates,
  Ignored: ignored,
  Quarantined: quarantined,
})

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: name the bucket`)
  return value
}
