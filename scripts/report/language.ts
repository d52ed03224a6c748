/** The languages a report speaks. */
export const LANGUAGES = ['pt', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

export const isLanguage = (text: string): text is Language => LANGUAGES.some(language => language === text)

/** The language of an environment's LANG, as `pt_BR.UTF-8`; English for all that the report does not speak. */
export function languageOf(lang: string | undefined): Language {
  const language = lang?.slice(0, 2).toLowerCase() ?? ''
  return isLanguage(language) ? language : 'en'
}

/** What a position on an axis is, which decides how it is called. */
export type Unit = 'hour' | 'weekday' | 'week' | 'day' | 'text'

/** Numbers and times as a language writes them. */
export interface Formats {
  readonly locale: string
  number(value: number | bigint): string
  /** Some of equal rank, as "a, b and c". */
  list(items: readonly string[]): string
  percent(share: number): string
  /** Seconds, in the unit that suits. */
  duration(seconds: number): string
  /** Monday is 1, Sunday 7. */
  weekday(day: number, length: 'long' | 'short'): string
  /** A day written YYYY-MM-DD. */
  date(day: string, length: 'long' | 'medium' | 'short' | 'month'): string
  /** A time of the lake's clock, written YYYY-MM-DD HH:MM:SS. */
  moment(text: string): string
  period(from: string, to: string): string
  /** An instant, as a clock of that zone shows it. */
  instant(epochMs: number, timeZone: string): string
}

const LOCALES = { pt: 'pt-BR', en: 'en' } as const satisfies Record<Language, string>

const known = new Map<Language, Formats>()

/** The formats of a language, made once: an Intl formatter takes its time. */
export function formatsOf(language: Language): Formats {
  const formats = known.get(language) ?? makeFormats(language)
  known.set(language, formats)
  return formats
}

function makeFormats(language: Language): Formats {
  const locale = LOCALES[language]
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const list = new Intl.ListFormat(locale)
  const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
  const smallShare = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const inUtc = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' })
  const weekdays = { long: inUtc({ weekday: 'long' }), short: inUtc({ weekday: 'short' }) }
  const dates = {
    long: inUtc({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    medium: inUtc({ dateStyle: 'medium' }),
    short: inUtc({ day: 'numeric', month: 'short' }),
    month: inUtc({ month: 'short', year: 'numeric' }),
  }
  const moment = inUtc({ dateStyle: 'medium', timeStyle: 'medium' })
  const period = inUtc({ day: 'numeric', month: 'long', year: 'numeric' })
  const midnight = (day: string) => new Date(`${day}T00:00:00Z`)
  const abbreviation = (text: string) => text.replaceAll('.', '').replace(/ de /g, ' ')
  return {
    locale,
    number: value => number.format(value),
    list: items => list.format(items),
    percent: value => (value > 0 && value < 0.1 ? smallShare : share).format(value),
    duration: seconds => {
      const [size, unit] = DURATIONS.find(([size]) => seconds >= size) ??
        DURATIONS[DURATIONS.length - 1] ?? [1, 'second']
      return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: 1 }).format(seconds / size)
    },
    weekday: (day, length) => abbreviation(weekdays[length].format(Date.UTC(2024, 0, day))), // 1 January 2024: a Monday
    date: (day, length) =>
      (length === 'short' || length === 'month' ? abbreviation : String)(dates[length].format(midnight(day))),
    moment: text => moment.format(new Date(`${text.replace(' ', 'T')}Z`)),
    period: (from, to) => period.formatRange(midnight(from), midnight(to)),
    instant: (epochMs, timeZone) =>
      new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone }).format(epochMs),
  }
}

const DURATIONS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const
