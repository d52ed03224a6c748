import { PRIVATE } from '../../ingest/testing/deliveries.ts'
import { allFixtures } from '../../sources/testing/fixtures.ts'

/** The columns that tell of people. */
const PERSONAL = ['name', 'number', 'message', 'text', 'user_first_name', 'user_id']

/** Telegram's own accounts, as it calls and numbers them in every chat. */
const NOBODY: readonly unknown[] = ['Telegram', 777000n, 'Channel', 136817688n, 'Group', 1087968824n]

const personal = new Set([
  ...PRIVATE,
  ...allFixtures().flatMap(({ fixture: { rows, quarantined } }) => [
    ...rows.flatMap(row => PERSONAL.map(column => row[column]).filter(value => !NOBODY.includes(value))),
    ...quarantined.map(({ payload }) => payload),
  ]),
])

/**
 * The secrets, what the fixtures' people wrote, who they are, and what cannot be read; what is too short would be found
 * anywhere.
 */
export const words: readonly string[] = [...personal].map(it => String(it ?? '').trim()).filter(it => it.length > 5)

/** How a word is found in a text: a number not in the middle of another, anything else also as JSON escapes it. */
const searches = words.map(word => {
  if (/^\d+$/.test(word)) return { word, isIn: (text: string) => new RegExp(`(?<!\\d)${word}(?!\\d)`).test(text) }
  const escaped = JSON.stringify(word).slice(1, -1)
  return { word, isIn: (text: string) => text.includes(word) || text.includes(escaped) }
})

/** What lines tell of the fixtures' people: each word that is in one, with the first that holds it. */
export function piiLeaks(lines: Iterable<string>): string[] {
  // Digits of digests and times are nobody's number; and thousands of lines differ in them alone.
  const told = new Set([...lines].map(line => line.replace(/\b[0-9a-f]{64}\b/g, '<digest>').replace(TIMESTAMP, '')))
  return searches.flatMap(({ word, isIn }) => {
    const line = [...told].find(isIn)
    return line === undefined ? [] : [`${JSON.stringify(word)} in ${line}`]
  })
}

const TIMESTAMP = /"Timestamp":\d+,/
