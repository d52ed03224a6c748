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

/**
 * How to find each text in a line: a number only as a whole number, any other text also with JSON's escapes. A JSON
 * number with a minus sign is another number: the id of a group.
 */
const searches = personalTexts.map(text => {
  if (/^\d+$/.test(text)) {
    const whole = new RegExp(`(?<!\\d|[[,:]-)${text}(?!\\d)`)
    return { text, isIn: (line: string) => line.includes(text) && whole.test(line) }
  }
  const escaped = JSON.stringify(text).slice(1, -1)
  return { text, isIn: (line: string) => line.includes(text) || line.includes(escaped) }
})

/**
 * Searches log lines for personal data of the fixtures.
 * @returns each text that was found, with the first line that contains it
 */
export function piiLeaks(lines: Iterable<string>): string[] {
  // Without digests and times: their digits can look like a number, and thousands of lines differ only in them.
  const distinct = new Set([...lines].map(line => line.replace(/\b[0-9a-f]{64}\b/g, '<digest>').replace(TIMESTAMP, '')))
  return searches.flatMap(({ text, isIn }) => {
    const line = [...distinct].find(isIn)
    return line === undefined ? [] : [`${JSON.stringify(text)} in ${line}`]
  })
}

const TIMESTAMP = /"Timestamp":\d+,/
