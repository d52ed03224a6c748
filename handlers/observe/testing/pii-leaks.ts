import { PRIVATE } from '../../ingest/testing/deliveries.ts'
import { fixturesOf } from '../../sources/testing/fixtures.ts'
import { testKits } from '../../sources/testing/test-kits.ts'

const personal = new Set([
  ...PRIVATE,
  ...testKits.flatMap(({ source, personalColumns, systemAccounts }) =>
    fixturesOf(source).flatMap(({ rows, quarantined }) => [
      ...Object.values(rows)
        .flat()
        .flatMap(row => personalColumns.map(column => row[column]).filter(value => !systemAccounts.includes(value))),
      ...quarantined.map(({ payload }) => payload),
    ]),
  ),
])

/**
 * The secrets, and the fixtures' personal data: what people wrote, their names and numbers, and quarantined payloads.
 * Without texts of up to 5 characters, which occur in any log.
 */
export const personalTexts: readonly string[] = [...personal]
  .map(it => String(it ?? '').trim())
  .filter(it => it.length > 5)

interface Search {
  /** What the line must contain. */
  readonly needle: string
  /** Matches the needle at its `lastIndex` if it is a whole number; undefined where the text is no number. */
  readonly wholeNumber: RegExp | undefined
  /** The place of the text in `personalTexts`. */
  readonly text: number
}

/** The length of the beginning by which needles are indexed: every needle is at least as long. */
const INDEXED = 6

/**
 * How to find each text in a line, by the beginning of the needle: a number only as a whole number, any other text also
 * with JSON's escapes. A JSON number with a minus sign is another number: the id of a group.
 */
const searches = new Map<string, Search[]>()
/** Whether a needle may begin with four characters of this hash. Most characters of a line need no further look. */
const mayBegin = new Uint8Array(2 ** 16)

for (const [i, text] of personalTexts.entries()) {
  const wholeNumber = /^\d+$/.test(text) ? new RegExp(`(?<!\\d|[[,:]-)${text}(?!\\d)`, 'y') : undefined
  for (const needle of new Set([text, JSON.stringify(text).slice(1, -1)])) {
    const beginning = needle.slice(0, INDEXED)
    searches.set(beginning, [...(searches.get(beginning) ?? []), { needle, wholeNumber, text: i }])
    mayBegin[hashAt(needle, 0)] = 1
  }
}

function hashAt(text: string, at: number): number {
  let hash = 0
  for (let i = at; i < at + 4; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i)
  return hash & 0xffff
}

/** The places in `personalTexts` of the texts that a line contains. */
function* textsIn(line: string): Iterable<number> {
  for (let at = 0; at <= line.length - INDEXED; at++) {
    if (mayBegin[hashAt(line, at)] === 0) continue
    for (const { needle, wholeNumber, text } of searches.get(line.slice(at, at + INDEXED)) ?? []) {
      if (!line.startsWith(needle, at)) continue
      if (wholeNumber) wholeNumber.lastIndex = at
      if (wholeNumber?.test(line) ?? true) yield text
    }
  }
}

/**
 * Searches log lines for personal data of the fixtures.
 * @returns each text that was found, with the first line that contains it
 */
export function piiLeaks(lines: Iterable<string>): string[] {
  const searched = new Set<string>()
  const found = new Map<number, string>()
  for (const whole of lines) {
    // Without digests and times: their digits can look like a number, and thousands of lines differ only in them.
    const line = whole.replace(/\b[0-9a-f]{64}\b/g, '<digest>').replace(TIMESTAMP, '')
    if (searched.size === searched.add(line).size) continue
    for (const text of textsIn(line)) if (!found.has(text)) found.set(text, line)
  }
  return [...found].sort(([a], [b]) => a - b).map(([text, line]) => `${JSON.stringify(personalTexts[text])} in ${line}`)
}

const TIMESTAMP = /"Timestamp":\d+,/
