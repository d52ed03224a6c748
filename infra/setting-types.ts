import { assertDate } from '../handlers/lake/calendar.ts'
import { isObject } from '../handlers/parsed-json.ts'
import type { Source } from '../handlers/sources/source.ts'
import { timeZoneNamed } from './time-zones.ts'

/** The type of a setting's value. */
export interface SettingType<T> {
  /**
   * The value that a raw one stands for: what cdktf.json has, the text of an environment variable, or undefined where
   * both lack the setting.
   * @returns undefined for a raw value that is refused
   */
  readonly parse: (raw: unknown) => T | undefined
  /** What to write instead of a raw value that is refused, for example `true or false`. */
  readonly write: (raw: unknown) => string
}

/** A text that matches a pattern. */
export const text = (pattern: RegExp, write: string): SettingType<string> => ({
  parse: raw => (typeof raw === 'string' && pattern.test(raw) ? raw : undefined),
  write: () => write,
})

/** A whole number within bounds (inclusive). @param or a number outside the bounds that is accepted, too */
export const wholeNumber = (least: number, most: number, or?: number): SettingType<number> => ({
  parse(raw) {
    const value = integer(raw)
    return value !== undefined && (value === or || (value >= least && value <= most)) ? value : undefined
  },
  write: () => `a whole number from ${least} to ${most}${or === undefined ? '' : `, or ${or}`}`,
})

export const oneOf = (values: readonly number[]): SettingType<number> => ({
  parse: raw => values.find(value => value === integer(raw)),
  write: () => `one of ${values.join(', ')}`,
})

export const boolean: SettingType<boolean> = {
  parse: raw => [true, false].find(value => String(value) === String(raw)),
  write: () => 'true or false',
}

/** A list, possibly empty, of items that match a pattern. */
export const list = (pattern: RegExp, write: string): SettingType<readonly string[]> => ({
  parse(raw) {
    const items = itemsOf(raw)
    return items.every(item => pattern.test(item)) ? items : undefined
  },
  write: () => write,
})

/**
 * A map of texts: an object in cdktf.json; in the environment `name=value,name=value`, or JSON for values with commas.
 * @param accepts whether a name with its value is valid
 */
export const map = (accepts: (name: string, value: string) => boolean, write: string): SettingType<TextMap> => ({
  parse(raw) {
    const entries = entriesOf(raw)
    return entries?.every(([name, value]) => accepts(name, value)) ? Object.fromEntries(entries) : undefined
  },
  write: () => write,
})

export type TextMap = Readonly<Record<string, string>>

/** @returns undefined where the raw value is no map of texts */
function entriesOf(raw: unknown): [string, string][] | undefined {
  if (typeof raw === 'string' && !raw.trim().startsWith('{')) {
    return itemsOf(raw).map(item => {
      const [name = '', ...value] = item.split('=')
      return [name.trim(), value.join('=').trim()]
    })
  }
  const object: unknown = typeof raw === 'string' ? jsonOrNothing(raw) : raw
  if (!isObject(object)) return undefined
  const entries = Object.entries(object)
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string') ? entries : undefined
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A date of the calendar, as YYYY-MM-DD. */
export const date: SettingType<string> = {
  parse(raw) {
    try {
      assertDate(raw)
      return raw
    } catch {
      return undefined
    }
  },
  write: () => 'a date, such as 2023-01-01',
}

/** The name of a time zone, exactly as IANA has it today or as `Intl` has it. */
export const timeZone: SettingType<string> = {
  parse: raw => (typeof raw === 'string' && timeZoneNamed(raw) === raw ? raw : undefined),
  write(raw) {
    const meant = typeof raw === 'string' ? timeZoneNamed(raw) : undefined
    return `an IANA time zone, such as ${meant ?? 'America/Sao_Paulo'}`
  },
}

/** Known platforms, in their order. @param least how many at least: 0 or 1 */
export const platforms = (known: readonly Source[], least: 0 | 1 = 1): SettingType<readonly Source[]> => ({
  parse(raw) {
    const names = itemsOf(raw)
    const isKnown = (name: string) => known.some(source => source.name === name)
    return names.length >= least && names.every(isKnown) ? known.filter(({ name }) => names.includes(name)) : undefined
  },
  write: () => `${least === 0 ? 'nothing, or ' : ''}one or more of ${known.map(({ name }) => name).join(', ')}`,
})

/** The items of a JSON list or of a comma-separated text, without empty ones. */
export function itemsOf(raw: unknown): string[] {
  const items = Array.isArray(raw) ? raw : String(raw ?? '').split(',')
  return items.map(item => String(item).trim()).filter(item => item !== '')
}

/** An integer, or a text of decimal digits: `Number` alone would also accept `0x10` and an empty text. */
function integer(raw: unknown): number | undefined {
  if (typeof raw === 'string') return /^-?\d+$/.test(raw) ? Number(raw) : undefined
  return typeof raw === 'number' && Number.isInteger(raw) ? raw : undefined
}
