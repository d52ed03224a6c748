import type { Columns } from '../lake/columns.ts'
import { columns as quarantineColumns } from '../lake/quarantine.ts'
import { sources } from './index.ts'
import type { Source } from './source.ts'

/** A table as Glue and Athena know it; its location is `<enriched>/<name>/`, its partitions are Hive-style folders. */
export interface Table {
  readonly name: string
  readonly columns: Columns
  readonly partitions: readonly {
    readonly name: string
    readonly type: 'string' | 'date'
  }[]
}

const contextDate = { name: 'context_date', type: 'date' } as const

/** The tables of a lake that takes messages from these platforms: one a platform, and the quarantine they share. */
export const tablesOf = (sources: readonly Source[]): readonly Table[] => [
  ...sources.map(({ name, columns }) => ({
    name,
    columns,
    partitions: [contextDate],
  })),
  {
    name: 'quarantine',
    columns: quarantineColumns,
    partitions: [{ name: 'source', type: 'string' }, contextDate],
  },
]

/** Every table of the lake. */
export const tables = tablesOf(sources)
