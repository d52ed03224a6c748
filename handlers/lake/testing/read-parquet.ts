import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/** What hyparquet, a reader that shares no code with the writer, finds in a Parquet file. Integers are BigInts. */
export async function readBack(file: Uint8Array) {
  const buffer = new Uint8Array(file).buffer
  const { schema, row_groups } = parquetMetadata(buffer)
  return {
    rows: await parquetReadObjects({ file: buffer, compressors, parsers: { stringFromBytes } }),
    columns: schema.slice(1),
    rowGroups: row_groups.map(({ num_rows }) => Number(num_rows)),
    codecs: new Set(row_groups.flatMap(({ columns }) => columns.map(column => column.meta_data?.codec))),
  }
}

/** Strict, and a byte order mark is a character like any other. */
const stringFromBytes = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
