import { readdirSync, readFileSync } from 'node:fs'
import { Utf8Slice } from '../../lake/utf8-slice.ts'
import { sources } from '../index.ts'
import type { ParseResult, Source } from '../source.ts'

/** A row as a reader of Parquet gives it: every `bigint` a BigInt. */
export type PlainRow = Record<string, string | number | bigint | boolean | null>

/** Rows by their table; tables without rows are left out. */
export type RowsByTable = Readonly<Record<string, readonly PlainRow[]>>

/** What the contract makes of a body. */
export interface Expected {
  /** All columns but `received_at` and `raw_key`. */
  readonly rows: RowsByTable
  readonly identities: readonly { readonly id: string; readonly same_as: string }[]
  readonly quarantined: readonly { readonly reason: string; readonly payload: string }[]
}

/** A webhook body of `fixtures/`. */
export interface Fixture extends Expected {
  readonly name: string
  readonly body: Uint8Array
}

/** The end of the name of the file that says what the contract makes of a body. */
const EXPECTED = '.expected.json'

/** The fixtures of a source, read once per process: do not change them. */
export function fixturesOf(source: Source): readonly Fixture[] {
  const fixtures = read.get(source) ?? readFixtures(source)
  read.set(source, fixtures)
  return fixtures
}

const read = new WeakMap<Source, readonly Fixture[]>()

function readFixtures(source: Source): Fixture[] {
  const folder = new URL(`../../../fixtures/${source.name}/`, import.meta.url)
  return readdirSync(folder)
    .sort()
    .filter(file => file.endsWith(EXPECTED))
    .map(file => {
      const name = file.slice(0, -EXPECTED.length)
      const expected = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
      return {
        name: `${source.name}/${name}`,
        body: readFileSync(new URL(`${name}.json`, folder)),
        rows: rowsByTable(source, Object.entries(expected.rows as Record<string, Record<string, unknown>[]>)),
        identities: sortedPairs(expected.identities),
        quarantined: expected.quarantined,
      }
    })
}

/** Pairs of ids in an order of their own: which is found first, and which id stands first, says nothing. */
export const sortedPairs = (identities: Expected['identities']): Expected['identities'] =>
  identities
    .map(({ id, same_as }) => (id < same_as ? { id, same_as } : { id: same_as, same_as: id }))
    .sort((a, b) => (`${a.id} ${a.same_as}` < `${b.id} ${b.same_as}` ? -1 : 1))

/** The fixtures of every source. */
export const allFixtures = () => sources.flatMap(source => fixturesOf(source).map(fixture => ({ source, fixture })))

/** What was parsed, as fixtures write it. */
export function plainResult(source: Source, { rows, identities, rejects }: ParseResult): Expected {
  const byTable = new Map<string, Record<string, unknown>[]>()
  for (const { table, row } of rows) byTable.set(table, [...(byTable.get(table) ?? []), row])
  return {
    rows: rowsByTable(source, [...byTable]),
    identities: sortedPairs(identities),
    quarantined: rejects.map(({ reason, payload }) => ({ reason, payload: String(payload) })),
  }
}

/** The rows of one table as `parse` gave them, texts as strings. */
export const rowsIn = ({ rows }: ParseResult, table: string): Readonly<Record<string, unknown>>[] =>
  rows
    .filter(row => row.table === table)
    .map(({ row }) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asText(value)])))

const asText = (value: unknown) => (value instanceof Utf8Slice ? String(value) : value)

const rowsByTable = (
  source: Source,
  rows: readonly (readonly [string, readonly Readonly<Record<string, unknown>>[]])[],
): RowsByTable =>
  Object.fromEntries(
    rows
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([table, rows]) => [table, rows.map(row => plainRow(source, table, row))]),
  )

/**
 * A row without `received_at` and `raw_key`, texts as strings and integers as BigInts; what is left out is null. Other
 * values, and columns that it should not have, stay as they are.
 */
export function plainRow(source: Source, table: string, row: Readonly<Record<string, unknown>>): PlainRow {
  const columns = source.tables.find(({ name }) => name === table)?.columns
  if (!columns) throw new Error(`${source.name} has no table ${table}`)
  const cells = [...new Set([...Object.keys(columns), ...Object.keys(row)])]
    .filter(name => name !== 'received_at' && name !== 'raw_key')
    .map(name => {
      const value = asText(row[name] ?? null)
      return [name, value !== null && columns[name] === 'bigint' ? BigInt(value as number) : value]
    })
  return Object.fromEntries(cells)
}
