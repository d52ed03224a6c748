import { distance } from 'fastest-levenshtein'

/**
 * The candidate that `name` was probably meant to be. In this order: one with all its words, one with a few characters
 * more, less or other, one whose words differ from its own in a few characters, one that contains it. Case does not
 * count, nor does a first part that all candidates share with the name, such as `CHATLAKE_`.
 * @returns undefined where no candidate is near
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const shared = sharedPrefix(candidates)
  const start = name.toLowerCase().startsWith(shared) ? shared.length : 0
  const wanted = name.slice(start)
  const words = wordsOf(wanted)
  const compared = candidates.map(candidate => {
    const text = candidate.slice(start)
    const edits = distance(wanted.toLowerCase(), text.toLowerCase())
    return { candidate, text, edits, wordEdits: wordEdits(words, wordsOf(text)) }
  })
  const least = (score: (item: (typeof compared)[number]) => number) =>
    compared.toSorted((a, b) => score(a) - score(b) || a.edits - b.edits)[0]

  const byWords = least(({ wordEdits }) => wordEdits)
  if (byWords?.wordEdits === 0) return byWords.candidate
  const byText = least(({ edits }) => edits)
  if (byText && byText.edits <= Math.max(1, byText.text.length / 3)) return byText.candidate
  if (byWords && byWords.wordEdits < Number.POSITIVE_INFINITY) return byWords.candidate
  if (wanted.length < 3) return undefined
  return compared.find(({ text }) => text.toLowerCase().includes(wanted.toLowerCase()))?.candidate
}

/** The parts that all names begin with, in lower case: up to and with a `_` or `-`. */
function sharedPrefix(names: readonly string[]): string {
  const [first = '', ...others] = names.map(name => name.toLowerCase())
  let length = first.length
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--
  return /^.*[_-]/.exec(first.slice(0, length))?.[0] ?? ''
}

/** The words of `RETENTION_DAYS`, `per-day` or `timeZone`, in lower case. */
const wordsOf = (name: string) =>
  (name.match(/\p{Lu}?[\p{Ll}\p{N}]+|[\p{Lu}\p{N}]+/gu) ?? []).map(word => word.toLowerCase())

/** How many characters of `words` must be edited to find each among `others`; infinite where a third does not do. */
function wordEdits(words: readonly string[], others: readonly string[]): number {
  if (words.length === 0) return Number.POSITIVE_INFINITY
  return words.reduce((sum, word) => {
    const edits = others.map(other => [distance(word, other), other.length / 3] as const)
    return sum + Math.min(...edits.map(([count, limit]) => (count <= limit ? count : Number.POSITIVE_INFINITY)))
  }, 0)
}
