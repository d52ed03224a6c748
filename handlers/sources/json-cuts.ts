import { type Json, NOWHERE, type Node, parseJson } from './json.ts'

/**
 * Adds the parent of each value to a parsed JSON document: `Json` only finds what is in a value. Takes one more pass
 * over the document. Valid as long as its `Json`.
 */
export class JsonTree {
  readonly json: Json
  readonly root: Node
  /** The body that the document was parsed from. */
  readonly body: Uint8Array
  /** Every value in document order: an object or array before its members or elements. */
  readonly nodes: readonly Node[]
  readonly #parents = new Map<Node, Node>()

  constructor(json: Json, root: Node, body: Uint8Array) {
    this.json = json
    this.root = root
    this.body = body
    json.walk(root, (node, parent) => this.#parents.set(node, parent))
    this.nodes = [...this.#parents.keys()]
  }

  /** Parses a body. @returns null if it is not UTF-8 or not JSON */
  static parse(body: Uint8Array): JsonTree | null {
    const parsed = parseJson(body)
    return parsed && new JsonTree(parsed.json, parsed.root, body)
  }

  /** The object or array that holds a value; `NOWHERE` for the document itself. */
  parent(node: Node): Node {
    return this.#parents.get(node) ?? NOWHERE
  }

  /** The name of a member; null for an array's element and for the document itself. */
  name(node: Node): string | null {
    return this.#isMember(node) ? this.json.memberName(node) : null
  }

  isElement(node: Node): boolean {
    return this.json.isArray(this.parent(node))
  }

  /** The elements of an array or the members' values of an object, in document order. */
  children(node: Node): Node[] {
    if (!this.json.isObject(node)) return this.json.elements(node)
    const values: Node[] = []
    this.json.forEachMember(node, (_name, value) => values.push(value))
    return values
  }

  /** Offset of the first byte of a member, which is that of its name, or of another value. */
  outerStart(node: Node): number {
    return this.#isMember(node) ? this.json.memberStart(node) : this.json.start(node)
  }

  #isMember(node: Node): boolean {
    return this.json.isObject(this.parent(node))
  }
}

/** A value to remove from a document, with its name and a comma; or to replace with other JSON. */
export interface Cut {
  readonly node: Node
  readonly replacement?: string
}

/** The body without what is cut. Every other byte stays as it is. */
export function withoutCuts(tree: JsonTree, cuts: Iterable<Cut>): Uint8Array {
  const { json, body } = tree
  const cutOf = new Map([...cuts].map(cut => [cut.node, cut]))
  const isRemoved = (node: Node) => cutOf.has(node) && cutOf.get(node)?.replacement === undefined
  const ranges: { readonly start: number; readonly end: number; readonly replacement: string }[] = []
  const pending = [tree.root]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const children = tree.children(node)
    const firstKept = children.findIndex(child => !isRemoved(child))
    for (const [i, child] of children.entries()) {
      const cut = cutOf.get(child)
      const [previous, next] = [children[i - 1], children[i + 1]]
      if (!cut) pending.push(child)
      else if (cut.replacement !== undefined)
        ranges.push({ start: json.start(child), end: json.end(child), replacement: cut.replacement })
      // A removed value takes the comma before it. Those before the first value that is kept take the comma after them.
      else if (previous !== undefined && i > firstKept && firstKept >= 0)
        ranges.push({ start: json.end(previous), end: json.end(child), replacement: '' })
      else {
        const end = next === undefined ? json.end(child) : tree.outerStart(next)
        ranges.push({ start: tree.outerStart(child), end, replacement: '' })
      }
    }
  }
  const pieces: Uint8Array[] = []
  let copied = 0
  for (const { start, end, replacement } of ranges.sort((a, b) => a.start - b.start)) {
    pieces.push(body.subarray(copied, start), Buffer.from(replacement))
    copied = end
  }
  return Buffer.concat([...pieces, body.subarray(copied)])
}
