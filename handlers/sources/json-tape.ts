import { decodeUtf8 } from '../lake/utf8-slice.ts'

/** The type of a node. A string with escape sequences has its own kind, because its bytes are not its text. */
export const Kind = {
  absent: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  string: 5,
  escapedString: 6,
  array: 7,
  object: 8,
} as const

/**
 * Four int32 words: kind, start, end (exclusive), next sibling. A node is known by the index of its first word. Start
 * and end are byte offsets; those of a string exclude its quotes. The next sibling is the node after this one and
 * everything in it.
 */
export const NODE_WORDS = 4

/** The node of an absent value: its kind is always `Kind.absent`. */
export const NOWHERE = 0

/** The node of the whole document. */
export const ROOT = NODE_WORDS

/**
 * A JSON document as a flat list of nodes in document order, like simdjson's tape. A member of an object takes two
 * nodes, its name and then its value; a name's fourth word is its signature instead of a sibling.
 *
 * Valid until the next document is parsed (see "Lifetimes" in handlers/README.md).
 * @see https://github.com/simdjson/simdjson/blob/master/doc/tape.md
 */
export class Tape {
  readonly bytes: Uint8Array
  #nodes: Int32Array | null

  constructor(bytes: Uint8Array, nodes: Int32Array) {
    this.bytes = bytes
    this.#nodes = nodes
  }

  /** @throws Error where another document has been parsed since */
  get nodes(): Int32Array {
    return this.#nodes ?? expired()
  }

  expire(): void {
    this.#nodes = null
  }
}

function expired(): never {
  throw new Error('this JSON document has expired: another one was parsed after it')
}

/** Shared by all documents and overwritten by each: allocating one per document costs more than parsing. */
let sharedNodes: Int32Array = new Int32Array(1024 * NODE_WORDS)

/** The only tape that is valid. */
let current: Tape | undefined

/** A larger array is not kept for the next document. */
const MAX_KEPT_WORDS = 2 ** 20

/**
 * Parses a document: accepts what `JSON.parse` accepts (RFC 8259), at any depth. Records where each value is and
 * converts none, because most are never read. Expires the tape of the document before.
 * @param bytes UTF-8
 * @param start offset of the document's first byte
 * @returns null if it is not JSON
 */
export function parseTape(bytes: Uint8Array, start: number): Tape | null {
  current?.expire()
  if (sharedNodes.length > MAX_KEPT_WORDS) sharedNodes = new Int32Array(1024 * NODE_WORDS)
  if (!write(bytes, start)) return null
  current = new Tape(bytes, sharedNodes)
  return current
}

/** The value of an object's member. Of repeated names the last one counts, as in `JSON.parse`. */
export function memberOf(tape: Tape, object: number, name: string): number {
  const nodes = tape.nodes
  if (nodes[object] !== Kind.object) return NOWHERE
  const end = nodes[object + 3] as number
  const wanted = signature(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1))
  let value = NOWHERE
  for (let member = object + NODE_WORDS; member < end; member = nodes[member + NODE_WORDS + 3] as number) {
    const found = nodes[member + 3]
    if ((found === wanted || found === NO_SIGNATURE) && isString(tape, member, name)) value = member + NODE_WORDS
  }
  return value
}

/** A name's length and outer characters: enough to tell nearly all names apart without comparing them. */
const signature = (length: number, first: number, last: number) => (length << 16) | (first << 8) | last

/** The signature of a name with escape sequences: its bytes say nothing about its text. */
const NO_SIGNATURE = -1

/** Whether a node is this string. @param ascii of ASCII characters only */
export function isString(tape: Tape, node: number, ascii: string): boolean {
  const { bytes, nodes } = tape
  if (nodes[node] === Kind.escapedString) return stringOf(tape, node) === ascii
  const start = nodes[node + 1] as number
  if (nodes[node] !== Kind.string || (nodes[node + 2] as number) - start !== ascii.length) return false
  for (let i = 0; i < ascii.length; i++) if (bytes[start + i] !== ascii.charCodeAt(i)) return false
  return true
}

/** The text of a string or a name. */
export function stringOf({ bytes, nodes }: Tape, node: number): string {
  const [start, end] = [nodes[node + 1] as number, nodes[node + 2] as number]
  if (nodes[node] === Kind.string) return decodeUtf8(bytes, start, end)
  return JSON.parse(decodeUtf8(bytes, start - 1, end + 1))
}

/** The text of a member's name. Compares it with known names first, which costs less than decoding it. */
export function nameOf(tape: Tape, name: number): string {
  const found = tape.nodes[name + 3] as number
  if (found === NO_SIGNATURE) return stringOf(tape, name)
  const slot = Math.imul(found, 0x9e3779b1) >>> (32 - KNOWN_NAMES_BITS)
  const known = knownNames[slot] as string
  if (isString(tape, name, known)) return known
  const text = stringOf(tape, name)
  const bytes = found >>> 16
  if (bytes === text.length && bytes <= MAX_KNOWN_NAME_BYTES) knownNames[slot] = text // of ASCII characters only
  return text
}

const KNOWN_NAMES_BITS = 9

/** The last name of each hash. The platforms use a few hundred. */
const knownNames: string[] = new Array(2 ** KNOWN_NAMES_BITS).fill('')

const MAX_KNOWN_NAME_BYTES = 64

function write(bytes: Uint8Array, start: number): boolean {
  let tape = sharedNodes
  let parent = NOWHERE
  let node = ROOT
  let offset = skipSpace(bytes, start)
  for (;;) {
    if (node + 2 * NODE_WORDS > tape.length) tape = doubled(tape)
    if (tape[parent] === Kind.object) {
      const quote = offset
      offset = writeString(bytes, quote, tape, node)
      tape[node + 3] =
        tape[node] === Kind.escapedString
          ? NO_SIGNATURE
          : signature(offset - quote - 2, bytes[quote + 1] as number, bytes[offset - 2] as number)
      offset = skipSpace(bytes, offset)
      if (bytes[offset] !== COLON) return false
      offset = skipSpace(bytes, offset + 1)
      node += NODE_WORDS
    }

    const first = bytes[offset] as number
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      tape[node] = first === OPEN_BRACE ? Kind.object : Kind.array
      tape[node + 1] = offset
      tape[node + 2] = parent // replaced by its end once that is known
      parent = node
      node += NODE_WORDS
      offset = skipSpace(bytes, offset + 1)
      if (bytes[offset] !== first + TO_CLOSE) continue
    } else {
      offset = first === QUOTE ? writeString(bytes, offset, tape, node) : writeScalar(bytes, offset, tape, node)
      if (offset < 0) return false
      node += NODE_WORDS
      offset = skipSpace(bytes, offset)
    }

    while (parent !== NOWHERE && bytes[offset] === (tape[parent] === Kind.object ? CLOSE_BRACE : CLOSE_BRACKET)) {
      const outer = tape[parent + 2] as number
      tape[parent + 2] = offset + 1
      tape[parent + 3] = node
      parent = outer
      offset = skipSpace(bytes, offset + 1)
    }
    if (parent === NOWHERE) return offset === bytes.length
    if (bytes[offset] !== COMMA) return false
    offset = skipSpace(bytes, offset + 1)
  }
}

function doubled(tape: Int32Array): Int32Array {
  sharedNodes = new Int32Array(tape.length * 2)
  sharedNodes.set(tape)
  return sharedNodes
}

/** @returns the offset after the closing quote, -1 if this is not a string */
function writeString(bytes: Uint8Array, quote: number, tape: Int32Array, node: number): number {
  if (bytes[quote] !== QUOTE) return -1
  let offset = quote + 1
  while (PLAIN[bytes[offset] as number] === 1) offset++
  const isEscaped = bytes[offset] === BACKSLASH
  while (bytes[offset] === BACKSLASH) {
    offset = escapeEnd(bytes, offset)
    while (PLAIN[bytes[offset] as number] === 1) offset++
  }
  if (bytes[offset] !== QUOTE) return -1
  tape[node] = isEscaped ? Kind.escapedString : Kind.string
  tape[node + 1] = quote + 1
  tape[node + 2] = offset
  tape[node + 3] = node + NODE_WORDS
  return offset + 1
}

/** @returns the offset after the escape sequence; -1, which no table below contains, if it is invalid */
function escapeEnd(bytes: Uint8Array, backslash: number): number {
  const letter = bytes[backslash + 1] as number
  if (ESCAPES[letter] === 1) return backslash + 2
  if (letter !== LETTER_U) return -1
  for (let offset = backslash + 2; offset < backslash + 6; offset++) if (HEX[bytes[offset] as number] !== 1) return -1
  return backslash + 6
}

/** A number, `true`, `false` or `null`. @returns the offset after it, -1 if it is none of these */
function writeScalar(bytes: Uint8Array, start: number, tape: Int32Array, node: number): number {
  const first = bytes[start]
  const kind =
    first === LETTER_T ? Kind.true : first === LETTER_F ? Kind.false : first === LETTER_N ? Kind.null : Kind.number
  const end = kind === Kind.number ? numberEnd(bytes, start) : literalEnd(bytes, start, LITERALS[kind])
  tape[node] = kind
  tape[node + 1] = start
  tape[node + 2] = end
  tape[node + 3] = node + NODE_WORDS
  return end
}

const LITERALS = { [Kind.null]: 'null', [Kind.false]: 'false', [Kind.true]: 'true' } as const

function literalEnd(bytes: Uint8Array, start: number, literal: string): number {
  for (let i = 0; i < literal.length; i++) if (bytes[start + i] !== literal.charCodeAt(i)) return -1
  return start + literal.length
}

/** @see https://www.rfc-editor.org/rfc/rfc8259#section-6 */
function numberEnd(bytes: Uint8Array, start: number): number {
  const whole = bytes[start] === MINUS ? start + 1 : start
  let offset = bytes[whole] === ZERO ? whole + 1 : digitsEnd(bytes, whole)
  if (offset >= 0 && bytes[offset] === POINT) offset = digitsEnd(bytes, offset + 1)
  if (offset >= 0 && (bytes[offset] === LETTER_E || bytes[offset] === CAPITAL_E)) {
    const sign = bytes[offset + 1]
    offset = digitsEnd(bytes, sign === MINUS || sign === PLUS ? offset + 2 : offset + 1)
  }
  return offset
}

/** @returns the offset after one or more digits, -1 if there are none */
function digitsEnd(bytes: Uint8Array, start: number): number {
  let offset = start
  while (isDigit(bytes[offset] as number)) offset++
  return offset === start ? -1 : offset
}

const isDigit = (byte: number) => byte >= ZERO && byte <= ZERO + 9

/** The platforms send JSON without white space, so the first comparison is nearly always enough. */
const skipSpace = (bytes: Uint8Array, start: number) =>
  (bytes[start] as number) > BLANK ? start : spaceEnd(bytes, start)

function spaceEnd(bytes: Uint8Array, start: number): number {
  let offset = start
  while (SPACE[bytes[offset] as number] === 1) offset++
  return offset
}

const [QUOTE, BACKSLASH, COMMA, COLON, PLUS, MINUS, POINT, ZERO] = [0x22, 0x5c, 0x2c, 0x3a, 0x2b, 0x2d, 0x2e, 0x30]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]
const [LETTER_E, CAPITAL_E, LETTER_F, LETTER_N, LETTER_T, LETTER_U] = [0x65, 0x45, 0x66, 0x6e, 0x74, 0x75]

/** The highest white space character. */
const BLANK = 0x20

/** Distance from an opening bracket to its closing one. */
const TO_CLOSE = CLOSE_BRACE - OPEN_BRACE

/** A byte read after the end of a body is undefined: it is in none of these tables and equals no character. */
const table = (characters: string) => {
  const bytes = new Uint8Array(256)
  for (const character of characters) bytes[character.charCodeAt(0)] = 1
  return bytes
}

const SPACE = table(' \t\n\r')
const HEX = table('0123456789abcdefABCDEF')
const ESCAPES = table('"\\/bfnrt')

/** Characters that a string may contain unescaped. */
const PLAIN = new Uint8Array(256).fill(1, 0x20)
PLAIN[QUOTE] = 0
PLAIN[BACKSLASH] = 0
