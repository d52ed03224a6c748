import fc from 'fast-check'
import { codePoint } from '../../lake/testing/code-point.ts'
import { isObject } from './is-object.ts'

type JsonObject = Record<string, unknown>

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Parses a body with `JSON.parse`; undefined where it is not UTF-8 or not JSON. */
export function parsedOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(body))
  } catch {
    return undefined
  }
}

/** Whether `JSON.stringify`, which recurses, can write the document: it cannot where it is very deep. */
export function isWritable(document: unknown): boolean {
  try {
    return JSON.stringify(document) !== undefined
  } catch {
    return false
  }
}

/** JSON texts that have broken readers of JSON; several are not what `JSON.stringify` would write. */
export const TROUBLE: readonly string[] = [
  ...['null', 'true', 'false', '0', '-0', '-1', '1.5', '1e3', '1E+2', '1e400', '-1e400', '1e-400', '5e-324'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993', '9223372036854775807'],
  ...['9223372036854775808', '-9223372036854775808', '-9223372036854775809', '123456789012345678901234567890'],
  ...['253402300799', '253402300800', '"253402300800"', '"9223372036854775807"', '"+9223372036854775808"', '"00012"'],
  ...['""', '" "', '"\\u0000"', '"\\ud83d"', '"\\udf70\\ud83c"', '"\\ufeff"', '"\\u202e\\u2028"'],
  ...['"__proto__"', '"constructor"', '[]', '{}', '[[]]', '[null]', '[{}]', '{"":{}}'],
  ...['{"__proto__":{"id":"x"}}', '{"constructor":1,"toString":2}', '"messages"', '"whatsapp_business_account"'],
  ...['"edit"', '"image"', '"interactive"', '"system"', '"٣٤"', '"1.0"', '"-5"'],
]

/** Names of members that mean something to a platform, or to JavaScript. */
export const NAMES: readonly string[] = [
  ...['messages', 'message', 'channel_post', 'edited_message', 'guest_message', 'callback_query', 'statuses'],
  ...['contacts', 'id', 'from', 'type', 'text', 'body', 'caption', 'chat', 'date', 'update_id', 'entry', 'changes'],
  ...['value', 'field', 'object', 'profile', 'name', 'wa_id', 'user_id', 'from_user_id', 'edit'],
  ...['__proto__', 'constructor', 'length', '0', ''],
]

/** Text to insert into a string of a document. */
const INSERTED = ['\0', '\ud83d', '\udf70', '\ufeff', '\u2028', '"', '\\', '\n', 'é', '🍰', ' ', '9', 'x'.repeat(5000)]

const name = fc.constantFrom(...NAMES)
const json = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TROUBLE) },
  { weight: 1, arbitrary: fc.json({ stringUnit: codePoint }) },
)

const change = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('delete', 'empty', 'exchange', 'retype', 'wrap') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('nest', 'rename', 'repeat'), name }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('graft'), document: fc.option(fc.nat()), node: fc.noBias(fc.nat()) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('disturb'),
      order: fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
      at: fc.noBias(fc.nat()),
      removed: fc.nat(2),
      text: fc.constantFrom(...INSERTED),
      json,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('set'), json }) },
)

/** A change to one node of a JSON document. `node` counts the nodes depth first, modulo their number; the root is 0. */
export const mutation = fc.record({ node: fc.noBias(fc.nat()), change })

export type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never
type Change = Mutation['change']

/**
 * A mutated copy of a document of `JSON.parse`. It is for `writeJson`: it may hold JSON that is kept as text.
 * @param others documents that nodes are taken from too
 * @returns undefined where the document itself was deleted
 */
export function mutate(document: unknown, mutations: readonly Mutation[], others: readonly unknown[] = []): unknown {
  const root = [structuredClone(document)]
  for (const { node, change } of mutations) {
    const nodes = [...nodesOf(root, 0)]
    const found = nodes[node % nodes.length]
    if (found) changeNode(found, change, root, others)
    root.splice(1) // a repeated root
  }
  return root[0]
}

/** JSON text of a mutated document, empty where it was deleted. @throws RangeError where it is very deep */
export const writeJson = (document: unknown, indent?: string): string =>
  (JSON.stringify(document, null, indent) ?? '').replace(VERBATIM, (_, json) => JSON.parse(`"${json}"`))

/** A string that stands in a document for JSON that `JSON.stringify` would not write: `writeJson` writes it as it is. */
const verbatim = (json: string) => `${MARK}${json}:json\u0001`
const MARK = '\u0001json:'
const VERBATIM = /"\\u0001json:((?:[^"\\]|\\.)*):json\\u0001"/g

type Holder = unknown[] | JsonObject

/** An element of an array, or a member of an object. */
interface Node {
  readonly holder: Holder
  readonly key: string
}

/** Nodes deeper than this stay as they are, so that a document of any depth can be walked. */
const DEEPEST = 50

function* nodesOf(value: unknown, depth: number): Iterable<Node> {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return
  for (const key of Object.keys(value)) {
    yield { holder: value as Holder, key }
    yield* nodesOf(Reflect.get(value, key), depth + 1)
  }
}

function changeNode({ holder, key }: Node, change: Change, root: readonly unknown[], others: readonly unknown[]): void {
  const value: unknown = Reflect.get(holder, key)
  switch (change.kind) {
    case 'delete':
      remove(holder, key)
      break
    case 'rename':
      remove(holder, key)
      add(holder, Number.POSITIVE_INFINITY, change.name, value)
      break
    case 'repeat':
      add(holder, Number(key), change.name, structuredClone(value))
      break
    default:
      define(holder, key, replacement(value, change, root, others))
  }
}

/** What stands in the place of a value. */
function replacement(
  value: unknown,
  change: Exclude<Change, { readonly kind: 'delete' | 'rename' | 'repeat' }>,
  root: readonly unknown[],
  others: readonly unknown[],
): unknown {
  switch (change.kind) {
    case 'empty':
      return Array.isArray(value) ? [] : isObject(value) ? {} : null
    case 'exchange':
      return Array.isArray(value) ? { ...value } : isObject(value) ? Object.values(value) : [value]
    case 'retype':
      if (typeof value !== 'string') return JSON.stringify(value)
      return verbatim(/^-?[1-9]\d*$/.test(value) ? value : '7')
    case 'wrap':
      return [value]
    case 'nest':
      return { [change.name]: value }
    case 'graft': {
      const from = change.document === null ? root : [others[change.document % others.length] ?? root[0]]
      const nodes = [...nodesOf(from, 0)]
      const graft = nodes[change.node % nodes.length]
      return graft ? structuredClone(Reflect.get(graft.holder, graft.key)) : null
    }
    case 'disturb':
      if (Array.isArray(value)) return shuffled(value, change.order)
      if (typeof value !== 'string' || value.startsWith(MARK)) return verbatim(change.json)
      return spliced(value, change.at % (value.length + 1), change.removed, change.text)
    case 'set':
      return verbatim(change.json)
  }
}

/** Defines a member, also one named `__proto__`. */
function define(holder: Holder, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

/** Adds an element at an index of an array, or a member to an object. */
function add(holder: Holder, index: number, name: string, value: unknown): void {
  if (Array.isArray(holder)) holder.splice(index, 0, value)
  else define(holder, name, value)
}

function remove(holder: Holder, key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else Reflect.deleteProperty(holder, key)
}

/** The items with each exchanged for another, which `order` picks. */
function shuffled(items: readonly unknown[], order: readonly number[]): unknown[] {
  const all = [...items]
  for (const i of all.keys()) {
    const other = (order[i % order.length] ?? 0) % all.length
    const [a, b] = [all[i], all[other]]
    all[i] = b
    all[other] = a
  }
  return all
}

const spliced = (text: string, at: number, removed: number, inserted: string) =>
  text.slice(0, at) + inserted + text.slice(at + removed)
