import { readdirSync, readFileSync } from 'node:fs'
import { Utf8Slice } from '../../lake/utf8-slice.ts'
import { sources } from '../index.ts'
import type { ParseResult, Source } from '../source.ts'

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
  const folder = new URL(`../../../fixtures/${source.name}/`, import.meta.url)
  return readdirSync(folder)
    .sort()
    .filter(file => file.endsWith('.rows.json'))
    .map(file => {
      const name = file.slice(0, -'.rows.json'.length)
      const expected = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
      return {
        name: `${source.name}/${name}`,
        body: readFileSync(new URL(`${name}.json`, folder)),
        rows: expected.rows.map((row: Record<string, unknown>) => plainRow(source, row)),
        ignored: expected.ignored,
        quarantined: expected.quarantined,
      }
    })
}

/** The fixtures of every source. */
export const allFixtures = () => sources.flatMap(source => fixturesOf(source).map(fixture => ({ source, fixture })))

/** A row whose texts are strings, as they are compared. */
export type Written<R> = { [K in keyof R]: Exclude<R[K], Utf8Slice> }

/** What was read, its texts as strings. */
export const written = <R extends object>(reading: ParseResult & { readonly rows: readonly R[] }) => ({
  ...reading,
  rows: reading.rows.map(row => {
    const cells = Object.entries(row).map(([name, value]) => [name, value instanceof Utf8Slice ? String(value) : value])
    return Object.fromEntries(cells) as Written<R>
  }),
})

/** A row without `received_at`, texts as strings and integers as BigInts; other values, and columns it should not have, stay as they are. */
export function plainRow({ columns }: Source, row: Readonly<Record<string, unknown>>): PlainRow {
  const cells = Object.entries(row)
    .filter(([name]) => name !== 'received_at')
    .map(([name, value]) => {
      if (value instanceof Utf8Slice) return [name, String(value)]
      return [name, value !== null && columns[name] === 'bigint' ? BigInt(value as number) : value]
    })
  return Object.fromEntries(cells)
}
