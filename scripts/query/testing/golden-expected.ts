import { join } from 'node:path'
import type { Row } from '../engine.ts'
import { GOLDEN } from './golden-lake.ts'

/** The expected result of a saved query over the golden lake: `fixtures/golden/expected/<name>.json`. */
export interface Expected {
  /** Each as `name type`. */
  readonly columns: readonly string[]
  /** An integer beyond ±2^53 is a text. */
  readonly rows: readonly Row[]
}

export const expectedFile = (name: string) => join(GOLDEN, 'expected', `${name}.json`)

/** JSON with one row per line. */
export const formatExpected = ({ columns, rows }: Expected) =>
  `{"columns": ${JSON.stringify(columns)},\n"rows": [\n${rows.map(row => JSON.stringify(plain(row))).join(',\n')}\n]}\n`

/** A row with bigints as text, for JSON. */
export const plain = (row: Row): Row => row.map(value => (typeof value === 'bigint' ? String(value) : value))
