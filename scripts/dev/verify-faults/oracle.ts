import { isDeepStrictEqual } from 'node:util'
import { dayKeys } from '../../../handlers/sources/day-keys.ts'
import { sortedPairs } from '../../../handlers/sources/testing/fixtures.ts'
import type { Expected, ReferenceRow } from '../../../handlers/sources/testing/reference.ts'
import type { TestKit } from '../../../handlers/sources/testing/test-kit.ts'
import type { Body } from '../../../handlers/sources/testing/traffic.ts'

/*
 * What the lake must contain. It follows from the bodies that were sent and from the raw objects' LastModified.
 */

/** A guarantee that does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** @throws Violation unless the condition holds */
export function must(holds: unknown, violation: string): asserts holds {
  if (!holds) throw new Violation(violation)
}

export interface RawObject {
  readonly key: string
  readonly body: Pick<Body, 'expected'>
  readonly lastModified: number
}

/** A row that a table must have, and the raw object that it comes from. */
export interface ExpectedRow {
  readonly row: ReferenceRow
  readonly rawKey: string
}

/** What a transform must make of one day of a source. */
export interface ExpectedDay {
  /** What the run returns. */
  readonly stats: Readonly<Record<string, unknown>>
  /** The rows of each of the source's tables. */
  readonly tables: ReadonlyMap<string, readonly ExpectedRow[]>
  /** The ids that the day ties to each other. */
  readonly identities: Expected['identities']
  /** The raw key of each row in quarantine. */
  readonly quarantined: readonly string[]
}

/** The expected days of a platform, the oldest first, from its raw objects by day. */
export function expectedDays(
  { source, sameness }: Pick<TestKit, 'source' | 'sameness'>,
  objectsByDay: ReadonlyMap<string, readonly RawObject[]>,
): Map<string, ExpectedDay> {
  const seen = new Set<string>()
  const days = new Map<string, ExpectedDay>()
  for (const date of [...objectsByDay.keys()].sort()) {
    const objects = [...(objectsByDay.get(date) ?? [])]
    objects.sort((a, b) => a.lastModified - b.lastModified || (a.key < b.key ? -1 : 1))
    const tables = new Map<string, ExpectedRow[]>(source.tables.map(({ name }) => [name, []]))
    const pairs = new Map<string, Expected['identities'][number]>()
    const quarantined: string[] = []
    let items = 0
    for (const { key: rawKey, body } of objects) {
      for (const [table, rows] of Object.entries(body.expected.rows))
        for (const row of rows) {
          items++
          if (seen.size < seen.add(`${table}|${sameness(table, row)}`).size) tables.get(table)?.push({ row, rawKey })
        }
      for (const pair of sortedPairs(body.expected.identities)) pairs.set(`${pair.id} ${pair.same_as}`, pair)
      for (const _ of body.expected.quarantined) quarantined.push(rawKey)
    }
    items += quarantined.length
    const rows = [...tables.values()].reduce((sum, rows) => sum + rows.length, 0)
    const counts = new Map([...tables].map(([name, rows]) => [name, rows.length]))
    counts.set('identities', pairs.size).set('quarantine', quarantined.length)
    const keys = dayKeys(source, date)
    const stats = {
      ...{ source: source.name, date, objects: objects.length, items, rows, quarantined: quarantined.length },
      duplicates: items - rows - quarantined.length,
      tables: Object.fromEntries(
        [...counts].map(([name, rows]) => [name, { key: rows > 0 ? keys.get(name) : null, rows }]),
      ),
    }
    days.set(date, { stats, tables, identities: sortedPairs([...pairs.values()]), quarantined })
  }
  return days
}

/** Whether a row is the expected one. `received_at` is not compared: it depends on the attempt that was stored. */
export function isRowOf(
  { row, rawKey }: ExpectedRow,
  { received_at: _, raw_key = rawKey, ...found }: Readonly<Record<string, unknown>>,
): boolean {
  return raw_key === rawKey && isDeepStrictEqual(inNameOrder(found), inNameOrder(row))
}

const inNameOrder = (row: Readonly<Record<string, unknown>>) => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))
