import { DEFAULT_TIME_ZONE, dayIn } from '../handlers/lake/calendar.ts'

/**
 * A saved query for a lake of another time zone. SQL has no setting to ask for the zone and Athena no parameter outside
 * WHERE, so saved queries write the default zone's name, and here, alone, it becomes the lake's.
 * @throws RangeError for a zone that does not exist
 */
export function inTimeZone(sql: string, timeZone: string): string {
  dayIn(timeZone)
  return sql.replaceAll(`'${DEFAULT_TIME_ZONE}'`, () => `'${timeZone}'`)
}
