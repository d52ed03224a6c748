import { DEFAULT_TIME_ZONE, dayIn } from '../handlers/lake/calendar.ts'

/**
 * A saved query, for a lake in this time zone. A saved query names the default zone in a literal, because Athena has no
 * setting for the zone and takes parameters only in WHERE; this replaces that literal.
 * @param timeZone IANA name
 * @throws RangeError for an unknown time zone
 */
export function inTimeZone(sql: string, timeZone: string): string {
  dayIn(timeZone)
  return sql.replaceAll(`'${DEFAULT_TIME_ZONE}'`, () => `'${timeZone}'`)
}
