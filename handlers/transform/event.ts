import { addDays, assertDate, dayIn, parseInstant } from '../lake/calendar.ts'
import { isObject, kindOf } from '../parsed-json.ts'

/** The event of a transform: a date; or an instant, for the day before it; or neither, for yesterday. */
export type TransformEvent = {
  readonly date?: unknown
  readonly time?: unknown
}

/**
 * The date that an event asks for, `YYYY-MM-DD`.
 * @param timeZone the lake's time zone, an IANA name
 * @throws RangeError for any other event, a date that does not exist, and a time that is not an ISO 8601 instant
 */
export function dateOf(event: unknown, timeZone: string): string {
  const { date, time } = eventOf(event)
  if (date !== undefined) {
    assertDate(date)
    return date
  }
  return addDays(dayIn(timeZone)(time === undefined ? Date.now() : instant(time)), -1)
}

/** Refuses a misspelt event: it would otherwise mean yesterday, and nobody would notice. */
function eventOf(event: unknown): TransformEvent {
  if (event == null) return {}
  if (!isObject(event)) throw new RangeError(`${kindOf(event)} is not an event: ${USAGE}`)
  const names = Object.keys(event)
  if (names.length > 0 && !names.includes('date') && !names.includes('time'))
    throw new RangeError(`the event has neither date nor time, but ${names.join(', ')}: ${USAGE}`)
  return event
}

const USAGE = 'write {"date":"YYYY-MM-DD"}, or {} for yesterday'

function instant(time: unknown): number {
  const epochMs = typeof time === 'string' ? parseInstant(time) : Number.NaN
  if (Number.isNaN(epochMs))
    throw new RangeError(`${JSON.stringify(time)} is not an instant: write it as 2026-11-24T03:15:00Z`)
  return epochMs
}
