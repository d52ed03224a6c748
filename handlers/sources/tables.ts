import type { Columns } from '../lake/columns.ts'
import { columns as quarantineColumns } from '../lake/quarantine.ts'
import { sources } from './index.ts'

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

/** Every table of the lake: one a source, and the quarantine they share. */
export const tables: readonly Table[] = [
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
