import { addDays, assertDate, dayIn, parseInstant } from '../lake/calendar.ts'

/** What a transform is invoked with: a day; or an instant, whose day before is meant; or nothing, for yesterday. */
export type TransformEvent = {
  readonly date?: unknown
  readonly time?: unknown
}

/**
 * The day an event asks for.
 * @param timeZone the lake's, an IANA name
 * @throws RangeError for a date that does not exist or a time that is no ISO 8601 instant
 */
export function dateOf(event: TransformEvent | null | undefined, timeZone: string): string {
  const { date, time } = event ?? {}
  if (date !== undefined) {
    assertDate(date)
    return date
  }
  return addDays(dayIn(timeZone)(time === undefined ? Date.now() : instant(time)), -1)
}

function instant(time: unknown): number {
  const epochMs = typeof time === 'string' ? parseInstant(time) : Number.NaN
  if (Number.isNaN(epochMs))
    throw new RangeError(`${JSON.stringify(time)} is not an instant: write 2026-11-24T03:15:00Z`)
  return epochMs
}
