import { IDENTITIES } from '../../handlers/sources/day-keys.ts'
import type { Ids } from '../../handlers/sources/erasure.ts'
import { NOWHERE, type Node } from '../../handlers/sources/json.ts'
import { JsonTree } from '../../handlers/sources/json-cuts.ts'
import type { Identity, Source } from '../../handlers/sources/source.ts'
import { isId } from './person-removal.ts'

/** An object that ties two ids to one person. */
export interface Tie extends Identity {
  /** `raw/…` or `enriched/…`. */
  readonly key: string
  /** Where the two ids stand in a body, such as `contacts[0].wa_id and contacts[0].user_id`; empty in a table. */
  readonly where: string
  /** Epoch milliseconds. */
  readonly arrival: number
}

/** An id that is linked to a person, and what ties it to the id from which it was reached. */
export interface Link {
  readonly id: string
  readonly sameAs: string
  readonly tie: Tie
}

/** The ties that were found: for each pair the raw body that arrived first, else a file of the table `identities`. */
export class Ties {
  readonly #ties = new Map<string, Tie>()

  /** @param where called if the tie is the first of its pair */
  add(pair: Identity, key: string, arrival: number, where: () => string = () => ''): void {
    if (!isId(pair.id) || !isId(pair.same_as)) return
    const id = `${pair.id} ${pair.same_as}`
    const known = this.#ties.get(id)
    if (known && !precedes({ key, arrival }, known)) return
    this.#ties.set(id, { id: pair.id, same_as: pair.same_as, key, where: where(), arrival })
  }

  addAll(other: Ties): void {
    for (const tie of other.#ties.values()) this.add(tie, tie.key, tie.arrival, () => tie.where)
  }

  /** The ids that the ties link to a person, over as many steps as it takes, nearest first. */
  linksOf({ erasure: { spellings } }: Source, ids: Ids): readonly Link[] {
    const reached = new Set(ids)
    const links: Link[] = []
    for (let known = -1; known < links.length; ) {
      known = links.length
      const before = new Set(reached)
      for (const tie of this.#ties.values())
        for (const [id, sameAs] of [
          [tie.id, tie.same_as],
          [tie.same_as, tie.id],
        ] as const) {
          if (reached.has(id) || !before.has(sameAs)) continue
          links.push({ id, sameAs, tie })
          for (const spelling of spellings(id)) reached.add(spelling)
        }
    }
    return links
  }
}

type Place = Pick<Tie, 'key' | 'arrival'>

/** A raw body comes before a table: it is the delivery itself. */
function precedes(a: Place, b: Place): boolean {
  const [rawA, rawB] = [a, b].map(({ key }) => key.startsWith('raw/'))
  if (rawA !== rawB) return rawA === true
  return a.arrival !== b.arrival ? a.arrival < b.arrival : a.key < b.key
}

/** Where the two ids of a pair stand in a body, as paths within a change's `value`. Of several places the nearest two. */
export function placesOf({ erasure: { spellings } }: Source, body: Uint8Array, { id, same_as }: Identity): string {
  const tree = JsonTree.parse(body)
  if (!tree) return ''
  const pathsOf = (wanted: string) => {
    const texts = new Set(spellings(wanted))
    return tree.nodes.filter(node => texts.has(textOf(tree, node))).map(node => pathOf(tree, node))
  }
  const pairs = pathsOf(id).flatMap(a => pathsOf(same_as).map(b => [a, b] as const))
  const [nearest] = pairs.sort((a, b) => commonLength(b) - commonLength(a))
  return nearest ? nearest.map(path => path.replace(/^.*?\bvalue\./, '')).join(' and ') : ''
}

const commonLength = ([a, b]: readonly [string, string]) => {
  const end = [...a].findIndex((character, i) => character !== b[i])
  return end < 0 ? a.length : end
}

/** A number without its spaces, brackets and hyphens; other texts as they are. */
function textOf({ json }: JsonTree, node: Node): string {
  const text = json.isNumber(node) ? json.json(node) : (json.string(node) ?? '')
  return /^\+?[\d\s().-]+$/.test(text) ? text.replace(/\D/g, '') : text
}

function pathOf(tree: JsonTree, node: Node): string {
  const parent = tree.parent(node)
  if (parent === NOWHERE) return ''
  if (tree.isElement(node)) return `${pathOf(tree, parent)}[${tree.children(parent).indexOf(node)}]`
  return [pathOf(tree, parent), tree.name(node)].filter(Boolean).join('.')
}

/** The key of a file of `identities`, for a tie that no body tells any more. */
export const isFromTable = ({ key }: Tie) => key.startsWith(`enriched/${IDENTITIES}/`)
