import type { Columns, Row } from '../../handlers/lake/columns.ts'
import { ParquetWriter, readRows } from '../../handlers/lake/parquet.ts'
import { columns as quarantineColumns } from '../../handlers/lake/quarantine.ts'
import { Utf8Slice } from '../../handlers/lake/utf8-slice.ts'
import { IDENTITIES, QUARANTINE, tablePrefixes } from '../../handlers/sources/day-keys.ts'
import { type Frame, type Ids, isRowOf } from '../../handlers/sources/erasure.ts'
import { identityColumns } from '../../handlers/sources/events.ts'
import { JsonTree } from '../../handlers/sources/json-cuts.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { containsId, mayContainId } from './contains-id.ts'
import { isSameCell, type Removal, removePerson } from './person-removal.ts'
import { changedRow, type RowChanges } from './row-changes.ts'

export type FileRow = Row<Columns>

/** What decides about the rows of a file. */
export interface RowRules {
  readonly source: Source
  readonly ids: Ids
  readonly changes: RowChanges
  /** Whether the day's bodies no longer tie a pair of ids. */
  isUntied(id: unknown, sameAs: unknown): boolean
  /** Whether to remove a row whose payload is not JSON and contains one of the ids. */
  readonly includeUnreadable: boolean
}

/** A table with rows of a platform, and where its files are. */
export interface TableFiles {
  readonly name: string
  readonly columns: Columns
  /** In the enriched bucket. */
  readonly prefix: string
}

/** Every table with rows of a platform. */
export function tableFilesOf(source: Source): readonly TableFiles[] {
  const prefixes = tablePrefixes(source)
  return [
    ...source.tables,
    { name: QUARANTINE, columns: quarantineColumns },
    { name: IDENTITIES, columns: identityColumns },
  ].map(({ name, columns }) => ({ name, columns, prefix: prefixes.get(name) as string }))
}

export interface FileInspection {
  /** Rows to remove or to change. */
  readonly changed: number
  /** Whether rows are left. */
  readonly isEmpty: boolean
  /** Rows that are kept although they contain one of the ids: their payload is not JSON. */
  readonly unreadable: number
  /** Other rows that still contain one of the ids: in what others wrote, or within another id. */
  readonly mentions: number
}

/** Counts what of a Parquet file is the person's. */
export async function inspectFile(table: TableFiles, file: Uint8Array, rules: RowRules): Promise<FileInspection> {
  let [changed, unreadable, kept, mentions] = [0, 0, 0, 0]
  for await (const { row, verdict } of judgedRows(table, file, rules)) {
    if (verdict === 'unreadable') unreadable++
    else if (verdict !== row) changed++
    if (verdict === null) continue
    kept++
    if (verdict !== 'unreadable' && mentionsId(verdict, rules.ids)) mentions++
  }
  return { changed, isEmpty: kept === 0, unreadable, mentions }
}

/**
 * A Parquet file without the person's data. The other rows keep their order and every value. A changed row that becomes
 * the same as another is dropped, as the transform would do.
 * @returns null if no row is left
 */
export async function rewriteFile(table: TableFiles, file: Uint8Array, rules: RowRules): Promise<Uint8Array | null> {
  const keys = { ofAll: new Set<string>(), ofChanged: new Set<string>() }
  const isShared = [QUARANTINE, IDENTITIES].includes(table.name)
  const writer = new ParquetWriter(table.columns)
  try {
    for await (const { row, verdict } of judgedRows(table, file, rules)) {
      const next = verdict === 'unreadable' ? row : verdict
      if (next === null) continue
      const key = isShared ? undefined : rules.changes.keyOf(table.name, next)
      if (key !== undefined) {
        if ((next === row ? keys.ofChanged : keys.ofAll).has(key)) continue
        keys.ofAll.add(key)
        if (next !== row) keys.ofChanged.add(key)
      }
      writer.append(next)
      if (writer.encoding) await writer.encoding
    }
    const pieces = await writer.finish()
    return pieces && Buffer.concat(pieces)
  } finally {
    writer.abandon()
  }
}

/** Whether an id is in a text of a row. The payload has all that others wrote; rows of earlier versions have none. */
const mentionsId = ({ payload, ...row }: FileRow, ids: Ids) =>
  (payload == null ? Object.values(row) : [payload]).some(value => {
    const text = typeof value === 'string' || value instanceof Utf8Slice ? bytesOf(value) : null
    return text !== null && containsId(text, ids)
  })

/** The same row if it has nothing of the person, a changed row, null to remove it; `unreadable`: kept with an id. */
type Verdict = FileRow | null | 'unreadable'

async function* judgedRows(
  { name, columns }: TableFiles,
  file: Uint8Array,
  rules: RowRules,
): AsyncIterable<{ readonly row: FileRow; readonly verdict: Verdict }> {
  const names = Object.keys(columns)
  for await (const batch of readRows(file, names)) {
    for (let i = 0; i < batch.length; i++) {
      const row: FileRow = Object.fromEntries(names.map(column => [column, batch.value(column, i)]))
      yield { row, verdict: judge(name, row, rules) }
    }
  }
}

/** What becomes of a row. */
export function judge(table: string, row: FileRow, rules: RowRules): Verdict {
  if (table === IDENTITIES) return isIdentityOf(row, rules) ? null : row
  const { source, ids, changes, includeUnreadable } = rules
  const change = changes.find(table, row)
  let next: FileRow | null = change ? sameOr(row, changedRow(row, change)) : row
  if (next && isRowOf(source.erasure, table, next, ids)) next = null
  if (!next || change) return next
  const cut = withoutPerson(table, row, rules)
  return cut === 'unreadable' && includeUnreadable ? null : cut
}

const isIdentityOf = ({ id, same_as }: FileRow, { ids, isUntied }: RowRules) =>
  ids.has(String(id)) || ids.has(String(same_as)) || isUntied(id, same_as)

const sameOr = (row: FileRow, next: FileRow | null) =>
  next && Object.keys(row).every(column => isSameCell(row[column], next[column])) ? row : next

/** A row whose raw body is unknown: its payload is cut as if it stood in a body. */
function withoutPerson(table: string, row: FileRow, { source, ids }: RowRules): Verdict {
  const payload = bytesOf(row.payload)
  if (!payload) return row
  if (row.reason === 'not_utf8' || row.reason === 'unreadable') {
    const body = Buffer.from(payload.toString('latin1'), 'base64')
    return containsId(body, ids) || containsId(payload, ids) ? 'unreadable' : row
  }
  if (!mayContainId(payload, ids)) return row
  if (!JsonTree.parse(payload)) return containsId(payload, ids) ? 'unreadable' : row
  const [before, after] = frameOf(table, row, payload, source)
  const start = Buffer.byteLength(before)
  const removal = removePerson(source, Buffer.from(before + payload + after), arrivalOf(row), ids)
  if (!removal || removal.count === 0) return row
  const change = removal.changes.find(change => change.table === table && change.start === start)
  if (change) return changedRow(row, change)
  return withPayload(row, removal, start, payload)
}

/** For a payload that no frame makes the row's element. */
function withPayload(row: FileRow, removal: Removal, start: number, payload: Buffer): FileRow | null {
  const left = removal.remainder(start, start + payload.length)
  if (left === null || payload.equals(left)) return left && row
  return { ...row, payload: Buffer.from(left).toString() }
}

const arrivalOf = ({ received_at }: FileRow) => Number(received_at ?? 0) * 1000

const bytesOf = (text: FileRow[string] | undefined): Buffer | null => {
  if (text instanceof Utf8Slice) return Buffer.from(text.bytes.subarray(text.start, text.end))
  return text == null ? null : Buffer.from(String(text))
}

/** The frame in which the payload makes a row most like this one. */
function frameOf(table: string, row: FileRow, payload: Buffer, source: Source): Frame {
  let best: { readonly frame: Frame; readonly likeness: number } = { frame: ['', ''], likeness: -1 }
  for (const frame of source.erasure.tables[table]?.frames(row) ?? []) {
    const [before, after] = frame
    const start = Buffer.byteLength(before)
    const { rows, rejects } = source.parse(Buffer.from(before + payload + after), arrivalOf(row))
    const elements = table === QUARANTINE ? rejects : rows.filter(element => element.table === table)
    const element = elements.find(element => element.start === start)
    if (!element) continue
    const cells: Readonly<Record<string, unknown>> = 'row' in element ? element.row : { ...element }
    const likeness = Object.keys(row).filter(column => isSameCell(cells[column], row[column])).length
    if (likeness > best.likeness) best = { frame, likeness }
  }
  return best.likeness >= 0 ? best.frame : (source.erasure.tables[table]?.frames(row)[0] ?? best.frame)
}
