import type { Ids } from '../../handlers/sources/erasure.ts'

/** Whether one of the ids occurs in a text, but not within a longer number or word. */
export const containsId = (text: Uint8Array, ids: Ids): boolean => patternsOf(ids).exact.test(latin1(text))

/**
 * Whether a JSON text can hold one of the ids, however it is written: a number with spaces or hyphens in it, or with
 * escape sequences. Much cheaper than parsing the text.
 */
export function mayContainId(text: Uint8Array, ids: Ids): boolean {
  const characters = latin1(text)
  return patternsOf(ids).loose.test(characters) || ESCAPED_ASCII.test(characters)
}

/** Escape sequences of the characters of ids and of the spaces in a number. */
const ESCAPED_ASCII = /\\u00(?:[2-7][\da-f]|a0)/i

const latin1 = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1')

interface Patterns {
  readonly exact: RegExp
  readonly loose: RegExp
}

/** The same ids are searched in every text of a lake. */
const cache = new WeakMap<Ids, Patterns>()

function patternsOf(ids: Ids): Patterns {
  const known = cache.get(ids)
  if (known) return known
  const pattern = (separator: string) => {
    const alternatives = [...ids].map(id => [...id].map(escaped).join(separator))
    return new RegExp(`(?<![0-9A-Za-z])(?:${alternatives.join('|')})(?![0-9A-Za-z])`)
  }
  const patterns = { exact: pattern(''), loose: pattern('[^0-9A-Za-z]{0,6}') }
  cache.set(ids, patterns)
  return patterns
}

const escaped = (character: string) => character.replace(/[^0-9A-Za-z]/, '\\$&')
