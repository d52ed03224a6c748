import fc from 'fast-check'

type JsonObject = Record<string, unknown>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A body as JSON by means of its own; undefined where it is not UTF-8 or not JSON. */
export function parsedOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}

/** Whether `JSON.stringify`, which recurses, can write the document: not where it is very deep. */
export function isWritable(document: unknown): boolean {
  try {
    return JSON.stringify(document) !== undefined
  } catch {
    return false
  }
}

/** Values that have broken readers before. */
const TROUBLE: readonly unknown[] = [
  ...[null, true, 0, -0, -1, 1.5, 2 ** 53, 2 ** 63],
  ...['', '\0', '\uD83D', '__proto__', 'constructor', 'messages', 'whatsapp_business_account'],
  ...[[], {}, [[]], [null]],
]

/** What befalls one node of a JSON document, and which. */
export const mutation = fc.record({
  node: fc.nat(),
  what: fc.oneof(
    fc.constantFrom('delete' as const, 'repeat' as const, 'text' as const, 'wrap' as const, 'empty' as const),
    fc.oneof(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(...TROUBLE)).map(value => ({ value })),
  ),
})

export type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never

/** Nodes deeper than this stay as they are, so that a document of any depth can be walked. */
const DEEPEST = 50

/** A copy of the document with one mutation; undefined where the document itself is deleted. */
export function mutatedValue(document: unknown, { node, what }: Mutation): unknown {
  let left = node % countOf(document, 0)
  return visit(document, 0)

  function visit(value: unknown, depth: number): unknown {
    if (left-- === 0) return changed(value)
    if (depth === DEEPEST) return value
    if (Array.isArray(value)) return value.flatMap(item => instead(item, depth))
    if (!isObject(value)) return value
    const members = Object.entries(value).flatMap(([key, member]) =>
      instead(member, depth).map((it, i) => [i === 0 ? key : 'message', it]),
    )
    return Object.fromEntries(members)
  }

  /** What stands where a value stood: nothing, something, or the value twice. */
  function instead(value: unknown, depth: number): unknown[] {
    if (left === 0 && what === 'repeat') {
      left--
      return [value, value]
    }
    const visited = visit(value, depth + 1)
    return visited === undefined ? [] : [visited]
  }

  function changed(value: unknown): unknown {
    switch (what) {
      case 'delete':
        return undefined
      case 'repeat':
        return value
      case 'text':
        return typeof value === 'string' ? Number(value) : JSON.stringify(value)
      case 'wrap':
        return Array.isArray(value) ? { ...value } : [value]
      case 'empty':
        return Array.isArray(value) ? [] : isObject(value) ? {} : null
      default:
        return what.value
    }
  }
}

function countOf(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return 1
  return Object.values(value).reduce<number>((sum, member) => sum + countOf(member, depth + 1), 1)
}
