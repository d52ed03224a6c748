/** A row of a reader of Parquet, or of a reference. */
export type AnyRow = Readonly<Record<string, unknown>>

/** Values of a row as one text. */
export const joined = (row: AnyRow, ...columns: string[]): string => columns.map(name => String(row[name])).join('|')

/** What makes two rows of the table `events` the same. */
export const eventSameness = (row: AnyRow): string => joined(row, 'kind', 'id')
