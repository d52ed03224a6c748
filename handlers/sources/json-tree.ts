/** A value of a JSON document, and where it stands in the text. */
export interface Node {
  readonly kind: 'object' | 'array' | 'string' | 'other'
  readonly parent: Node | null
  /** Its name in an object, its index in an array; empty for the document itself. */
  readonly key: string | number
  /** Where the value starts, and with it its name where it has one. */
  readonly start: number
  readonly from: number
  /** Just after the value. */
  end: number
  readonly children: Node[]
}

/**
 * Reads a document into a tree that knows every value's place, so that some can be cut out and the rest of the bytes
 * stay. Repeated names are all there. Without recursion: a document may be of any depth.
 * @param text what `JSON.parse` accepts, with or without a byte order mark
 */
export function parseTree(text: string): Node {
  let root: Node | undefined
  let open = null as Node | null
  let name: { readonly key: string; readonly from: number } | undefined
  let at = 0

  const add = (kind: Node['kind'], end: number): Node => {
    const { key, from } = name ?? { key: open?.children.length ?? '', from: at }
    const node: Node = { kind, parent: open, key, start: at, from, end, children: [] }
    open?.children.push(node)
    root ??= node
    name = undefined
    return node
  }

  while (at < text.length) {
    const character = text.charAt(at)
    if (character === '{' || character === '[') {
      open = add(character === '{' ? 'object' : 'array', -1)
      at++
    } else if (character === '}' || character === ']') {
      at++
      if (open) open.end = at
      open = open?.parent ?? null
    } else if (character === '"') {
      const end = stringEnd(text, at)
      if (open?.kind === 'object' && name === undefined) name = { key: JSON.parse(text.slice(at, end)), from: at }
      else add('string', end)
      at = end
    } else if (/[-\w]/.test(character)) {
      let end = at
      while (end < text.length && /[-+.\w]/.test(text.charAt(end))) end++
      add('other', end)
      at = end
    } else {
      at++ // space, comma, colon, byte order mark
    }
  }
  if (!root) throw new SyntaxError('an empty document')
  return root
}

function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** Every value of a tree, parents before their children. */
export function* nodesOf(root: Node): Iterable<Node> {
  const waiting = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    yield node
    for (let i = node.children.length - 1; i >= 0; i--) waiting.push(node.children[i] as Node)
  }
}

/** A member of an object by its name, the last where it is repeated, as `JSON.parse` has it. */
export const member = (node: Node | null, key: string): Node | undefined =>
  node?.kind === 'object' ? node.children.findLast(child => child.key === key) : undefined

/** Whether a value is an element of an array. */
export const isElement = (node: Node) => node.parent?.kind === 'array'

/** Something to cut out of a document: a value with its name and comma, or a value that another takes the place of. */
export interface Cut {
  readonly node: Node
  readonly instead?: string
}

/** The document without what is cut; every other character stays as it is. */
export function withoutCuts(text: string, root: Node, cuts: Iterable<Cut>): string {
  const cutAt = new Map([...cuts].map(cut => [cut.node, cut]))
  const ranges: { readonly from: number; readonly to: number; readonly instead: string }[] = []
  const waiting = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const { children } = node
    const firstKept = children.findIndex(child => !isRemoved(cutAt.get(child)))
    for (const [i, child] of children.entries()) {
      const cut = cutAt.get(child)
      if (!cut) waiting.push(child)
      else if (cut.instead !== undefined) ranges.push({ from: child.start, to: child.end, instead: cut.instead })
      // a comma goes with the value after it, but for the first values, which take the one that follows
      else if (i > firstKept && firstKept >= 0)
        ranges.push({ from: children[i - 1]?.end ?? 0, to: child.end, instead: '' })
      else ranges.push({ from: child.from, to: children[i + 1]?.from ?? child.end, instead: '' })
    }
  }
  let result = ''
  let kept = 0
  for (const { from, to, instead } of ranges.sort((a, b) => a.from - b.from)) {
    result += text.slice(kept, from) + instead
    kept = to
  }
  return result + text.slice(kept)
}

const isRemoved = (cut: Cut | undefined) => cut !== undefined && cut.instead === undefined
