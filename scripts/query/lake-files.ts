import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Table } from '../../handlers/sources/tables.ts'

/**
 * The Parquet files of a table in a local lake, ordered by partition. Only files at
 * `<lake>/enriched/<table>/<partition>=<value>/…/*.parquet` count.
 * @returns absolute paths; an empty list where the table has no file yet
 * @throws where the lake is not a directory, or one of the table's directories cannot be read
 */
export function tableFiles(lake: string, table: Table): string[] {
  let directories = [join(lakeDirectory(lake), 'enriched', table.name)]
  for (const { name, type } of table.partitions) {
    const value = type === 'date' ? /^\d{4}-\d\d-\d\d$/ : /./
    const isPartition = (entry: string) => entry.startsWith(`${name}=`) && value.test(entry.slice(name.length + 1))
    directories = directories.flatMap(directory => entries(directory, isPartition))
  }
  return directories.flatMap(directory => entries(directory, entry => /^[^.].*\.parquet$/.test(entry)))
}

/**
 * The lake's absolute path.
 * @throws unless it is a directory
 */
export function lakeDirectory(lake: string): string {
  const path = resolve(lake)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) throw new Error(`there is no lake at ${path}`)
  if (!stats.isDirectory()) throw new Error(`${path} is not a lake: a lake is a directory`)
  return path
}

/** Paths of a directory's entries, ordered by name; an empty list where the directory does not exist. */
function entries(directory: string, wanted: (entry: string) => boolean): string[] {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(directory)
    .filter(wanted)
    .sort()
    .map(entry => join(directory, entry))
}
