/** The time zone of the lake's days, unless TIME_ZONE is set. */
export const DEFAULT_TIME_ZONE = 'America/Sao_Paulo'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** @throws RangeError unless `date` is an existing date, written `YYYY-MM-DD` */
export function assertDate(date: unknown): asserts date is string {
  if (typeof date !== 'string' || Number.isNaN(parseInstant(`${date}T00:00:00Z`))) {
    throw new RangeError(`${JSON.stringify(date)} is not a date: write YYYY-MM-DD`)
  }
}

/**
 * Parses an ISO 8601 instant.
 * @param text date and time with `Z` or an offset: `2026-11-24T03:15:00Z`
 * @returns epoch milliseconds; NaN for any other text
 */
export function parseInstant(text: string): number {
  if (!ISO_INSTANT.test(text)) return Number.NaN
  const midnight = Date.parse(`${text.slice(0, 10)}T00:00:00Z`) // Date.parse reads February 30 as March 2
  return !Number.isNaN(midnight) && isoDay(midnight) === text.slice(0, 10) ? Date.parse(text) : Number.NaN
}

const ISO_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

/** The date `days` after `date`, or before it if negative. */
export const addDays = (date: string, days: number) => isoDay(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS)

const isoDay = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** The dates from `from` to `to`, both included; none if `to` is earlier. */
export function datesBetween(from: string, to: string): string[] {
  const dates: string[] = []
  for (let date = from; date <= to; date = addDays(date, 1)) dates.push(date)
  return dates
}

/**
 * The local date in a time zone.
 * @param timeZone an IANA name
 * @returns a function from epoch milliseconds, since 1972, to `YYYY-MM-DD`
 * @throws RangeError for a time zone that does not exist
 */
export function dayIn(timeZone: string): (epochMs: number) => string {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { ...DATE_PARTS, timeZone })
  } catch {
    throw new RangeError(
      `TIME_ZONE ${JSON.stringify(timeZone)} is not a time zone: write an IANA name such as ${DEFAULT_TIME_ZONE}`,
    )
  }
  // Cached for the minute of the last call: formatting is slow. Since January 1972, when Africa/Monrovia dropped
  // seconds from its offset, all zones change offsets at whole minutes and by whole minutes, though not at whole
  // quarter hours.
  let [minute, date] = [Number.NaN, '']
  return epochMs => {
    if (Math.floor(epochMs / MINUTE_MS) !== minute) {
      const [month, day, year = ''] = format.format(epochMs).split('/')
      date = `${year.padStart(4, '0')}-${month}-${day}`
      minute = Math.floor(epochMs / MINUTE_MS)
    }
    return date
  }
}

const DATE_PARTS = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
} as const

/**
 * The first instant of the next day in a time zone.
 * @param timeZone an IANA name
 * @returns epoch milliseconds, later than `epochMs`
 * @throws RangeError for a time zone that does not exist
 */
export function nextMidnight(timeZone: string, epochMs: number): number {
  const day = dayIn(timeZone)
  const today = day(epochMs)
  let before = epochMs
  let after = epochMs + 26 * 3_600_000 // the longest day: 24 h and up to two hours of daylight saving
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (day(middle) === today) before = middle
    else after = middle
  }
  return after
}
