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
export const withoutCuts = (tree: JsonTree, cuts: Iterable<Cut>): Uint8Array => cutOut(tree, cuts).body

/** A body without what was cut out of it, and where its bytes stood before. */
export class CutBody {
  readonly body: Uint8Array
  readonly #original: Uint8Array
  readonly #ranges: readonly CutRange[]

  /** @param ranges in the order of the body, without overlaps */
  constructor(original: Uint8Array, ranges: readonly CutRange[]) {
    this.#original = original
    this.#ranges = ranges
    this.body = this.#between(0, original.length)
  }

  /** The offset that a byte of `body` had before. */
  originalOffset(offset: number): number {
    let shift = 0
    for (const { start, end, replacement } of this.#ranges) {
      if (start + shift > offset) break
      shift += replacement.length - (end - start)
    }
    return offset - shift
  }

  /** What is left of the bytes from `start` to `end` of the original; null where they are within one cut. */
  remainder(start: number, end: number): Uint8Array | null {
    const isCut = this.#ranges.some(range => range.start <= start && range.end >= end && range.replacement === '')
    return isCut ? null : this.#between(start, end)
  }

  #between(from: number, to: number): Uint8Array {
    const pieces: Uint8Array[] = []
    let copied = from
    for (const { start, end, replacement } of this.#ranges) {
      if (start < from || end > to) continue
      pieces.push(this.#original.subarray(copied, start), Buffer.from(replacement))
      copied = end
    }
    return Buffer.concat([...pieces, this.#original.subarray(copied, to)])
  }
}

/** Byte offsets, `end` exclusive. */
interface CutRange {
  readonly start: number
  readonly end: number
  /** ASCII. */
  readonly replacement: string
}

/** Cuts values out of a body. The document itself cannot be cut. */
export function cutOut(tree: JsonTree, cuts: Iterable<Cut>): CutBody {
  const { json, body } = tree
  const cutOf = new Map([...cuts].map(cut => [cut.node, cut]))
  const isRemoved = (node: Node) => cutOf.has(node) && cutOf.get(node)?.replacement === undefined
  const ranges: CutRange[] = []
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
  return new CutBody(
    body,
    ranges.sort((a, b) => a.start - b.start),
  )
}
