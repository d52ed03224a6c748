import type { Utf8Slice } from './utf8-slice.ts'

/** The column types of the lake, by their names in Athena. */
export type ColumnType = 'string' | 'bigint' | 'double' | 'boolean'

/** A table's columns in order, from name to type. Every column is nullable. */
export type Columns = Readonly<Record<string, ColumnType>>

/** A value of a `bigint` column: a number if it is a safe integer, else a BigInt. */
export type Int64 = number | bigint

type Value<T extends ColumnType> = T extends 'string'
  ? string | Utf8Slice
  : T extends 'bigint'
    ? Int64
    : T extends 'double'
      ? number
      : boolean

/** A row of a table: a value or null for each column. */
export type Row<C extends Columns> = {
  -readonly [K in keyof C]: Value<C[K]> | null
}
