import type { Random } from '../verify-faults/random.ts'

/*
 * Bodies that nobody would send: fixtures with some of their nodes, their text or their bytes changed, and bytes that
 * are no fixture's. JSON is changed as a document where that is possible, and then as text.
 */

/** Stands in a document for JSON that `JSON.stringify` would not write, between these marks. */
const [RAW_START, RAW_END] = ['\u0001raw:', ':raw\u0001']
const RAW = /"\\u0001raw:((?:[^"\\]|\\.)*):raw\\u0001"/g

/** JSON values as they would be written, that have broken readers of JSON before. */
const TROUBLE = [
  ...['null', 'true', 'false', '0', '-0', '-1', '1.5', '1e3', '1E+2', '1e400', '-1e400', '1e-400', '5e-324'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993', '9223372036854775807'],
  ...['9223372036854775808', '-9223372036854775808', '-9223372036854775809', '123456789012345678901234567890'],
  ...['253402300799', '253402300800', '"253402300800"', '"9223372036854775807"', '"+9223372036854775808"', '"00012"'],
  ...[
    '""',
    '" "',
    '"\\u0000"',
    '"\\ud83d"',
    '"\\udf70\\ud83c"',
    '"\\ufeff"',
    '"\\u202e\\u2028"',
    '"__proto__"',
    '"constructor"',
  ],
  ...['[]', '{}', '[[]]', '[null]', '[{}]', '{"":{}}', '{"__proto__":{"id":"x"}}', '{"constructor":1,"toString":2}'],
  ...[
    '"messages"',
    '"whatsapp_business_account"',
    '"edit"',
    '"image"',
    '"interactive"',
    '"system"',
    '"٣٤"',
    '"1.0"',
    '"-5"',
  ],
]

/** Names that mean something somewhere, or to JavaScript. */
const NAMES = [
  ...[
    'messages',
    'message',
    'channel_post',
    'edited_message',
    'guest_message',
    'callback_query',
    'statuses',
    'contacts',
  ],
  ...[
    'id',
    'from',
    'type',
    'text',
    'body',
    'caption',
    'chat',
    'date',
    'update_id',
    'entry',
    'changes',
    'value',
    'field',
  ],
  ...[
    'object',
    'profile',
    'name',
    'wa_id',
    'user_id',
    'from_user_id',
    'edit',
    '__proto__',
    'constructor',
    'length',
    '0',
    '',
  ],
]

/** Nodes deeper than this are left alone. */
const DEEPEST = 40

/** A body made of `seeds`, in one of all the ways. */
export function mutated(random: Random, body: Buffer, seeds: readonly Buffer[]): Buffer {
  const dice = random.next()
  if (dice < 0.04) return noise(random)
  let bytes = body
  if (dice < 0.85) bytes = Buffer.from(mutatedJson(random, body, seeds) ?? bytes)
  if (dice > 0.7) for (let i = random.int(4); i >= 0; i--) bytes = mutatedBytes(random, bytes, seeds)
  return bytes
}

function mutatedJson(random: Random, body: Buffer, seeds: readonly Buffer[]): string | undefined {
  try {
    let document: unknown = JSON.parse(body.toString())
    for (let i = random.int(5); i >= 0; i--)
      document = mutatedDocument(random, document, () => JSON.parse(random.pick(seeds).toString()))
    return written(random, document)
  } catch {
    return undefined // no JSON, or too deep to be written
  }
}

/** JSON with the raw values in it, and now and then with a key twice or another way of writing it. */
function written(random: Random, document: unknown): string {
  let text = JSON.stringify(document, null, random.chance(0.1) ? '\t' : undefined).replace(RAW, (_, raw) =>
    JSON.parse(`"${raw}"`),
  )
  if (random.chance(0.1))
    text = text.replace(/\{(?=")/g, it =>
      random.chance(0.1) ? `{"${random.pick(NAMES)}":${random.pick(TROUBLE)},` : it,
    )
  if (random.chance(0.1)) text = text.replace(/[^ -~]/g, it => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)
  if (random.chance(0.03)) text = `\ufeff${text}`
  if (random.chance(0.03)) text = ` \r\n${text}\t `
  return text
}

type Holder = unknown[] | Record<string, unknown>

/** Changes one node of the document in place; gives the document, or what replaces it. */
function mutatedDocument(random: Random, document: unknown, other: () => unknown): unknown {
  const nodes = [...nodesOf(document, 0)]
  const node = nodes.length > 0 && !random.chance(0.01) ? random.pick(nodes) : undefined
  if (!node) return random.chance(0.5) ? raw(random.pick(TROUBLE)) : [document]
  const { holder, key } = node
  const value = Reflect.get(holder, key)
  const set = (changed: unknown) => define(holder, key, changed)
  switch (random.int(10)) {
    case 0:
      remove(holder, key)
      break
    case 1: // again, beside itself or under another name
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(value))
      else define(holder, random.pick(NAMES), structuredClone(value))
      break
    case 2:
      set([value])
      break
    case 3:
      set({ [random.pick(NAMES)]: value })
      break
    case 4: // under another name
      remove(holder, key)
      if (Array.isArray(holder)) holder.push(value)
      else define(holder, random.pick(NAMES), value)
      break
    case 5: // with a node of another place, or of another fixture
      set(graft(random, [...nodesOf(random.chance(0.5) ? document : other(), 0)]) ?? null)
      break
    case 6:
      set(typeof value === 'string' ? raw(/^-?[1-9]\d*$/.test(value) ? value : '7') : JSON.stringify(value))
      break
    case 7:
      if (Array.isArray(value)) value.sort(() => random.next() - 0.5)
      else if (typeof value === 'string') set(odd(random, value))
      else set(raw(random.pick(TROUBLE)))
      break
    default:
      set(raw(random.pick(TROUBLE)))
  }
  return document
}

const graft = (random: Random, nodes: readonly Node[]) => {
  if (nodes.length === 0) return undefined
  const { holder, key } = random.pick(nodes)
  return structuredClone(Reflect.get(holder, key))
}

/** A member like any other, `__proto__` too. */
const define = (holder: Holder, key: string, value: unknown) =>
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })

function remove(holder: Holder, key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else Reflect.deleteProperty(holder, key)
}

interface Node {
  readonly holder: Holder
  readonly key: string
}

function* nodesOf(value: unknown, depth: number): Iterable<Node> {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return
  for (const key of Object.keys(value)) {
    yield { holder: value as Holder, key }
    yield* nodesOf(Reflect.get(value, key), depth + 1)
  }
}

const raw = (json: string) => `${RAW_START}${json}${RAW_END}`

function odd(random: Random, text: string): string {
  const at = random.int(text.length + 1)
  const inserted = random.pick([
    '\0',
    '\ud83d',
    '\udf70',
    '\ufeff',
    '\u2028',
    '"',
    '\\',
    '\n',
    'é',
    '🍰',
    ' ',
    '9',
    'x'.repeat(5000),
  ])
  return text.slice(0, at) + inserted + text.slice(at + random.int(3))
}

function mutatedBytes(random: Random, bytes: Buffer, seeds: readonly Buffer[]): Buffer {
  const [at, to] = [random.int(bytes.length + 1), random.int(bytes.length + 1)].sort((a, b) => a - b) as [
    number,
    number,
  ]
  const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)]
  switch (random.int(8)) {
    case 0:
      return head
    case 1:
      return Buffer.concat([head, tail])
    case 2:
      return Buffer.concat([head, middle.subarray(0, 2000), middle.subarray(0, 2000), tail])
    case 3:
      return Buffer.concat([head, noise(random).subarray(0, 6), bytes.subarray(at + random.int(4))])
    case 4: {
      const other = random.pick(seeds)
      return Buffer.concat([head, other.subarray(random.int(other.length + 1))])
    }
    case 5:
      return Buffer.concat([
        head,
        Buffer.from(random.pick(['{', '}', '[', ']', '"', ',', ':', '\\', '\\u', '\0', '\ufeff'])),
        middle,
        tail,
      ])
    case 6: {
      const depth = 1 + random.int(5000)
      return Buffer.concat([head, Buffer.from(`${'['.repeat(depth)}${']'.repeat(depth)}`), bytes.subarray(at)])
    }
    default: {
      const flipped = Buffer.from(bytes)
      if (flipped.length > 0) flipped[at % flipped.length] = (flipped[at % flipped.length] ?? 0) ^ (1 << random.int(8))
      return flipped
    }
  }
}

const noise = (random: Random) => Buffer.from(Array.from({ length: random.int(64) }, () => random.int(256)))
