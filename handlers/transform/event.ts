import { addDays, assertDate, dayIn, parseInstant } from '../lake/calendar.ts'
import { isObject, kindOf } from '../parsed-json.ts'

/** What a transform is invoked with: a day; or an instant, whose day before is meant; or nothing, for yesterday. */
export type TransformEvent = {
  readonly date?: unknown
  readonly time?: unknown
}

/**
 * The day an event asks for.
 * @param timeZone the lake's, an IANA name
 * @throws RangeError for what is no such event, a date that does not exist or a time that is no ISO 8601 instant
 */
export function dateOf(event: unknown, timeZone: string): string {
  const { date, time } = eventOf(event)
  if (date !== undefined) {
    assertDate(date)
    return date
  }
  return addDays(dayIn(timeZone)(time === undefined ? Date.now() : instant(time)), -1)
}

/** An event that is misspelt is refused: else a day made again by hand would be yesterday, and nobody would notice. */
function eventOf(event: unknown): TransformEvent {
  if (event == null) return {}
  if (!isObject(event)) throw new RangeError(`${kindOf(event)} is not an event: ${WRITE}`)
  const names = Object.keys(event)
  if (names.length > 0 && !names.includes('date') && !names.includes('time'))
    throw new RangeError(`the event has neither date nor time, but ${names.join(', ')}: ${WRITE}`)
  return event
}

const WRITE = 'write {"date":"YYYY-MM-DD"}, or {} for yesterday'

function instant(time: unknown): number {
  const epochMs = typeof time === 'string' ? parseInstant(time) : Number.NaN
  if (Number.isNaN(epochMs))
    throw new RangeError(`${JSON.stringify(time)} is not an instant: write 2026-11-24T03:15:00Z`)
  return epochMs
}
