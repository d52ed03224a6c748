import type { Columns } from '../lake/columns.ts'
import { columns as quarantineColumns } from '../lake/quarantine.ts'
import { identityColumns } from './events.ts'
import { sources } from './index.ts'
import type { Source } from './source.ts'

/** A table as Glue and Athena know it; its location is `<enriched>/<name>/`, its partitions are Hive-style folders. */
export interface Table {
  readonly name: string
  /** The platform that alone writes this table. Undefined for a table that platforms share. */
  readonly source?: string
  readonly columns: Columns
  readonly partitions: readonly {
    readonly name: string
    readonly type: 'string' | 'date'
  }[]
}

const contextDate = { name: 'context_date', type: 'date' } as const
const sourceName = { name: 'source', type: 'string' } as const

/** Every table of a lake of these platforms: their own ones, and those that they share. */
export function tablesOf(platforms: readonly Source[]): readonly Table[] {
  const declared = new Map(
    platforms.flatMap(({ name: source, tables }) => tables.map(table => [table.name, { source, ...table }] as const)),
  )
  return [
    ...[...declared.values()].map(({ name, source, columns, isShared }) => ({
      name,
      ...(!isShared && { source }),
      columns,
      partitions: isShared ? [sourceName, contextDate] : [contextDate],
    })),
    { name: 'identities', columns: identityColumns, partitions: [sourceName, contextDate] },
    { name: 'quarantine', columns: quarantineColumns, partitions: [sourceName, contextDate] },
  ]
}

/** Every table of the lake. */
export const tables = tablesOf(sources)
