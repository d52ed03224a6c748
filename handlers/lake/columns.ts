import type { Utf8Slice } from './utf8-slice.ts'

/** The column types of the lake, by their Athena names. */
export type ColumnType = 'string' | 'bigint' | 'boolean'

/** A table's columns in order: name → type. Every column is nullable. */
export type Columns = Readonly<Record<string, ColumnType>>

/** A `bigint` value: a number where it is a safe integer, a BigInt beyond. */
export type Int64 = number | bigint

type Value<T extends ColumnType> = T extends 'string' ? string | Utf8Slice : T extends 'bigint' ? Int64 : boolean

/** One row of a table, a value or null for each of its columns. */
export type Row<C extends Columns> = {
  -readonly [K in keyof C]: Value<C[K]> | null
}
