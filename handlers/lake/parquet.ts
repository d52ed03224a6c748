import {
  Bool,
  type Data,
  DataType,
  Field,
  Float64,
  Int64 as Int64Type,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  type Vector,
} from 'apache-arrow'
import * as parquet from 'parquet-wasm'
import type { Columns, ColumnType, Int64 } from './columns.ts'
import { Utf8Slice } from './utf8-slice.ts'

/** Rows of an Arrow batch, and the bytes of text after which a batch ends early. */
const BATCH_ROWS = 16_384
const BATCH_TEXT_BYTES = 16 * 2 ** 20

/** Rows that a writer has room for at first. Most tables of most days are small, and zeroing memory takes time. */
const FIRST_CAPACITY = 64

/**
 * Rows of a Parquet row group: many, because Athena reads large row groups faster; fewer if the rows of the first batch
 * are long, because the encoder holds a whole row group in memory.
 */
const ROW_GROUP_ROWS = 131_072
const ROW_GROUP_TEXT_BYTES = 64 * 2 ** 20

type Cell = string | Utf8Slice | Int64 | boolean | null

/**
 * Writes rows to one Parquet file, compressed with zstd. The same rows always give the same bytes. A batch goes to the
 * encoder as soon as it is full, so a day's rows are never all in memory.
 */
export class ParquetWriter {
  rows = 0
  readonly #names: readonly string[]
  readonly #columns: readonly Column[]
  readonly #schema: Schema
  /** Rows that the columns have room for. */
  #capacity = FIRST_CAPACITY
  #batchRows = 0
  #batchTextBytes = 0
  #encoder: Encoder | undefined

  constructor(columns: Columns) {
    this.#names = Object.keys(columns)
    this.#columns = Object.values(columns).map(type => new COLUMN[type]())
    this.#schema = arrowSchema(columns)
  }

  /** Appends a row, copying its values. A column that the row does not have is null. */
  append(row: Readonly<Record<string, Cell>>): void {
    if (this.#batchRows === this.#capacity) this.#grow()
    for (let i = 0; i < this.#columns.length; i++) {
      const value = row[this.#names[i] as string] ?? null
      if (value !== null) this.#batchTextBytes += (this.#columns[i] as Column).set(this.#batchRows, value)
    }
    this.rows++
    this.#batchRows++
    if (this.#batchRows === BATCH_ROWS || this.#batchTextBytes >= BATCH_TEXT_BYTES) this.#flush()
  }

  /** Await this, if it is defined, before appending more rows: it settles when the batch is encoded. */
  get encoding(): Promise<void> | undefined {
    return this.#encoder?.busy
  }

  /** Ends an unfinished file. Without this the encoder would keep its memory until the process ends. */
  abandon(): void {
    this.#encoder?.abandon()
  }

  /** Finishes the file. @returns its bytes in pieces of about a row group each; null if no row was appended */
  async finish(): Promise<readonly Uint8Array[] | null> {
    if (this.#batchRows > 0) this.#flush()
    return (await this.#encoder?.finish()) ?? null
  }

  #grow(): void {
    this.#capacity *= 2
    for (const column of this.#columns) column.grow(this.#capacity)
  }

  #flush(): void {
    const length = this.#batchRows
    this.#encoder ??= new Encoder(rowGroupRows(length, this.#batchTextBytes))
    const children = this.#columns.map(column => column.take(length))
    const batch = new RecordBatch(this.#schema, makeData({ type: new Struct(this.#schema.fields), length, children }))
    this.#batchRows = 0
    this.#batchTextBytes = 0
    this.#encoder.write(tableToIPC(new Table([batch]), 'stream'))
  }
}

function rowGroupRows(rows: number, textBytes: number): number {
  return Math.min(ROW_GROUP_ROWS, Math.ceil((ROW_GROUP_TEXT_BYTES * rows) / Math.max(textBytes, 1)))
}

/** Some rows of a Parquet file, by column. */
export interface RowBatch {
  readonly length: number
  /** A value, null also where the file has no such column: files of earlier versions have fewer. */
  value(column: string, row: number): Cell
}

/**
 * Reads a Parquet file that `ParquetWriter` wrote, a row group at a time, so that memory holds no more.
 * @param columns the columns to read
 * @param more columns that some rows need besides: they are read for a row group where `needsMore` says so of a row
 * @throws where the file is no Parquet
 */
export async function* readRows(
  file: Uint8Array,
  columns: readonly string[],
  more: readonly string[] = [],
  needsMore: (batch: RowBatch, row: number) => boolean = () => false,
): AsyncIterable<RowBatch> {
  const reader = await parquet.ParquetFile.fromFile(new Blob([file as Uint8Array<ArrayBuffer>]))
  try {
    const metadata = reader.metadata()
    for (let group = 0; group < metadata.numRowGroups(); group++) {
      const held = metadata
        .rowGroup(group)
        .columns()
        .map(column => column.columnPath().join('.'))
      const read = async (names: readonly string[]) => {
        const present = names.filter(name => held.includes(name))
        const options = { columns: present, rowGroups: [group], batchSize: ROW_GROUP_ROWS }
        return batchOf(tableFromIPC((await reader.read(options)).intoIPCStream()), metadata.rowGroup(group).numRows())
      }
      const batch = await read(columns)
      let isComplete = true
      for (let row = 0; row < batch.length && isComplete; row++) isComplete = !needsMore(batch, row)
      yield isComplete ? batch : await read([...columns, ...more])
    }
  } finally {
    reader.free()
  }
}

/** The values of one column of a Parquet file, in order, a row group at a time. */
export async function* readColumn(file: Uint8Array, name: string): AsyncIterable<Iterable<unknown>> {
  for await (const batch of readRows(file, [name])) {
    const values: unknown[] = []
    for (let row = 0; row < batch.length; row++) {
      const value = batch.value(name, row)
      values.push(value instanceof Utf8Slice ? String(value) : value)
    }
    yield values
  }
}

function batchOf(table: Table, length: number): RowBatch {
  const columns = new Map(table.schema.fields.map(({ name }) => [name, valuesOf(table.getChild(name) as Vector)]))
  return { length, value: (column, row) => columns.get(column)?.(row) ?? null }
}

/** Texts stay bytes: most are only compared, and Arrow's own decoder drops a byte order mark in front of an id. */
function valuesOf(column: Vector): (row: number) => Cell {
  const [data] = column.data
  if (!data || column.data.length > 1 || !DataType.isUtf8(column.type)) return row => column.get(row)
  const { valueOffsets, values } = data as Data<Utf8>
  return row =>
    data.getValid(row) ? new Utf8Slice(values, valueOffsets[row] as number, valueOffsets[row + 1] as number) : null
}

const arrowSchema = (columns: Columns) =>
  new Schema(Object.entries(columns).map(([name, type]) => new Field(name, ARROW_TYPE[type](), true)))

const ARROW_TYPE = {
  string: () => new Utf8(),
  bigint: () => new Int64Type(),
  double: () => new Float64(),
  boolean: () => new Bool(),
} satisfies Record<ColumnType, () => unknown>

/** Wraps parquet-wasm's encoder, which pulls batches from a stream, so that batches can be pushed. */
class Encoder {
  #controller!: ReadableStreamDefaultController<parquet.RecordBatch>
  #taken = () => {}
  readonly #file: Promise<readonly Uint8Array[]>
  /** Settles when the encoder has taken every batch written; rejects if encoding fails. */
  busy: Promise<void> | undefined

  constructor(rowGroupRows: number) {
    const batches = new ReadableStream<parquet.RecordBatch>(
      {
        start: controller => {
          this.#controller = controller
        },
        pull: () => this.#taken(),
      },
      { highWaterMark: 0 },
    )
    const properties = new parquet.WriterPropertiesBuilder()
      .setCompression(parquet.Compression.ZSTD)
      .setDictionaryEnabled(false) // zstd alone takes less CPU and gives no more bytes
      .setStatisticsEnabled(parquet.EnabledStatistics.Chunk)
      .setMaxRowGroupSize(rowGroupRows)
      .build()
    this.#file = parquet.transformParquetStream(batches, properties).then(collect)
    this.#file.catch(() => {}) // `busy` or `finish` reports it
  }

  write(ipc: Uint8Array): void {
    const table = parquet.Table.fromIPCStream(ipc)
    const [batch] = table.recordBatches()
    table.free()
    if (!batch) throw new Error('an Arrow stream without a batch')
    this.#controller.enqueue(batch)
    this.busy ??= this.#untilTaken()
    this.busy.catch(() => {}) // not every caller awaits it; `finish` reports the error as well
  }

  async #untilTaken(): Promise<void> {
    const taken = new Promise<void>(resolve => {
      this.#taken = resolve
    })
    await Promise.race([taken, this.#file])
    this.busy = undefined
  }

  abandon(): void {
    this.#controller.error(new Error('abandoned'))
  }

  finish(): Promise<readonly Uint8Array[]> {
    this.#controller.close()
    return this.#file
  }
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return pieces
}

/**
 * A column of the current batch. It is told only of the rows that have a value: most columns of most rows have none.
 * `take` returns the batch's rows as Arrow data and empties the column.
 */
abstract class Column {
  #validity = new Uint8Array(FIRST_CAPACITY / 8)
  #values = 0

  /**
   * Sets a row's value. Rows come in order; one that is left out is null.
   * @returns bytes of text that the value takes
   */
  set(row: number, value: Exclude<Cell, null>): number {
    this.#values++
    setBit(this.#validity, row)
    return this.write(row, value)
  }

  protected abstract write(row: number, value: Exclude<Cell, null>): number
  protected abstract data(
    length: number,
    nulls: { nullCount: number; nullBitmap: Uint8Array },
  ): ReturnType<typeof makeData>

  take(length: number): ReturnType<typeof makeData> {
    const data = this.data(length, { nullCount: length - this.#values, nullBitmap: this.#validity })
    this.#validity = new Uint8Array(this.#validity.length)
    this.#values = 0
    return data
  }

  /** Makes room for so many rows in all. */
  grow(rows: number): void {
    this.#validity = enlarged(this.#validity, new Uint8Array(rows / 8))
  }
}

class StringColumn extends Column {
  #text = Buffer.allocUnsafe(2 ** 10)
  #textBytes = 0
  #offsets = new Int32Array(FIRST_CAPACITY + 1)
  /** How many rows have their offsets. */
  #rows = 0

  protected write(row: number, value: Exclude<Cell, null>): number {
    this.#fill(row)
    const before = this.#textBytes
    if (value instanceof Utf8Slice) {
      this.#reserve(value.length)
      copy(value, this.#text, before)
      this.#textBytes += value.length
    } else if (typeof value === 'string') {
      this.#reserve(value.length * 3)
      this.#textBytes += this.#text.write(value, before, 'utf8')
    }
    this.#fill(row + 1)
    return this.#textBytes - before
  }

  /** Ends the rows before `row` at the end of the text. */
  #fill(row: number): void {
    while (this.#rows < row) this.#offsets[++this.#rows] = this.#textBytes
  }

  #reserve(bytes: number): void {
    const most = this.#textBytes + bytes
    if (most <= this.#text.length) return
    const grown = Buffer.allocUnsafe(Math.max(most, this.#text.length * 2))
    this.#text.copy(grown, 0, 0, this.#textBytes)
    this.#text = grown
  }

  protected data(length: number, nulls: { nullCount: number; nullBitmap: Uint8Array }) {
    this.#fill(length)
    const valueOffsets = this.#offsets.slice(0, length + 1)
    const data = this.#text.subarray(0, this.#textBytes)
    this.#rows = 0
    this.#textBytes = 0
    return makeData({ type: new Utf8(), length, ...nulls, valueOffsets, data })
  }

  override grow(rows: number): void {
    super.grow(rows)
    this.#offsets = enlarged(this.#offsets, new Int32Array(rows + 1))
  }
}

/** Copies short texts, which most are, byte by byte: a call of `set` would cost more. */
function copy({ bytes, start, end }: Utf8Slice, target: Uint8Array, at: number): void {
  if (end - start > 128) target.set(bytes.subarray(start, end), at)
  else for (let from = start, to = at; from < end; from++, to++) target[to] = bytes[from] as number
}

class Int64Column extends Column {
  #integers = new BigInt64Array(FIRST_CAPACITY)

  protected write(row: number, value: Exclude<Cell, null>): number {
    if (typeof value === 'number' || typeof value === 'bigint') this.#integers[row] = BigInt(value)
    return 0
  }

  protected data(length: number, nulls: { nullCount: number; nullBitmap: Uint8Array }) {
    const data = this.#integers.slice(0, length)
    this.#integers.fill(0n)
    return makeData({ type: new Int64Type(), length, ...nulls, data })
  }

  override grow(rows: number): void {
    super.grow(rows)
    this.#integers = enlarged(this.#integers, new BigInt64Array(rows))
  }
}

class DoubleColumn extends Column {
  #doubles = new Float64Array(FIRST_CAPACITY)

  protected write(row: number, value: Exclude<Cell, null>): number {
    if (typeof value === 'number') this.#doubles[row] = value
    return 0
  }

  protected data(length: number, nulls: { nullCount: number; nullBitmap: Uint8Array }) {
    const data = this.#doubles.slice(0, length)
    this.#doubles.fill(0)
    return makeData({ type: new Float64(), length, ...nulls, data })
  }

  override grow(rows: number): void {
    super.grow(rows)
    this.#doubles = enlarged(this.#doubles, new Float64Array(rows))
  }
}

class BooleanColumn extends Column {
  #bits = new Uint8Array(FIRST_CAPACITY / 8)

  protected write(row: number, value: Exclude<Cell, null>): number {
    if (value === true) setBit(this.#bits, row)
    return 0
  }

  protected data(length: number, nulls: { nullCount: number; nullBitmap: Uint8Array }) {
    const data = this.#bits
    this.#bits = new Uint8Array(this.#bits.length)
    return makeData({ type: new Bool(), length, ...nulls, data })
  }

  override grow(rows: number): void {
    super.grow(rows)
    this.#bits = enlarged(this.#bits, new Uint8Array(rows / 8))
  }
}

/** Copies an array into a longer one. */
function enlarged<T extends Uint8Array | Int32Array | Float64Array | BigInt64Array>(from: T, to: T): T {
  new Uint8Array(to.buffer).set(new Uint8Array(from.buffer))
  return to
}

const setBit = (bits: Uint8Array, index: number) => {
  bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7))
}

const COLUMN = {
  string: StringColumn,
  bigint: Int64Column,
  double: DoubleColumn,
  boolean: BooleanColumn,
} satisfies Record<ColumnType, new () => Column>
