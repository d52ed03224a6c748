import type { Columns } from '../../handlers/lake/columns.ts'
import { ParquetWriter, readColumn } from '../../handlers/lake/parquet.ts'
import { columns as quarantineColumns } from '../../handlers/lake/quarantine.ts'
import { type ErasureRules, type Ids, isRowOf } from '../../handlers/sources/erasure.ts'
import { JsonTree, withoutCuts } from '../../handlers/sources/json-cuts.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { forEach } from '../lib/cli/pool.ts'
import type { Content, Version, VersionedStore } from './versioned-store.ts'

/** Objects read at once. */
const IN_FLIGHT = 32

export interface Erasure {
  readonly source: Source
  readonly rules: ErasureRules
  readonly ids: Ids
  readonly raw: VersionedStore
  readonly enriched: VersionedStore
  /** Whether a body that is no JSON, and holds the id somewhere, is the person's as a whole. */
  readonly includeUnreadable: boolean
  /** Called for every version read. */
  readonly onRead?: () => void
}

/** What one version of an object has of the person. */
export interface Found {
  readonly part: Part
  readonly version: Version
  /** Things cut, rows changed. */
  readonly count: number
  /** Nothing of anybody else's is in it, or nobody can tell: it goes as a whole. */
  readonly isWhole: boolean
}

export type Part = 'raw' | 'table' | 'quarantine'

/** What there is of a person in the lake. */
export interface Survey {
  readonly found: readonly Found[]
  /** Ids that deliveries say are the same person's. */
  readonly linked: readonly string[]
  /** Ids of the messages that are theirs: whichever row has one is theirs, whatever its other columns know. */
  readonly messageIds: ReadonlySet<string>
  /** Objects with a body that is no JSON and holds the id somewhere; they stay, since nobody can tell whose they are. */
  readonly unreadable: readonly Version[]
  /** Raw objects in which others' words, or an id that holds it, have the id; they stay. */
  readonly mentions: number
  readonly versions: number
}

/**
 * Looks through everything that the lake has of a source: every version of its raw objects, its table and its
 * quarantine. Reads only.
 * @param known ids of messages that are known to be theirs, from an earlier survey
 * @throws when a store fails or a Parquet file cannot be read
 */
export async function survey(erasure: Erasure, known: ReadonlySet<string> = new Set()): Promise<Survey> {
  const { raw, enriched, source, rules, ids, onRead } = erasure
  const found: Found[] = []
  const unreadable: Version[] = []
  const linked = new Set<string>()
  const messageIds = new Set(known)
  let [mentions, versions] = [0, 0]

  const readAll = (
    vault: VersionedStore,
    prefix: string,
    look: (content: Content, version: Version) => Promise<void> | void,
  ) =>
    forEach(vault.list(prefix), IN_FLIGHT, async version => {
      const content = version.key.endsWith('/') ? null : await vault.read(version)
      if (!content) return
      versions++
      onRead?.()
      await look(content, version)
    })

  await readAll(raw, `${source.name}/`, ({ body, arrival }, version) => {
    const cleansed = cleanse(body, rules, ids)
    if (cleansed === null) {
      if (!holds(body, ids)) return
      if (erasure.includeUnreadable) found.push({ part: 'raw', version, count: 1, isWhole: true })
      else unreadable.push(version)
      return
    }
    if (holds(cleansed.body, ids)) mentions++
    if (cleansed.count === 0) return
    found.push({ part: 'raw', version, count: cleansed.count, isWhole: false })
    for (const id of cleansed.linked) linked.add(id)
    const left = new Set(source.parse(cleansed.body, arrival).rows.map(row => String(row[source.id])))
    for (const row of source.parse(body, arrival).rows) {
      const id = row[source.id]
      if (id != null && !left.has(String(id))) messageIds.add(String(id))
    }
  })
  for (const part of ['table', 'quarantine'] as const) {
    await readAll(enriched, prefixOf(part, source), async ({ body }, version) => {
      const { changed, file, unreadable: doubtful } = await withoutRows(part, body, erasure, messageIds)
      if (doubtful > 0) unreadable.push(version)
      if (changed > 0) found.push({ part, version, count: changed, isWhole: file === null })
    })
  }
  found.sort((a, b) => (a.version.key < b.version.key ? -1 : 1))
  return { found, linked: [...linked], messageIds, unreadable, mentions, versions }
}

const prefixOf = (part: 'table' | 'quarantine', { name }: Source) =>
  part === 'table' ? `${name}/` : `quarantine/source=${name}/`

/**
 * Erases what a survey has found. What is derived goes first and raw last: while raw has it, a run that was
 * interrupted finds it again. Of each object the latest version is replaced before the older ones are removed, so at
 * no moment is anything of others' missing.
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
  const vault = part === 'raw' ? erasure.raw : erasure.enriched
  for await (const version of versionsOf(vault, key)) {
    if (!version.isLatest) continue
    const rest = await restOf(erasure, part, version, messageIds)
    if (rest === 'nothing') await vault.remove(version)
    else if (rest !== 'all') await vault.replace(key, rest.body, rest.arrival)
  }
  for await (const version of versionsOf(vault, key)) {
    if (!version.isLatest && (await restOf(erasure, part, version, messageIds)) !== 'all') await vault.remove(version)
  }
}

async function* versionsOf(vault: VersionedStore, key: string): AsyncIterable<Version> {
  for await (const version of vault.list(key)) if (version.key === key) yield version
}

interface Rest {
  readonly body: Uint8Array
  readonly arrival: number | null
}

/** What of a version is not the person's. */
async function restOf(
  erasure: Erasure,
  part: Part,
  version: Version,
  messageIds: ReadonlySet<string>,
): Promise<Rest | 'all' | 'nothing'> {
  const content = await (part === 'raw' ? erasure.raw : erasure.enriched).read(version)
  if (!content) return 'all'
  if (part === 'raw') {
    const cleansed = cleanse(content.body, erasure.rules, erasure.ids)
    if (cleansed === null) return erasure.includeUnreadable && holds(content.body, erasure.ids) ? 'nothing' : 'all'
    return cleansed.count === 0 ? 'all' : { body: cleansed.body, arrival: content.arrival }
  }
  const { changed, file } = await withoutRows(part, content.body, erasure, messageIds)
  if (changed === 0) return 'all'
  return file ? { body: file, arrival: null } : 'nothing'
}

interface Cleansed {
  readonly body: Uint8Array
  readonly count: number
  readonly linked: readonly string[]
}

/** A body without what is the person's, every other byte kept; null where it is not JSON. */
export function cleanse(body: Uint8Array, rules: ErasureRules, ids: Ids): Cleansed | null {
  const tree = JsonTree.parse(body)
  if (!tree) return null
  const { cuts, linked } = rules.find(tree, ids)
  return { body: cuts.length === 0 ? body : withoutCuts(tree, cuts), count: cuts.length, linked }
}

/** Whether an id stands somewhere in the bytes, not as a part of a longer number or word. */
function holds(body: Uint8Array, ids: Ids): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  return [...ids].some(id => new RegExp(`(?<![0-9A-Za-z])${id.replace('.', '\\.')}(?![0-9A-Za-z])`).test(bytes))
}

interface Kept {
  /** Rows that go, or lose a part. */
  readonly changed: number
  /** The file of the rows that stay, null where none does. */
  readonly file: Uint8Array | null
  /** Rows that stay, though they hold the id somewhere: nobody can read them. */
  readonly unreadable: number
}

/** A Parquet file without the person's rows; the others keep their order and every value. */
async function withoutRows(
  part: 'table' | 'quarantine',
  file: Uint8Array,
  erasure: Erasure,
  messageIds: ReadonlySet<string>,
): Promise<Kept> {
  const { source, rules, ids, includeUnreadable } = erasure
  const columns = part === 'table' ? source.columns : quarantineColumns
  const isTheirs = (row: ParquetRow) => isRowOf(rules, row, ids) || messageIds.has(String(row[source.id]))
  const rows: ParquetRow[] = []
  let [changed, unreadable] = [0, 0]
  for await (const row of rowsOf(file, columns)) {
    let kept = part === 'table' ? (isTheirs(row) ? null : row) : quarantined(row, erasure)
    if (kept === 'unreadable') {
      kept = includeUnreadable ? null : row
      if (kept) unreadable++
    }
    if (kept !== row) changed++
    if (kept) rows.push(kept)
  }
  if (changed === 0) return { changed, unreadable, file }
  const writer = new ParquetWriter(columns)
  for (const row of rows) await writer.append(row)
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
 * A row of the quarantine without what is the person's: the same, another, or null where nothing of others' is left;
 * 'unreadable' where its payload is no JSON, and holds the id.
 */
function quarantined(row: ParquetRow, { rules, ids }: Erasure): ParquetRow | null | 'unreadable' {
  const payload = String(row.payload ?? '')
  const isBase64 = row.reason === 'not_utf8' || row.reason === 'unreadable'
  const [before, after] = rules.frame
  const tree = isBase64 ? null : JsonTree.parse(Buffer.from(before + payload + after))
  if (!tree) return holds(Buffer.from(payload, isBase64 ? 'base64' : 'utf8'), ids) ? 'unreadable' : row
  const { cuts } = rules.find(tree, ids)
  if (cuts.length === 0) return row
  const rest = Buffer.from(withoutCuts(tree, cuts)).toString()
  const hasRest = rest.startsWith(before) && rest.length > before.length + after.length
  return hasRest ? { ...row, payload: rest.slice(before.length, rest.length - after.length) } : null
}
