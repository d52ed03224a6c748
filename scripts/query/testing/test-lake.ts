import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Table } from '../../../handlers/sources/tables.ts'

/** Creates a directory that is removed after the test. */
export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'chatlake-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Writes Parquet files below `<lake>/enriched`, each with the rows of a DuckDB query. @returns the lake's directory */
export async function writeLake(lake: string, files: Readonly<Record<string, string>>): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  mkdirSync(lake, { recursive: true })
  for (const [key, sql] of Object.entries(files)) {
    const path = join(lake, 'enriched', key)
    mkdirSync(dirname(path), { recursive: true })
    await connection.run(`copy (${sql}) to '${path.replaceAll("'", "''")}' (format parquet)`)
  }
  connection.closeSync()
  instance.closeSync()
  return lake
}

/** A query for rows of a table, from the SQL of some columns. The other columns are null. */
export function tableRows({ columns }: Table, rows: readonly Readonly<Record<string, string>>[]): string {
  const types = { string: 'varchar', bigint: 'bigint', double: 'double', boolean: 'boolean' }
  return rows
    .map(row => {
      const cells = Object.entries(columns).map(
        ([name, type]) => `cast(${row[name] ?? 'null'} as ${types[type]}) as "${name}"`,
      )
      return `select ${cells.join(', ')}`
    })
    .join(' union all ')
}

/** Overwrites a Parquet file except for its footer. */
export function spoilData(path: string): void {
  const bytes = readFileSync(path)
  const footer = bytes.readUInt32LE(bytes.length - 8) + 8
  writeFileSync(path, bytes.fill(0xff, 4, bytes.length - footer))
}
