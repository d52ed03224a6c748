import { dayKey, sharedTablePrefix, tablePrefix } from '../lake/layout.ts'
import type { Source } from './source.ts'

/** Tables that every platform has besides those that it declares. */
export const IDENTITIES = 'identities'
export const QUARANTINE = 'quarantine'

/** The keys in the enriched bucket of everything that a platform's day is made into, by table. */
export const dayKeys = (source: Pick<Source, 'name' | 'tables'>, date: string): ReadonlyMap<string, string> =>
  new Map([...tablePrefixes(source)].map(([table, prefix]) => [table, dayKey(prefix, table, date)]))

/** The prefixes in the enriched bucket of everything that a platform's days are made into, by table. */
export function tablePrefixes({ name, tables }: Pick<Source, 'name' | 'tables'>): ReadonlyMap<string, string> {
  return new Map([
    ...tables.map(
      table => [table.name, table.isShared ? sharedTablePrefix(table.name, name) : tablePrefix(table.name)] as const,
    ),
    ...[IDENTITIES, QUARANTINE].map(table => [table, sharedTablePrefix(table, name)] as const),
  ])
}
