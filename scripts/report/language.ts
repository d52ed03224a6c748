import type { Language } from '../../handlers/sources/translations.ts'

export type { Language }

/** The languages of a report. */
export const LANGUAGES = ['pt', 'en'] as const satisfies readonly Language[]

export const isLanguage = (text: string): text is Language => LANGUAGES.some(language => language === text)

/**
 * The language for a POSIX locale, such as `pt_BR.UTF-8`; English when the report does not support it.
 * @param lang the value of the environment variable LANG
 */
export function languageOf(lang: string | undefined): Language {
  const language = lang?.slice(0, 2).toLowerCase() ?? ''
  return isLanguage(language) ? language : 'en'
}

/** What the positions of an axis are. */
export type AxisKind = 'hour' | 'weekday' | 'week' | 'day' | 'text'

/** Formats numbers and times in one language. */
export interface Formats {
  readonly locale: string
  number(value: number | bigint): string
  /** An amount of money, without its currency. */
  amount(value: number): string
  /** Joins items, such as "a, b, and c". */
  list(items: readonly string[]): string
  /** @param share 1 is 100% */
  percent(share: number): string
  /** Converts seconds to the largest unit that fits: seconds, minutes, hours or days. */
  duration(seconds: number): string
  /** @param day 1 (Monday) to 7 (Sunday) */
  weekday(day: number, length: 'long' | 'short'): string
  /** @param day `YYYY-MM-DD` */
  date(day: string, length: 'long' | 'medium' | 'short' | 'month'): string
  /** @param text a local time without a zone, `YYYY-MM-DD HH:MM:SS` */
  timestamp(text: string): string
  /** @param from the first day, `YYYY-MM-DD`; `to` is the last */
  period(from: string, to: string): string
  /** @param timeZone an IANA time zone */
  instant(epochMs: number, timeZone: string): string
}

const LOCALES = { pt: 'pt-BR', en: 'en' } as const satisfies Record<Language, string>

const cache = new Map<Language, Formats>()

/** The formats of a language. Cached: creating an Intl formatter is slow. */
export function formatsOf(language: Language): Formats {
  const formats = cache.get(language) ?? createFormats(language)
  cache.set(language, formats)
  return formats
}

function createFormats(language: Language): Formats {
  const locale = LOCALES[language]
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const amount = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
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
  const timestamp = inUtc({ dateStyle: 'medium', timeStyle: 'medium' })
  const period = inUtc({ day: 'numeric', month: 'long', year: 'numeric' })
  const midnight = (day: string) => new Date(`${day}T00:00:00Z`)
  const abbreviate = (text: string) => text.replaceAll('.', '').replace(/ de /g, ' ')
  return {
    locale,
    number: value => number.format(value),
    amount: value => amount.format(value),
    list: items => list.format(items),
    percent: value => (value > 0 && value < 0.1 ? smallShare : share).format(value),
    duration: seconds => {
      const [size, unit] = DURATIONS.find(([size]) => seconds >= size) ??
        DURATIONS[DURATIONS.length - 1] ?? [1, 'second']
      return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: 1 }).format(seconds / size)
    },
    weekday: (day, length) => abbreviate(weekdays[length].format(Date.UTC(2024, 0, day))), // 1 January 2024 was a Monday
    date: (day, length) =>
      (length === 'short' || length === 'month' ? abbreviate : String)(dates[length].format(midnight(day))),
    timestamp: text => timestamp.format(new Date(`${text.replace(' ', 'T')}Z`)),
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
