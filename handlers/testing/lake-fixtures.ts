import { readdirSync, readFileSync } from 'node:fs'
import { sources } from '../sources/index.ts'
import type { Source } from '../sources/source.ts'

/** A row as a reader of Parquet gives it: every `bigint` a BigInt. */
export type PlainRow = Record<string, string | bigint | boolean | null>

/** A webhook body of `fixtures/`, with what the contract makes of it. */
export interface Fixture {
  readonly name: string
  readonly body: Uint8Array
  /** All columns but `received_at`. */
  readonly rows: readonly PlainRow[]
  readonly ignored: number
  readonly quarantined: readonly { readonly reason: string; readonly payload: string }[]
}

export function fixturesOf(source: Source): Fixture[] {
  const folder = new URL(`../../fixtures/${source.name}/`, import.meta.url)
  return readdirSync(folder)
    .sort()
    .filter(file => file.endsWith('.json') && !file.endsWith('.rows.json'))
    .map(file => {
      const name = file.slice(0, -'.json'.length)
      const expected = JSON.parse(readFileSync(new URL(`${name}.rows.json`, folder), 'utf8'))
      return {
        name: `${source.name}/${name}`,
        body: readFileSync(new URL(file, folder)),
        rows: expected.rows.map((row: Record<string, unknown>) => plainRow(source, row)),
        ignored: expected.ignored,
        quarantined: expected.quarantined,
      }
    })
}

/** The fixtures of every source. */
export const allFixtures = () => sources.flatMap(source => fixturesOf(source).map(fixture => ({ source, fixture })))

/** A row without `received_at`, integers as BigInt; other values, and columns it should not have, stay as they are. */
export function plainRow({ columns }: Source, row: Readonly<Record<string, unknown>>): PlainRow {
  const cells = Object.entries(row)
    .filter(([name]) => name !== 'received_at')
    .map(([name, value]) => [name, value !== null && columns[name] === 'bigint' ? BigInt(value as number) : value])
  return Object.fromEntries(cells)
}
