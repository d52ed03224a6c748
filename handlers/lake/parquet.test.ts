import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import * as parquet from 'parquet-wasm'
import { tables } from '../sources/tables.ts'
import type { Columns, Row } from './columns.ts'
import { ParquetWriter, readColumn, readRows } from './parquet.ts'
import { codePoint } from './testing/code-point.ts'
import { readBack } from './testing/read-parquet.ts'
import type { Utf8Slice } from './utf8-slice.ts'

const columns = { text: 'string', number: 'bigint', flag: 'boolean' } as const satisfies Columns
type TestRow = { [K in keyof Row<typeof columns>]: Exclude<Row<typeof columns>[K], Utf8Slice> }

async function write(rows: Iterable<TestRow>): Promise<Uint8Array> {
  const writer = new ParquetWriter(columns)
  for (const row of rows) {
    writer.append(row)
    if (writer.encoding) await writer.encoding
  }
  const file = await writer.finish()
  assert.ok(file)
  return Buffer.concat(file)
}

/** A row as it is read back: integers as BigInts, lone surrogates as U+FFFD. */
const asRead = ({ text, number, flag }: TestRow) => ({
  text: text?.toWellFormed() ?? null,
  number: number === null ? null : BigInt(number),
  flag,
})

async function roundTrip(rows: readonly TestRow[]): Promise<void> {
  const { rows: read } = await readBack(await write(rows))
  assert.deepEqual(read, rows.map(asRead))
}

const textRows = (...texts: (string | null)[]) => texts.map(text => ({ text, number: null, flag: null }))

test("a file has its table's columns in order, all nullable, strings as UTF-8, with zstd or snappy", async () => {
  const types = { string: 'BYTE_ARRAY', bigint: 'INT64', double: 'DOUBLE', boolean: 'BOOLEAN' }
  for (const { name, columns } of tables) {
    const writer = new ParquetWriter(columns)
    await writer.append({})
    const file = await readBack(Buffer.concat((await writer.finish()) ?? []))
    assert.deepEqual(
      file.columns.map(({ name, type, repetition_type }) => ({ name, type, repetition_type })),
      Object.entries(columns).map(([name, type]) => ({ name, type: types[type], repetition_type: 'OPTIONAL' })),
      name,
    )
    for (const { type, converted_type, logical_type } of file.columns) {
      if (type === 'BYTE_ARRAY') assert.ok(converted_type === 'UTF8' || logical_type?.type === 'STRING')
      else assert.equal(converted_type ?? logical_type, undefined)
    }
    assert.ok([...file.codecs].every(codec => codec === 'ZSTD' || codec === 'SNAPPY'))
    assert.deepEqual(file.rows, [Object.fromEntries(Object.keys(columns).map(column => [column, null]))])
  }
})

test('without rows there is no file', async () => {
  assert.equal(await new ParquetWriter(columns).finish(), null)
})

test('integers are exact in the whole range of int64', async () => {
  const edges = [
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
    2 ** 53 - 1,
    1 - 2 ** 53,
    0,
    -0,
    0n,
    -1,
  ]
  await roundTrip(edges.map(number => ({ text: null, number, flag: null })))
})

test('null, false, zero and the empty string stay distinct', async () => {
  await roundTrip([
    { text: '', number: 0, flag: false },
    { text: null, number: null, flag: null },
    { text: 'null', number: 1, flag: true },
    { text: '', number: null, flag: false },
  ])
})

test('doubles are kept bit for bit, null apart from 0', async () => {
  const writer = new ParquetWriter({ latitude: 'double', longitude: 'double' })
  const rows = [
    { latitude: -23.5505199, longitude: -46.6333094 },
    { latitude: 0, longitude: null },
    { latitude: null, longitude: 5e-324 },
    { latitude: Number.MAX_VALUE, longitude: 0.1 },
  ]
  for (const row of rows) writer.append(row)
  assert.deepEqual((await readBack(Buffer.concat((await writer.finish()) ?? []))).rows, rows)
})

test('a file is read with the columns it has: columns that it lacks are null', async () => {
  const file = await write([{ text: 'a', number: 1, flag: true }])
  const batches = []
  for await (const batch of readRows(file, ['number', 'payload', 'text'])) batches.push(batch)
  const [batch] = batches
  assert.deepEqual(
    [batch?.length, batch?.value('number', 0), batch?.value('payload', 0), String(batch?.value('text', 0))],
    [1, 1n, null, 'a'],
  )
})

test('columns that few rows need are read only for the row groups of those rows', async () => {
  const rows = Array.from({ length: 131_073 }, (_, i) => ({ text: `t${i}`, number: i, flag: null }))
  const texts = []
  for await (const batch of readRows(
    await write(rows),
    ['number'],
    ['text'],
    (it, row) => it.value('number', row) === 131_072n,
  ))
    texts.push(batch.value('text', 0))
  assert.deepEqual(texts.map(String), ['null', 't131072'])
})

test('a column that a row does not have is null', async () => {
  const writer = new ParquetWriter(columns)
  await writer.append({ number: 1, unknown: 'column' })
  assert.deepEqual((await readBack(Buffer.concat((await writer.finish()) ?? []))).rows, [
    { text: null, number: 1n, flag: null },
  ])
})

test('text is unchanged: NUL, emoji, several scripts, a byte order mark; lone surrogates become U+FFFD', async () => {
  await roundTrip(
    textRows('a\0b', '\0', '😀👩‍👩‍👧', 'coração', 'مرحبا', '日本語', '\uFEFFx', '\uFFFF', '\u{10FFFF}', '\r\n'),
  )
  const { rows } = await readBack(await write(textRows('a\uD83D', '\uDE00b', '\uDE00\uD83D')))
  assert.deepEqual(
    rows.map(row => row.text),
    ['a\uFFFD', '\uFFFDb', '\uFFFD\uFFFD'],
  )
})

test('long texts are unchanged, one that exceeds a batch and many in several batches', async () => {
  const long = '😀'.repeat(4_200_000)
  await roundTrip(textRows('語'.repeat(1_000_000), long, '', null, 'after'))
  await roundTrip(textRows(...Array.from({ length: 20 }, (_, i) => String(i % 10).repeat(1_000_000)), 'last'))
})

for (const rows of [1, 16_384, 16_385, 131_072, 131_073]) {
  test(`${rows} rows come back in order, across the borders of batches and row groups`, async () => {
    // Each column has nulls at another interval, so that a misplaced row or bit is noticed.
    const row = (i: number): TestRow => ({
      text: i % 3 === 0 ? null : `é${i}`,
      number: i % 5 === 0 ? null : i,
      flag: i % 7 === 0 ? null : i % 3 === 0,
    })
    const file = await write(Array.from({ length: rows }, (_, i) => row(i)))
    const read = await readBack(file)
    assert.equal(read.rows.length, rows)
    const wrong = read.rows.findIndex(({ text, number, flag }, i) => {
      const expected = asRead(row(i))
      return text !== expected.text || number !== expected.number || flag !== expected.flag
    })
    assert.equal(wrong, -1, `row ${wrong} is ${JSON.stringify(read.rows[wrong], (_, value) => value?.toString())}`)
    assert.ok(Math.max(...read.rowGroups) <= 131_072)
    for (const name of ['text', 'number'] as const) {
      const column = await columnOf(file, name)
      assert.equal(column.length, rows)
      assert.ok(
        column.every((value, i) => value === asRead(row(i))[name]),
        `the column ${name} read by itself`,
      )
    }
  })
}

test('the same rows give the same bytes', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => ({ text: `text ${i % 100}`, number: i, flag: i % 2 === 0 }))
  assert.deepEqual(Buffer.compare(await write(rows), await write(rows)), 0)
})

test('a row group has fewer rows if they are long', async () => {
  const groupsOf = async (rows: readonly TestRow[]) => (await readBack(await write(rows))).rowGroups
  const textRows = (rows: number, text: string) => Array<TestRow>(rows).fill({ text, number: null, flag: null })
  const short = textRows(140_000, 'short')
  assert.deepEqual(await groupsOf(short), [131_072, 140_000 - 131_072])
  const long = await groupsOf(textRows(100, 'x'.repeat(2 ** 20)))
  assert.deepEqual(long, [64, 36])
})

test('an abandoned file frees its memory, and its promises settle', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const sizes: number[] = []
  for (let run = 0; run < 9; run++) {
    const writer = new ParquetWriter(columns)
    const random = randomBytes(50_000 * 60)
    for (let i = 0; i < 50_000; i++) {
      writer.append({ text: random.toString('base64', i * 60, (i + 1) * 60), number: i, flag: null })
      if (writer.encoding) await writer.encoding
    }
    writer.abandon()
    await assert.rejects(() => writer.finish(), 'there is no file')
    await nextTurn()
    collectGarbage()
    sizes.push(parquet.wasmMemory().buffer.byteLength)
  }
  assert.equal(sizes.at(-1), sizes[2], `${sizes}`)
})

test('concurrent writers do not mix their rows', async () => {
  const counts = [20_000, 40_000, 1, 60_000]
  const files = await Promise.all(
    counts.map(count => write(Array.from({ length: count }, (_, i) => ({ text: `${count}`, number: i, flag: null })))),
  )
  for (const [i, file] of files.entries()) {
    const texts = (await readBack(file)).rows.map(row => row.text)
    assert.deepEqual([texts.length, [...new Set(texts)]], [counts[i], [String(counts[i])]])
  }
})

async function columnOf(file: Uint8Array, name: string) {
  const values: unknown[] = []
  for await (const group of readColumn(file, name)) for (const value of group) values.push(value)
  return values
}

test('readColumn gives the values of a column in order, nulls included, across row groups', async () => {
  const rows = Array.from({ length: 140_000 }, (_, i) => ({
    text: i % 3 ? `t${i}` : null,
    number: i % 5 ? i : null,
    flag: null,
  }))
  const file = await write(rows)
  assert.deepEqual(
    await columnOf(file, 'text'),
    rows.map(row => row.text),
  )
  assert.deepEqual(
    await columnOf(file, 'number'),
    rows.map(row => asRead(row).number),
  )
})

test('any rows come back unchanged', async () => {
  const row = fc.record({
    text: fc.option(fc.string({ unit: codePoint })),
    number: fc.option(fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.maxSafeInteger())),
    flag: fc.option(fc.boolean()),
  })
  await fc.assert(fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 50 }), roundTrip), { numRuns: 25 })
})
