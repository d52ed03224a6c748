import type { Columns, Row } from '../lake/columns.ts'
import type { Reason } from '../lake/quarantine.ts'
import type { Json, Node } from './json.ts'
import type { Reject } from './reject.ts'
import type { Identity, ParseResult, TableRow } from './source.ts'

/** Gathers what a body holds, and gives it in the order in which it stands there. */
export class Collector {
  readonly #json: Json
  readonly #rows: TableRow[] = []
  readonly #rejects: Reject[] = []
  readonly #identities = new Map<string, Identity>()

  constructor(json: Json) {
    this.#json = json
  }

  /** How many elements became a row or were rejected so far. */
  get elements(): number {
    return this.#rows.length + this.#rejects.length
  }

  add(table: string, element: Node, row: Row<Columns>): void {
    this.#rows.push({ table, start: this.#json.start(element), row })
  }

  /** @param detail a sentence for people */
  reject(element: Node, reason: Reason, detail: string): void {
    const json = this.#json
    this.#rejects.push({ reason, detail, payload: json.slice(element), start: json.start(element) })
  }

  /** Whether a list can be read; a list that is present and no array is one rejected element. */
  isList(list: Node, name: string): boolean {
    const json = this.#json
    if (json.isArray(list)) return true
    if (!json.isNothing(list)) this.reject(list, 'not_array', `${name} is ${json.kind(list)}, not an array`)
    return false
  }

  /** Whether an element can be read; one that is no object is rejected. */
  isObject(element: Node, name: string): boolean {
    const json = this.#json
    if (json.isObject(element)) return true
    this.reject(element, 'not_object', `the ${name} is ${json.kind(element)}, not an object`)
    return false
  }

  /** Says that two ids are one person's. Each unordered pair counts once; a pair with itself is none. */
  tie(a: string, b: string): void {
    if (a === b) return
    const [id, same_as] = a < b ? [a, b] : [b, a]
    this.#identities.set(`${id} ${same_as}`, { id, same_as })
  }

  result(): ParseResult {
    return {
      rows: inOrder(this.#rows),
      rejects: inOrder(this.#rejects),
      identities: [...this.#identities.values()],
    }
  }
}

function inOrder<T extends { readonly start: number }>(elements: T[]): T[] {
  for (let i = 1; i < elements.length; i++)
    if ((elements[i] as T).start < (elements[i - 1] as T).start) return elements.sort((a, b) => a.start - b.start)
  return elements
}
