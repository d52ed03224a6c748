import { rawPrefix } from '../../handlers/lake/layout.ts'
import { readRows } from '../../handlers/lake/parquet.ts'
import { IDENTITIES } from '../../handlers/sources/day-keys.ts'
import type { Ids } from '../../handlers/sources/erasure.ts'
import type { Identity, Source } from '../../handlers/sources/source.ts'
import { forEach } from '../lib/cli/pool.ts'
import { containsId, mayContainId } from './contains-id.ts'
import { placesOf, Ties } from './links.ts'
import { removePerson } from './person-removal.ts'
import { RowChanges } from './row-changes.ts'
import { inspectFile, type RowRules, rewriteFile, type TableFiles, tableFilesOf } from './table-file.ts'
import type { Content, Version, VersionedStore } from './versioned-store.ts'

/** Objects processed at the same time. */
export const IN_FLIGHT = 32

/** Whose data to erase, and where. */
export interface Erasure {
  readonly source: Source
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
  /** `raw` or the name of a table. */
  readonly part: string
  readonly version: Version
  /** Values to cut from a body; rows to remove or change in a Parquet file. */
  readonly count: number
  /** Whether the whole object is removed: it has no data of others, or it is unreadable and removed on request. */
  readonly isWhole: boolean
}

/** The data of a person in the lake. */
export interface Survey {
  readonly found: readonly Found[]
  /** What the raw bodies with one of the ids, or of those that are followed, tie together. */
  readonly ties: Ties
  /** Those of the person's ids that occur in the lake. */
  readonly seen: Ids
  /** What becomes of the rows of the tables. */
  readonly changes: TableChanges
  /** Objects that are kept although they contain one of the ids: they, or a row in them, are not JSON. */
  readonly unreadable: readonly Version[]
  /** Raw bodies and rows in which an id remains in what others wrote, or within another id. */
  readonly mentions: { readonly bodies: number; readonly rows: number }
  /** Versions read. */
  readonly versions: number
}

/** What cutting the raw bodies changes in the tables. */
export interface TableChanges {
  readonly rows: RowChanges
  /** Pairs of ids that no body of a day ties any more, as `pairText` writes them. */
  readonly untied: ReadonlySet<string>
}

const pairText = (day: string | undefined, id: unknown, sameAs: unknown) => `${day} ${id} ${sameAs}`

const dayOf = (key: string) => /\/context_date=(\d{4}-\d\d-\d\d)\//.exec(key)?.[1]

/**
 * What the table `identities` ties to a person, over as many steps as it takes.
 * @throws if a store fails or a Parquet file cannot be read
 */
export async function tiesInIdentities({ source, enriched, ids, onRead }: Erasure): Promise<Ties> {
  const table = tableFilesOf(source).find(({ name }) => name === IDENTITIES) as TableFiles
  const all = new Set(ids)
  const ties = new Ties()
  for (let known = -1; known < all.size; ) {
    known = all.size
    await forEach(enriched.list(table.prefix), IN_FLIGHT, async version => {
      const content = await enriched.read(version)
      if (!content) return
      onRead?.()
      for await (const pairs of readRows(content.body, ['id', 'same_as', 'received_at']))
        for (let row = 0; row < pairs.length; row++) {
          const [id, same_as] = [String(pairs.value('id', row)), String(pairs.value('same_as', row))]
          if (!all.has(id) && !all.has(same_as)) continue
          ties.add({ id, same_as }, `enriched/${version.key}`, Number(pairs.value('received_at', row)) * 1000)
        }
    })
    for (const { id } of ties.linksOf(source, ids)) for (const other of source.erasure.spellings(id)) all.add(other)
  }
  return ties
}

/**
 * Searches every version of a platform's raw objects and of the files of its tables. Changes nothing.
 * @param known what an earlier survey found out about the tables
 * @param followed further ids of which the bodies are searched for what they tie together
 * @throws if a store fails or a Parquet file cannot be read
 */
export async function survey(erasure: Erasure, known?: TableChanges, followed?: Ids): Promise<Survey> {
  const { raw, enriched, source, ids, onRead } = erasure
  const found: Found[] = []
  const unreadable: Version[] = []
  const ties = new Ties()
  const allFollowed = new Set([...ids, ...(followed ?? [])])
  const seen = new Set<string>()
  const rows = new RowChanges(source)
  if (known) rows.addAll(known.rows)
  const lost = new Map<string, Identity>()
  const mentions = { bodies: 0, rows: 0 }
  let versions = 0

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
    if (mayContainId(body, allFollowed))
      for (const pair of source.parse(body, arrival).identities)
        ties.add(pair, `raw/${version.key}`, arrival, () => placesOf(source, body, pair))
    const removal = mayContainId(body, ids) ? removePerson(source, body, arrival, ids) : undefined
    if (removal === undefined) return
    if (removal === null) {
      if (!containsId(body, ids)) return
      if (erasure.includeUnreadable) found.push({ part: 'raw', version, count: 1, isWhole: true })
      else unreadable.push(version)
      return
    }
    if (removal.body && containsId(removal.body, ids)) mentions.bodies++
    if (removal.count === 0) return
    found.push({ part: 'raw', version, count: removal.count, isWhole: removal.body === null })
    for (const id of ids) if (!seen.has(id) && mayContainId(body, new Set([id]))) seen.add(id)
    for (const change of removal.changes) rows.add(change, version.key)
    for (const pair of removal.untied) lost.set(pairText(dayOf(version.key), pair.id, pair.same_as), pair)
  })
  const untied = new Set([...(known?.untied ?? []), ...(await untiedPairs(erasure, lost))])
  const changes = { rows, untied }
  for (const table of tableFilesOf(source)) {
    await readAll(enriched, table.prefix, async ({ body }, version) => {
      const inspection = await inspectFile(table, body, rowRulesOf(erasure, changes, version))
      if (inspection.unreadable > 0) unreadable.push(version)
      mentions.rows += inspection.mentions
      if (inspection.changed > 0)
        found.push({ part: table.name, version, count: inspection.changed, isWhole: inspection.isEmpty })
    })
  }
  found.sort((a, b) => (a.version.key < b.version.key ? -1 : 1))
  return { found, ties, seen, changes, unreadable, mentions, versions }
}

/**
 * Of the pairs that a body loses, those that no other body of the day ties.
 * @param lost the pairs by `pairText`
 */
async function untiedPairs(erasure: Erasure, lost: ReadonlyMap<string, Identity>): Promise<ReadonlySet<string>> {
  const { source, raw, ids } = erasure
  const untied = new Set(lost.keys())
  // A pair with an id of the person is gone from every body.
  const open = [...lost].filter(([, { id, same_as }]) => !ids.has(id) && !ids.has(same_as))
  for (const day of new Set(open.map(([text]) => text.slice(0, text.indexOf(' '))))) {
    await forEach(raw.list(rawPrefix(source.name, day)), IN_FLIGHT, async version => {
      const content = version.isLatest ? await raw.read(version) : null
      if (!content) return
      const { body, arrival } = content
      const rest = mayContainId(body, ids) ? (removePerson(source, body, arrival, ids)?.body ?? null) : body
      for (const { id, same_as } of rest ? source.parse(rest, arrival).identities : [])
        untied.delete(pairText(day, id, same_as))
    })
  }
  return untied
}

const rowRulesOf = (
  { source, ids, includeUnreadable }: Erasure,
  changes: TableChanges,
  version: Version,
): RowRules => ({
  source,
  ids,
  includeUnreadable,
  changes: changes.rows,
  isUntied: (id, sameAs) => changes.untied.has(pairText(dayOf(version.key), id, sameAs)),
})

/**
 * Erases what a survey has found. Raw objects come after the tables, and after them the pairs of `identities` that hold
 * an id of the person: as long as these have the person's data, a run after an interrupted one finds all of it again.
 * The latest version of an object is replaced before older ones are removed, so that data of others is never missing.
 * @param onDone called after each object
 * @throws if a store fails; then run it again
 */
export async function erase(erasure: Erasure, { found, changes }: Survey, onDone: () => void): Promise<void> {
  const tables = tableFilesOf(erasure.source)
  const keysOf = (part: string) => new Set(found.filter(item => item.part === part).map(({ version }) => version.key))
  for (const table of tables) {
    const ofTable = table.name === IDENTITIES ? { ...erasure, ids: new Set<string>() } : erasure
    await forEach(keysOf(table.name), IN_FLIGHT, async key => {
      await eraseObject(ofTable, table, key, changes)
      if (table.name !== IDENTITIES) onDone()
    })
  }
  for (const part of ['raw', IDENTITIES]) {
    const table = tables.find(({ name }) => name === part)
    await forEach(keysOf(part), IN_FLIGHT, async key => {
      await eraseObject(erasure, table, key, changes)
      onDone()
    })
  }
}

/** @param table undefined for a raw object */
async function eraseObject(
  erasure: Erasure,
  table: TableFiles | undefined,
  key: string,
  changes: TableChanges,
): Promise<void> {
  const store = table ? erasure.enriched : erasure.raw
  for await (const version of store.versions(key)) {
    if (!version.isLatest) continue
    const remainder = await remainderOf(erasure, table, version, changes)
    if (remainder === 'nothing') await store.remove(version)
    else if (remainder !== 'all') await store.replace(key, remainder.body, remainder.arrival)
  }
  for await (const version of store.versions(key)) {
    if (version.isLatest) continue
    if ((await remainderOf(erasure, table, version, changes)) !== 'all') await store.remove(version)
  }
}

interface Remainder {
  readonly body: Uint8Array
  readonly arrival: number | null
}

/** What remains of a version without the person's data. */
async function remainderOf(
  erasure: Erasure,
  table: TableFiles | undefined,
  version: Version,
  changes: TableChanges,
): Promise<Remainder | 'all' | 'nothing'> {
  const content = await (table ? erasure.enriched : erasure.raw).read(version)
  if (!content) return 'all'
  if (!table) {
    const removal = removePerson(erasure.source, content.body, content.arrival, erasure.ids)
    if (removal === null) return erasure.includeUnreadable && containsId(content.body, erasure.ids) ? 'nothing' : 'all'
    if (removal.count === 0) return 'all'
    return removal.body === null ? 'nothing' : { body: removal.body, arrival: content.arrival }
  }
  const rules = rowRulesOf(erasure, changes, version)
  const { changed } = await inspectFile(table, content.body, rules)
  if (changed === 0) return 'all'
  const file = await rewriteFile(table, content.body, rules)
  return file === null ? 'nothing' : { body: file, arrival: null }
}
