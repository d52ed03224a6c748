/*
 * A slow JSON reader for tests. `JSON.parse` decides whether a text is JSON; this reader only adds what `JSON.parse`
 * does not tell: where each value begins in the body and how exactly it is written there.
 */

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

const NO_MEMBERS = new Map<string, JsonValue>()
const NO_ITEMS: JsonValue[] = []

/** One value of a JSON document. */
export class JsonValue {
  /** The values of an object by name. Of several members of one name only the last counts, at its place. */
  readonly members: Map<string, JsonValue>
  /** The values of an array. */
  readonly items: JsonValue[]
  /** The offset behind the value's last byte. */
  end = -1
  readonly kind: JsonKind
  /** The value's first byte, counted from the body's. */
  readonly offset: number
  readonly #body: Uint8Array

  constructor(kind: JsonKind, offset: number, body: Uint8Array) {
    this.members = kind === 'object' ? new Map() : NO_MEMBERS
    this.items = kind === 'array' ? [] : NO_ITEMS
    this.kind = kind
    this.offset = offset
    this.#body = body
  }

  /** The value exactly as it stands in the body, without the white space around it. */
  get json(): string {
    return utf8(this.#body.subarray(this.offset, this.end))
  }

  /** The string's text, lone surrogates as U+FFFD; null if the value is no string. */
  get text(): string | null {
    return this.kind === 'string' ? String(JSON.parse(this.json)).toWellFormed() : null
  }

  /** The number's value; null if the value is no number. */
  get number(): number | null {
    return this.kind === 'number' ? Number(this.json) : null
  }

  /** The boolean; null if the value is none. */
  get boolean(): boolean | null {
    return this.kind === 'boolean' ? this.json === 'true' : null
  }
}

/** Reads a UTF-8 body, with or without a byte order mark, that `JSON.parse` accepts. Throws if it does not. */
export function readJson(body: Uint8Array): JsonValue {
  JSON.parse(utf8(body))
  const open: { value: JsonValue; name: string | undefined }[] = []
  let root: JsonValue | undefined
  let at = body[0] === 0xef ? 3 : 0
  while (at < body.length) {
    const char = String.fromCharCode(body[at] as number)
    if (' \t\r\n,:'.includes(char)) {
      at += 1
    } else if (char === '}' || char === ']') {
      at += 1
      const closed = open.pop()
      if (closed !== undefined) closed.value.end = at
    } else if (char === '{' || char === '[') {
      const value = new JsonValue(char === '{' ? 'object' : 'array', at, body)
      add(value)
      open.push({ value, name: undefined })
      at += 1
    } else {
      const value = new JsonValue(SCALARS[char] ?? 'number', at, body)
      at = char === '"' ? endOfString(body, at) : endOfWord(body, at)
      value.end = at
      const parent = open.at(-1)
      if (parent?.value.kind === 'object' && parent.name === undefined) parent.name = JSON.parse(value.json)
      else add(value)
    }
  }
  if (root === undefined) throw new SyntaxError('an empty body')
  return root

  function add(value: JsonValue): void {
    const parent = open.at(-1)
    if (parent === undefined) {
      root = value
    } else if (parent.value.kind === 'array') {
      parent.value.items.push(value)
    } else if (parent.name !== undefined) {
      parent.value.members.delete(parent.name)
      parent.value.members.set(parent.name, value)
      parent.name = undefined
    }
  }
}

const SCALARS: Readonly<Record<string, JsonKind>> = { '"': 'string', t: 'boolean', f: 'boolean', n: 'null' }

function endOfString(body: Uint8Array, start: number): number {
  let at = start + 1
  while (body[at] !== 0x22) at += body[at] === 0x5c ? 2 : 1
  return at + 1
}

function endOfWord(body: Uint8Array, start: number): number {
  let at = start
  while (at < body.length && !' \t\r\n,]}'.includes(String.fromCharCode(body[at] as number))) at += 1
  return at
}

/** Decodes UTF-8 without a byte order mark; throws a TypeError if the bytes are not UTF-8. */
export const utf8 = (bytes: Uint8Array) => decoder.decode(bytes)

const decoder = new TextDecoder('utf-8', { fatal: true })
