import { decodeUtf8 } from '../lake/utf8-slice.ts'

/** What stands at a node. A string that has escapes is of a kind of its own: its bytes are not its text. */
export const Kind = {
  nothing: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  string: 5,
  escaped: 6,
  array: 7,
  object: 8,
} as const

/** Words of a node: its kind, its start and its end in bytes, and the node behind it and all that is in it. */
export const NODE = 4

/** The node of what is not there. */
export const NOWHERE = 0

/** The node of the whole document. */
export const ROOT = NODE

/**
 * A JSON document's values, each a node, in the order in which they stand. An object's members are two nodes each: a name,
 * with its signature for a fourth word, and a value. Ends are exclusive; a string stands between its quotes.
 */
export interface Tape {
  readonly bytes: Uint8Array
  readonly nodes: Int32Array
}

/** Written anew for each document: to make one for each would cost more than to write it. */
let nodes: Int32Array = new Int32Array(1024 * NODE)

/** A tape longer than this is let go of with its document. */
const USUAL_WORDS = 2 ** 20

/**
 * Reads a document as `JSON.parse` would (RFC 8259, any depth), but makes nothing of its values: most are never asked
 * for. The tape is valid until the next document is read.
 * @param bytes UTF-8
 * @param start where the document begins
 * @returns null where it is not JSON
 */
export function readTape(bytes: Uint8Array, start: number): Tape | null {
  if (nodes.length > USUAL_WORDS) nodes = new Int32Array(1024 * NODE)
  return write(bytes, start) ? { bytes, nodes } : null
}

/** The value of an object's member of a name; of several the last, as in `JSON.parse`. */
export function memberOf(tape: Tape, object: number, name: string): number {
  const { nodes } = tape
  if (nodes[object] !== Kind.object) return NOWHERE
  const end = nodes[object + 3] as number
  const wanted = signature(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1))
  let value = NOWHERE
  for (let member = object + NODE; member < end; member = nodes[member + NODE + 3] as number) {
    const found = nodes[member + 3]
    if ((found === wanted || found === UNSIGNED) && isString(tape, member, name)) value = member + NODE
  }
  return value
}

/** What tells nearly all names apart. */
const signature = (length: number, first: number, last: number) => (length << 16) | (first << 8) | last

/** Of a name with escapes, whose bytes tell nothing. */
const UNSIGNED = -1

/** @param ascii what the node may be the string of */
export function isString(tape: Tape, node: number, ascii: string): boolean {
  const { bytes, nodes } = tape
  if (nodes[node] === Kind.escaped) return stringOf(tape, node) === ascii
  const start = nodes[node + 1] as number
  if (nodes[node] !== Kind.string || (nodes[node + 2] as number) - start !== ascii.length) return false
  for (let i = 0; i < ascii.length; i++) if (bytes[start + i] !== ascii.charCodeAt(i)) return false
  return true
}

/** The text of a string's node. */
export function stringOf({ bytes, nodes }: Tape, node: number): string {
  const [start, end] = [nodes[node + 1] as number, nodes[node + 2] as number]
  if (nodes[node] === Kind.string) return decodeUtf8(bytes, start, end)
  return JSON.parse(decodeUtf8(bytes, start - 1, end + 1))
}

function write(bytes: Uint8Array, start: number): boolean {
  let tape = nodes
  let parent = NOWHERE
  let node = ROOT
  let at = skipSpace(bytes, start)
  for (;;) {
    if (node + 2 * NODE > tape.length) tape = longer(tape)
    if (tape[parent] === Kind.object) {
      const quote = at
      at = writeString(bytes, quote, tape, node)
      tape[node + 3] =
        tape[node] === Kind.escaped
          ? UNSIGNED
          : signature(at - quote - 2, bytes[quote + 1] as number, bytes[at - 2] as number)
      at = skipSpace(bytes, at)
      if (bytes[at] !== COLON) return false
      at = skipSpace(bytes, at + 1)
      node += NODE
    }

    const first = bytes[at] as number
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      tape[node] = first === OPEN_BRACE ? Kind.object : Kind.array
      tape[node + 1] = at
      tape[node + 2] = parent // until its end is known
      parent = node
      node += NODE
      at = skipSpace(bytes, at + 1)
      if (bytes[at] !== first + TO_CLOSE) continue
    } else {
      at = first === QUOTE ? writeString(bytes, at, tape, node) : writeScalar(bytes, at, tape, node)
      if (at < 0) return false
      node += NODE
      at = skipSpace(bytes, at)
    }

    while (parent !== NOWHERE && bytes[at] === (tape[parent] === Kind.object ? CLOSE_BRACE : CLOSE_BRACKET)) {
      const outer = tape[parent + 2] as number
      tape[parent + 2] = at + 1
      tape[parent + 3] = node
      parent = outer
      at = skipSpace(bytes, at + 1)
    }
    if (parent === NOWHERE) return at === bytes.length
    if (bytes[at] !== COMMA) return false
    at = skipSpace(bytes, at + 1)
  }
}

function longer(tape: Int32Array): Int32Array {
  nodes = new Int32Array(tape.length * 2)
  nodes.set(tape)
  return nodes
}

/** @returns where it goes on behind the closing quote, -1 where no string stands */
function writeString(bytes: Uint8Array, quote: number, tape: Int32Array, node: number): number {
  if (bytes[quote] !== QUOTE) return -1
  let at = quote + 1
  while (PLAIN[bytes[at] as number] === 1) at++
  const isEscaped = bytes[at] === BACKSLASH
  while (bytes[at] === BACKSLASH) {
    at = escapeEnd(bytes, at)
    while (PLAIN[bytes[at] as number] === 1) at++
  }
  if (bytes[at] !== QUOTE) return -1
  tape[node] = isEscaped ? Kind.escaped : Kind.string
  tape[node + 1] = quote + 1
  tape[node + 2] = at
  tape[node + 3] = node + NODE
  return at + 1
}

/** @returns where it goes on, -1 where it is none: no string has a place there */
function escapeEnd(bytes: Uint8Array, backslash: number): number {
  const letter = bytes[backslash + 1] as number
  if (ESCAPES[letter] === 1) return backslash + 2
  if (letter !== LETTER_U) return -1
  for (let at = backslash + 2; at < backslash + 6; at++) if (HEX[bytes[at] as number] !== 1) return -1
  return backslash + 6
}

/** Number, `true`, `false` or `null`. @returns where it goes on, -1 where it is none of them */
function writeScalar(bytes: Uint8Array, start: number, tape: Int32Array, node: number): number {
  const first = bytes[start]
  const kind =
    first === LETTER_T ? Kind.true : first === LETTER_F ? Kind.false : first === LETTER_N ? Kind.null : Kind.number
  const end = kind === Kind.number ? numberEnd(bytes, start) : wordEnd(bytes, start, WORDS[kind])
  tape[node] = kind
  tape[node + 1] = start
  tape[node + 2] = end
  tape[node + 3] = node + NODE
  return end
}

const WORDS = { [Kind.null]: 'null', [Kind.false]: 'false', [Kind.true]: 'true' } as const

function wordEnd(bytes: Uint8Array, start: number, word: string): number {
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word.charCodeAt(i)) return -1
  return start + word.length
}

/** @see https://www.rfc-editor.org/rfc/rfc8259#section-6 */
function numberEnd(bytes: Uint8Array, start: number): number {
  const whole = bytes[start] === MINUS ? start + 1 : start
  let at = bytes[whole] === ZERO ? whole + 1 : digitsEnd(bytes, whole)
  if (at >= 0 && bytes[at] === POINT) at = digitsEnd(bytes, at + 1)
  if (at >= 0 && (bytes[at] === LETTER_E || bytes[at] === CAPITAL_E)) {
    const sign = bytes[at + 1]
    at = digitsEnd(bytes, sign === MINUS || sign === PLUS ? at + 2 : at + 1)
  }
  return at
}

/** @returns the end of one digit or more, -1 where there is none */
function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while (isDigit(bytes[at] as number)) at++
  return at === start ? -1 : at
}

const isDigit = (byte: number) => byte >= ZERO && byte <= ZERO + 9

/** The platforms send none: the first comparison is nearly always the last. */
const skipSpace = (bytes: Uint8Array, start: number) =>
  (bytes[start] as number) > BLANK ? start : spaceEnd(bytes, start)

function spaceEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while (SPACE[bytes[at] as number] === 1) at++
  return at
}

const [QUOTE, BACKSLASH, COMMA, COLON, PLUS, MINUS, POINT, ZERO] = [0x22, 0x5c, 0x2c, 0x3a, 0x2b, 0x2d, 0x2e, 0x30]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]
const [LETTER_E, CAPITAL_E, LETTER_F, LETTER_N, LETTER_T, LETTER_U] = [0x65, 0x45, 0x66, 0x6e, 0x74, 0x75]

/** No space is beyond it. */
const BLANK = 0x20

/** From a bracket that opens to the one that closes. */
const TO_CLOSE = CLOSE_BRACE - OPEN_BRACE

/** Beyond the end of a body its bytes are undefined, which is in none of these tables and equals no character. */
const table = (characters: string) => {
  const bytes = new Uint8Array(256)
  for (const character of characters) bytes[character.charCodeAt(0)] = 1
  return bytes
}

const SPACE = table(' \t\n\r')
const HEX = table('0123456789abcdefABCDEF')
const ESCAPES = table('"\\/bfnrt')

/** What stands in a string for itself. */
const PLAIN = new Uint8Array(256).fill(1, 0x20)
PLAIN[QUOTE] = 0
PLAIN[BACKSLASH] = 0
