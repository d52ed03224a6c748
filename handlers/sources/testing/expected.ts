import { readdirSync, readFileSync } from 'node:fs'
import type { Expected, ReferenceRow } from './reference.ts'

/** A cell as it stands in a fixture's file: a bigint beyond 2^53 is a string of digits. */
export type ExpectedCell = string | number | boolean

/** The content of a fixture's file of expected rows. */
export interface ExpectedJson {
  /** By table; a row has only the columns that are not null. */
  readonly rows: Readonly<Record<string, readonly Readonly<Record<string, ExpectedCell>>[]>>
  readonly identities: readonly { readonly id: string; readonly same_as: string }[]
  readonly quarantined: readonly { readonly reason: string; readonly payload: string }[]
}

/** A webhook body of `fixtures/`, with what the data contract makes of it. */
export interface ExpectedFixture {
  readonly name: string
  readonly body: Uint8Array
  readonly expected: ExpectedJson
}

/** The fixtures of a platform. */
export function expectedFixturesOf(source: string): ExpectedFixture[] {
  const folder = new URL(`../../../fixtures/${source}/`, import.meta.url)
  const read = (file: string) => readFileSync(new URL(file, folder))
  return readdirSync(folder)
    .filter(file => file.endsWith('.expected.json'))
    .sort()
    .map(file => {
      const name = file.slice(0, -'.expected.json'.length)
      return { name: `${source}/${name}`, body: read(`${name}.json`), expected: JSON.parse(read(file).toString()) }
    })
}

/** What a reference reader found, as a fixture's file has it. */
export const expectedJson = ({ rows, identities, quarantined }: Expected): ExpectedJson => ({
  rows: Object.fromEntries(Object.entries(rows).map(([table, those]) => [table, those.map(rowJson)])),
  identities,
  quarantined,
})

function rowJson(row: ReferenceRow): Record<string, ExpectedCell> {
  const cells = Object.entries(row).flatMap(([column, cell]): [string, ExpectedCell][] => {
    if (cell === null) return []
    if (typeof cell !== 'bigint') return [[column, cell]]
    return [[column, Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell)]]
  })
  return Object.fromEntries(cells)
}
