import { QUARANTINE } from '../../handlers/sources/day-keys.ts'
import { type Cells, type ErasureRules, type Ids, isRowOf } from '../../handlers/sources/erasure.ts'
import type { Node } from '../../handlers/sources/json.ts'
import { type Cut, type CutBody, cutOut, JsonTree } from '../../handlers/sources/json-cuts.ts'
import type { Identity, ParseResult, Source } from '../../handlers/sources/source.ts'

/** What removing a person changes in a body. */
export interface Removal {
  /** The body without the person's data; null if no element of others is left in it. */
  readonly body: Uint8Array | null
  /** Values cut. */
  readonly count: number
  /** Further ids that the body gives to the same person. */
  readonly linked: readonly string[]
  /** Every element of the body that is removed or makes another row. */
  readonly changes: readonly Change[]
  /** The pairs of ids that the body no longer ties. */
  readonly untied: readonly Identity[]
  /** What is left of the bytes from `start` to `end` of the original; null if they are cut as a whole. */
  remainder(start: number, end: number): Uint8Array | null
}

/** A row, and what it is without the person's data: another one, or none. `raw_key` is null in both. */
export interface Change {
  readonly table: string
  /** Where the row's element begins in the original body, in bytes. */
  readonly start: number
  readonly before: Cells
  readonly after: Cells | null
}

/**
 * Cuts the person's data out of a body. Every other byte stays as it is.
 *
 * A row of which a column names the person is cut, even if its element does not: a message without an id of its own
 * belongs to the only contact. What holds no element any more, such as a change without its only message, is cut as
 * well; otherwise it would become an event that was never delivered.
 * @param arrival in epoch milliseconds
 * @returns null if the body is not JSON
 */
export function removePerson(source: Source, body: Uint8Array, arrival: number, ids: Ids): Removal | null {
  const { erasure: rules } = source
  const parsed = source.parse(body, arrival)
  const elements = elementsOf(parsed)
  const places = new Set(elements.map(placeOf))
  const all = withLinkedIds(rules, ids, parsed.identities)
  const linked = idsIn(parsed.identities).filter(id => all.has(id) && !ids.has(id))
  const isTheirs = ({ table, row }: Element) => isRowOf(rules, table, row, all)

  const cuts = new Map<Node, Cut>()
  let count = 0
  for (let toCut = elements.filter(isTheirs); ; ) {
    const tree = JsonTree.parse(body) // the calls of `parse` have overwritten the nodes of the one before
    if (!tree) return null
    if (cuts.size === 0) for (const cut of rules.find(tree, all)) cuts.set(cut.node, cut)
    const known = cuts.size
    for (const { start } of toCut) {
      const node = nodeAt(tree, start)
      cuts.set(node, { node })
    }
    if (count === 0) {
      if (cuts.size === 0)
        return {
          body,
          count,
          linked: [],
          changes: [],
          untied: [],
          remainder: (start, end) => body.subarray(start, end),
        }
      count = cuts.size
    } else if (cuts.size === known) throw new Error('data of the person is left in a body whatever is cut')
    if (cuts.has(tree.root)) {
      return {
        body: null,
        count,
        linked,
        changes: changesBetween(elements, new Map()),
        untied: parsed.identities,
        remainder: () => null,
      }
    }
    const cut = cutOut(tree, cuts.values())
    const left = source.parse(cut.body, arrival)
    const remaining = elementsOf(left).map(element => inOriginal(element, cut))
    const remains = new Map(remaining.map(element => [placeOf(element), element.row]))
    toCut = []
    for (const element of remaining) {
      if (isTheirs(element)) toCut.push(element)
      if (places.has(placeOf(element))) continue
      // Elements that are left may have become one with what holds them, such as an error beside a cut message.
      const absorbed = elements.find(
        ({ table, start }) =>
          table === element.table &&
          start > element.start &&
          start < element.end &&
          !remains.has(placeOf({ table, start })) &&
          cut.remainder(start, start + 1) !== null,
      )
      if (absorbed) remains.set(placeOf(absorbed), element.row)
      else toCut.push(element)
    }
    if (toCut.length > 0) continue
    return {
      body: cut.body,
      count,
      linked,
      changes: changesBetween(elements, remains),
      untied: parsed.identities.filter(pair => !left.identities.some(other => pairText(other) === pairText(pair))),
      remainder: (start, end) => cut.remainder(start, end),
    }
  }
}

/** What becomes a row of a table or of the quarantine. */
type Element = Pick<Change, 'table' | 'start'> & { readonly row: Cells }

/** An element of a body with cuts, by its place in the original. */
function inOriginal(element: Element, cut: CutBody): Element & { readonly end: number } {
  const length = Buffer.byteLength(String(element.row.payload ?? ''))
  const last = element.start + Math.max(length, 1) - 1
  return { ...element, start: cut.originalOffset(element.start), end: cut.originalOffset(last) + 1 }
}

const elementsOf = ({ rows, rejects }: ParseResult): Element[] => [
  ...rows,
  ...rejects.map(({ start, ...row }) => ({ table: QUARANTINE, start, row })),
]

const placeOf = ({ table, start }: Pick<Element, 'table' | 'start'>) => `${table} ${start}`

const idsIn = (pairs: readonly Identity[]) => [...new Set(pairs.flatMap(({ id, same_as }) => [id, same_as]))]

const pairText = ({ id, same_as }: Identity) => `${id} ${same_as}`

/** The value that begins at an offset; the document for a reject that is about the whole body. */
const nodeAt = ({ json, nodes, root }: JsonTree, start: number): Node =>
  nodes.find(node => json.start(node) === start) ?? root

/** @param after the rows by the place of the element that each was */
function changesBetween(before: readonly Element[], after: ReadonlyMap<string, Cells>): Change[] {
  return before.flatMap(element => {
    const row = after.get(placeOf(element)) ?? null
    const { table, start, row: old } = element
    const isSame = row !== null && Object.keys(old).every(column => isSameCell(old[column], row[column]))
    return isSame ? [] : [{ table, start, before: withStrings(old), after: row && withStrings(row) }]
  })
}

/** Whether two cells have the same value: texts as slices or strings, integers as numbers or BigInts. */
export const isSameCell = (a: unknown, b: unknown): boolean =>
  a == null || b == null ? a == null && b == null : a === b || String(a) === String(b)

/** A copy that does not keep the body in memory. */
const withStrings = (row: Cells): Cells =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      typeof value === 'object' && value !== null ? String(value) : value,
    ]),
  )

/** Whether a text can name a person: a delivery may write `-` where it has no id. */
export const isId = (text: string): boolean => /[0-9A-Za-z]/.test(text)

/** The ids and all those that pairs tie to them, directly or over other ids, in every spelling. */
function withLinkedIds({ spellings }: ErasureRules, ids: Ids, pairs: readonly Identity[]): Set<string> {
  const all = new Set(ids)
  for (let size = -1; size !== all.size; ) {
    size = all.size
    for (const { id, same_as } of pairs)
      if (isId(id) && isId(same_as) && (all.has(id) || all.has(same_as)))
        for (const other of [id, same_as]) for (const spelling of spellings(other)) all.add(spelling)
  }
  return all
}
