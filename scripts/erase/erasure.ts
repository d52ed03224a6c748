import type { Columns } from '../../handlers/lake/columns.ts'
import { ParquetWriter, readColumn } from '../../handlers/lake/parquet.ts'
import { columns as quarantineColumns } from '../../handlers/lake/quarantine.ts'
import { type ErasureRules, type Ids, isRowOf } from '../../handlers/sources/erasure.ts'
import { JsonTree, withoutCuts } from '../../handlers/sources/json-cuts.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { forEach } from '../lib/cli/pool.ts'
import type { Content, Version, VersionedStore } from './versioned-store.ts'

/** Objects processed at the same time. */
const IN_FLIGHT = 32

/** Whose data to erase, and where. */
export interface Erasure {
  readonly source: Source
  readonly rules: ErasureRules
  readonly ids: Ids
  readonly raw: VersionedStore
  readonly enriched: VersionedStore
  /** Whether to remove a body that is not JSON and contains one of the ids. */
  readonly includeUnreadable: boolean
  /** Called after each version that is read. */
  readonly onRead?: () => void
}

/** A version of an object that has data of the person. */
export interface Found {
  readonly part: Part
  readonly version: Version
  /** Values to cut from a body; rows to remove or change in a Parquet file. */
  readonly count: number
  /** Whether the whole object is removed: it has no data of others, or it is unreadable and removed on request. */
  readonly isWhole: boolean
}

export type Part = 'raw' | 'table' | 'quarantine'

/** The data of a person in the lake. */
export interface Survey {
  readonly found: readonly Found[]
  /** Further ids that deliveries give to the same person. */
  readonly linked: readonly string[]
  /** Ids of the person's messages. A row with one of them is theirs, even if its other columns do not say so. */
  readonly messageIds: ReadonlySet<string>
  /** Objects that are kept although they contain one of the ids: they, or a row in them, are not JSON. */
  readonly unreadable: readonly Version[]
  /** Raw objects in which an id remains in what others wrote, or within another id. */
  readonly mentions: number
  /** Versions read. */
  readonly versions: number
}

/**
 * Searches every version of a platform's raw objects, its table and its quarantine. Changes nothing.
 * @param known ids of the person's messages from an earlier survey
 * @throws if a store fails or a Parquet file cannot be read
 */
export async function survey(erasure: Erasure, known: ReadonlySet<string> = new Set()): Promise<Survey> {
  const { raw, enriched, source, rules, ids, onRead } = erasure
  const found: Found[] = []
  const unreadable: Version[] = []
  const linked = new Set<string>()
  const messageIds = new Set(known)
  let [mentions, versions] = [0, 0]

  const readAll = (
    store: VersionedStore,
    prefix: string,
    inspect: (content: Content, version: Version) => Promise<void> | void,
  ) =>
    forEach(store.list(prefix), IN_FLIGHT, async version => {
      const content = version.key.endsWith('/') ? null : await store.read(version)
      if (!content) return
      versions++
      onRead?.()
      await inspect(content, version)
    })

  await readAll(raw, `${source.name}/`, ({ body, arrival }, version) => {
    const removal = removePerson(body, rules, ids)
    if (removal === null) {
      if (!containsId(body, ids)) return
      if (erasure.includeUnreadable) found.push({ part: 'raw', version, count: 1, isWhole: true })
      else unreadable.push(version)
      return
    }
    if (containsId(removal.body, ids)) mentions++
    if (removal.count === 0) return
    found.push({ part: 'raw', version, count: removal.count, isWhole: false })
    for (const id of removal.linked) linked.add(id)
    const remaining = new Set(messageIdsIn(source, removal.body, arrival))
    for (const id of messageIdsIn(source, body, arrival)) if (!remaining.has(id)) messageIds.add(id)
  })
  for (const part of ['table', 'quarantine'] as const) {
    await readAll(enriched, prefixOf(part, source), async ({ body }, version) => {
      const { changed, file, unreadable: unreadableRows } = await removeRows(part, body, erasure, messageIds)
      if (unreadableRows > 0) unreadable.push(version)
      if (changed > 0) found.push({ part, version, count: changed, isWhole: file === null })
    })
  }
  found.sort((a, b) => (a.version.key < b.version.key ? -1 : 1))
  return { found, linked: [...linked], messageIds, unreadable, mentions, versions }
}

/** The ids of the messages in a body. */
const messageIdsIn = (source: Source, body: Uint8Array, arrival: number): string[] =>
  source.parse(body, arrival).rows.flatMap(({ table, row }) => {
    const id = (row as Readonly<Record<string, unknown>>).message_id
    return table === source.name && id != null ? [String(id)] : []
  })

const prefixOf = (part: 'table' | 'quarantine', { name }: Source) =>
  part === 'table' ? `${name}/` : `quarantine/source=${name}/`

/**
 * Erases what a survey has found. Raw objects come last: as long as they have the person's data, a run after an
 * interrupted one finds it again. The latest version of an object is replaced before older ones are removed, so that
 * data of others is never missing.
 * @param onDone called after each object
 * @throws if a store fails; then run it again
 */
export async function erase(erasure: Erasure, { found, messageIds }: Survey, onDone: () => void): Promise<void> {
  for (const part of ['table', 'quarantine', 'raw'] as const) {
    const keys = new Set(found.filter(item => item.part === part).map(({ version }) => version.key))
    await forEach(keys, IN_FLIGHT, async key => {
      await eraseObject(erasure, part, key, messageIds)
      onDone()
    })
  }
}

async function eraseObject(erasure: Erasure, part: Part, key: string, messageIds: ReadonlySet<string>): Promise<void> {
  const store = part === 'raw' ? erasure.raw : erasure.enriched
  for await (const version of versionsOf(store, key)) {
    if (!version.isLatest) continue
    const remainder = await remainderOf(erasure, part, version, messageIds)
    if (remainder === 'nothing') await store.remove(version)
    else if (remainder !== 'all') await store.replace(key, remainder.body, remainder.arrival)
  }
  for await (const version of versionsOf(store, key)) {
    if (version.isLatest) continue
    if ((await remainderOf(erasure, part, version, messageIds)) !== 'all') await store.remove(version)
  }
}

async function* versionsOf(store: VersionedStore, key: string): AsyncIterable<Version> {
  for await (const version of store.list(key)) if (version.key === key) yield version
}

interface Remainder {
  readonly body: Uint8Array
  readonly arrival: number | null
}

/** What remains of a version without the person's data. */
async function remainderOf(
  erasure: Erasure,
  part: Part,
  version: Version,
  messageIds: ReadonlySet<string>,
): Promise<Remainder | 'all' | 'nothing'> {
  const content = await (part === 'raw' ? erasure.raw : erasure.enriched).read(version)
  if (!content) return 'all'
  if (part === 'raw') {
    const removal = removePerson(content.body, erasure.rules, erasure.ids)
    if (removal === null) return erasure.includeUnreadable && containsId(content.body, erasure.ids) ? 'nothing' : 'all'
    return removal.count === 0 ? 'all' : { body: removal.body, arrival: content.arrival }
  }
  const { changed, file } = await removeRows(part, content.body, erasure, messageIds)
  if (changed === 0) return 'all'
  return file ? { body: file, arrival: null } : 'nothing'
}

interface Removal {
  /** The body without the person's data. */
  readonly body: Uint8Array
  /** Values cut. */
  readonly count: number
  /** Further ids that the body gives to the same person. */
  readonly linked: readonly string[]
}

/** Cuts the person's data out of a body. Every other byte stays as it is. @returns null if the body is not JSON */
export function removePerson(body: Uint8Array, rules: ErasureRules, ids: Ids): Removal | null {
  const tree = JsonTree.parse(body)
  if (!tree) return null
  const { cuts, linked } = rules.find(tree, ids)
  return { body: cuts.length === 0 ? body : withoutCuts(tree, cuts), count: cuts.length, linked }
}

/** Whether one of the ids occurs in a body, but not within a longer number or word. */
function containsId(body: Uint8Array, ids: Ids): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  return [...ids].some(id => new RegExp(`(?<![0-9A-Za-z])${id.replaceAll('.', '\\.')}(?![0-9A-Za-z])`).test(bytes))
}

interface RowRemoval {
  /** Rows removed or changed. */
  readonly changed: number
  /** The file with the remaining rows; null if there are none. */
  readonly file: Uint8Array | null
  /** Rows that are kept although they contain one of the ids: their payload is not JSON. */
  readonly unreadable: number
}

/** Removes the person's rows from a Parquet file. The others keep their order and every value. */
async function removeRows(
  part: 'table' | 'quarantine',
  file: Uint8Array,
  erasure: Erasure,
  messageIds: ReadonlySet<string>,
): Promise<RowRemoval> {
  const { source, rules, ids, includeUnreadable } = erasure
  const table = source.tables.find(({ name }) => name === source.name)
  const columns = part === 'table' && table ? table.columns : quarantineColumns
  const isTheirs = (row: ParquetRow) => isRowOf(rules, row, ids) || messageIds.has(String(row.message_id))
  const rows: ParquetRow[] = []
  let [changed, unreadable] = [0, 0]
  for await (const row of rowsOf(file, columns)) {
    let kept = part === 'table' ? (isTheirs(row) ? null : row) : removeFromPayload(row, erasure)
    if (kept === 'unreadable') {
      kept = includeUnreadable ? null : row
      if (kept) unreadable++
    }
    if (kept !== row) changed++
    if (kept) rows.push(kept)
  }
  if (changed === 0) return { changed, unreadable, file }
  const writer = new ParquetWriter(columns)
  for (const row of rows) {
    writer.append(row)
    if (writer.encoding) await writer.encoding
  }
  const pieces = await writer.finish()
  return { changed, unreadable, file: pieces && Buffer.concat(pieces) }
}

type ParquetRow = Record<string, string | bigint | boolean | null>

async function* rowsOf(file: Uint8Array, columns: Columns): AsyncIterable<ParquetRow> {
  const values: [name: string, column: unknown[]][] = []
  for (const name of Object.keys(columns)) {
    const column: unknown[] = []
    for await (const rowGroup of readColumn(file, name)) for (const value of rowGroup) column.push(value)
    values.push([name, column])
  }
  const rows = Math.max(...values.map(([, column]) => column.length))
  for (let i = 0; i < rows; i++) {
    yield Object.fromEntries(values.map(([name, column]) => [name, (column[i] ?? null) as ParquetRow[string]]))
  }
}

/**
 * Cuts the person's data out of the payload of a row of the quarantine.
 * @returns the same row if it has none; a changed row; null if nothing of others is left; 'unreadable' if the payload
 * is
 *   not JSON and contains one of the ids
 */
function removeFromPayload(row: ParquetRow, { rules, ids }: Erasure): ParquetRow | null | 'unreadable' {
  const payload = String(row.payload ?? '')
  const isBase64 = row.reason === 'not_utf8' || row.reason === 'unreadable'
  const [before, after] = rules.frame
  const tree = isBase64 ? null : JsonTree.parse(Buffer.from(before + payload + after))
  if (!tree) return containsId(Buffer.from(payload, isBase64 ? 'base64' : 'utf8'), ids) ? 'unreadable' : row
  const { cuts } = rules.find(tree, ids)
  if (cuts.length === 0) return row
  const text = Buffer.from(withoutCuts(tree, cuts)).toString()
  const isMessageLeft = text.startsWith(before) && text.length > before.length + after.length
  return isMessageLeft ? { ...row, payload: text.slice(before.length, text.length - after.length) } : null
}
