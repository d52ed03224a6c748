import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/** Reads a Parquet file with hyparquet, which shares no code with the writer. Integers are BigInts. */
export async function readBack(file: Uint8Array) {
  const buffer = new Uint8Array(file).buffer
  const metadata = parquetMetadata(buffer)
  const { schema, row_groups } = metadata
  return {
    rows: await parquetReadObjects({ file: buffer, metadata, compressors, parsers: { stringFromBytes } }),
    columns: schema.slice(1),
    rowGroups: row_groups.map(({ num_rows }) => Number(num_rows)),
    codecs: new Set(row_groups.flatMap(({ columns }) => columns.map(column => column.meta_data?.codec))),
  }
}

/** Throws for invalid UTF-8, and keeps a byte order mark. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const stringFromBytes = (bytes: Uint8Array) => decoder.decode(bytes)
