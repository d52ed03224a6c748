import { isUtf8 } from 'node:buffer'
import type { Int64 } from '../lake/columns.ts'
import { decodeUtf8, Utf8Slice } from '../lake/utf8-slice.ts'
import {
  isString,
  Kind,
  memberOf,
  NODE_WORDS,
  NOWHERE,
  nameOf,
  parseTape,
  ROOT,
  stringOf,
  type Tape,
} from './json-tape.ts'
import type { Reject } from './reject.ts'

/** A value in a JSON document; `NOWHERE` for an absent one. */
export type Node = number

export { NOWHERE } from './json-tape.ts'

/**
 * A parsed JSON document. Values are addressed by node and converted when they are read. Every method accepts every
 * node: an absent value and one of another type read as null, or as no members, elements or bytes.
 *
 * Valid until the next document is parsed; after that every method throws (see "Lifetimes" in handlers/README.md).
 */
export class Json {
  readonly #tape: Tape

  constructor(tape: Tape) {
    this.#tape = tape
  }

  /** The value's type as a phrase for messages: `null`, `an array`, `a number` …; `nothing` for an absent value. */
  kind(node: Node): string {
    return KINDS[this.#kind(node)] as string
  }

  /** Whether the value is absent or `null`. */
  isNothing(node: Node): boolean {
    return this.#kind(node) <= Kind.null
  }

  isObject(node: Node): boolean {
    return this.#kind(node) === Kind.object
  }

  isArray(node: Node): boolean {
    return this.#kind(node) === Kind.array
  }

  isNumber(node: Node): boolean {
    return this.#kind(node) === Kind.number
  }

  isString(node: Node): boolean {
    return this.#kind(node) === Kind.string || this.#kind(node) === Kind.escapedString
  }

  /** The value of a member, or of a member of that. Of repeated names the last one counts, as in `JSON.parse`. */
  at(object: Node, name: string, inner?: string): Node {
    const member = memberOf(this.#tape, object, name)
    return inner === undefined ? member : memberOf(this.#tape, member, inner)
  }

  /** An object's members by name. As in `JSON.parse` a repeated name keeps its first place and its last value. */
  members(object: Node): Map<string, Node> {
    const members = new Map<string, Node>()
    this.forEachMember(object, (name, value) => members.set(name, value))
    return members
  }

  /** Calls `callback` with each member of an object in the order of the document, repeated names included. */
  forEachMember(object: Node, callback: (name: string, value: Node) => void): void {
    if (!this.isObject(object)) return
    const end = this.#nextSibling(object)
    for (let name = object + NODE_WORDS; name < end; name = this.#nextSibling(name + NODE_WORDS))
      callback(nameOf(this.#tape, name), name + NODE_WORDS)
  }

  /**
   * Calls `callback` with a value and everything in it, in document order: each object or array before its members or
   * elements. Works at any depth.
   * @param callback `parent` is the object or array that holds the value; `NOWHERE` for the first one
   */
  walk(root: Node, callback: (node: Node, parent: Node) => void): void {
    const end = this.#nextSibling(root)
    const open: { readonly node: Node; readonly end: Node; readonly isObject: boolean }[] = []
    for (let next = root; next < end; ) {
      while (open.length > 0 && next >= (open.at(-1)?.end ?? 0)) open.pop()
      const parent = open.at(-1)
      const node = parent?.isObject ? next + NODE_WORDS : next
      callback(node, parent?.node ?? NOWHERE)
      const isObject = this.isObject(node)
      if (isObject || this.isArray(node)) open.push({ node, end: this.#nextSibling(node), isObject })
      next = node + NODE_WORDS
    }
  }

  /** The name of an object's member. @param value the node of its value */
  memberName(value: Node): string {
    return nameOf(this.#tape, value - NODE_WORDS)
  }

  /**
   * Offset of the first byte of an object's member, the opening quote of its name.
   * @param value the node of its value
   */
  memberStart(value: Node): number {
    return this.start(value - NODE_WORDS)
  }

  /** An array's elements. */
  elements(array: Node): Node[] {
    const elements: Node[] = []
    if (!this.isArray(array)) return elements
    const end = this.#nextSibling(array)
    for (let element = array + NODE_WORDS; element < end; element = this.#nextSibling(element)) elements.push(element)
    return elements
  }

  /**
   * A string as well-formed Unicode: a lone surrogate, which only an escape sequence can write, becomes U+FFFD, as
   * Parquet requires. Not copied where the bytes of the body are its text.
   */
  text(node: Node): Utf8Slice | string | null {
    if (this.#kind(node) === Kind.string)
      return new Utf8Slice(this.#tape.bytes, this.#contentStart(node), this.#contentEnd(node))
    return this.#kind(node) === Kind.escapedString ? stringOf(this.#tape, node).toWellFormed() : null
  }

  /** `text` as a JavaScript string. */
  string(node: Node): string | null {
    return this.text(node)?.toString() ?? null
  }

  /** Whether the value is this string. @param ascii of ASCII characters only */
  is(node: Node, ascii: string): boolean {
    return isString(this.#tape, node, ascii)
  }

  boolean(node: Node): boolean | null {
    return this.#kind(node) === Kind.true ? true : this.#kind(node) === Kind.false ? false : null
  }

  /** A number that is an integer within int64, exact; null for any other. */
  integer(node: Node): Int64 | null {
    if (!this.isNumber(node)) return null
    const number = shortInteger(this.#tape.bytes, this.#contentStart(node), this.#contentEnd(node))
    if (Number.isNaN(number)) return exactInteger(this.json(node))
    return number === 0 ? 0 : number // -0 is the integer 0
  }

  /** An integer that a JavaScript number holds exactly; null for any other. */
  safeInteger(node: Node): number | null {
    const integer = this.integer(node)
    return typeof integer === 'number' ? integer : null
  }

  /** A number as the nearest IEEE 754 double; null where it is beyond the largest one. */
  double(node: Node): number | null {
    const number = this.#number(node)
    return Number.isFinite(number) ? number : null
  }

  /** A string of 1–19 digits, with or without `+` before them, as an int64; null for any other. */
  digits(node: Node): Int64 | null {
    if (this.#kind(node) === Kind.string)
      return digitsIn(this.#tape.bytes, this.#contentStart(node), this.#contentEnd(node))
    const text = Buffer.from(this.string(node) ?? '')
    return digitsIn(text, 0, text.length)
  }

  /** Epoch seconds written as a number or as a string of digits; null outside 0 … 253402300799. */
  epochSeconds(node: Node): number | null {
    const seconds = this.isNumber(node) ? this.integer(node) : this.digits(node)
    return seconds !== null && seconds >= 0 && seconds <= LAST_SECOND ? Number(seconds) : null
  }

  /** The value's JSON exactly as it stands in the body: digits unrounded, escape sequences kept. */
  json(node: Node): string {
    return decodeUtf8(this.#tape.bytes, this.start(node), this.end(node))
  }

  /** `json` without a copy: the bytes of the value, a string with its quotes. */
  slice(node: Node): Utf8Slice {
    return new Utf8Slice(this.#tape.bytes, this.start(node), this.end(node))
  }

  /** Offset of the value's first byte in the body; of a string's opening quote. */
  start(node: Node): number {
    return this.isString(node) ? this.#contentStart(node) - 1 : this.#contentStart(node)
  }

  /** Offset after the value's last byte; of a string after its closing quote. */
  end(node: Node): number {
    return this.isString(node) ? this.#contentEnd(node) + 1 : this.#contentEnd(node)
  }

  /** A number as `JSON.parse` gives it; NaN for any other value. */
  #number(node: Node): number {
    if (!this.isNumber(node)) return Number.NaN
    const number = shortInteger(this.#tape.bytes, this.#contentStart(node), this.#contentEnd(node))
    return Number.isNaN(number) ? Number(this.json(node)) : number
  }

  #kind(node: Node): number {
    return this.#tape.nodes[node] as number
  }

  /** Offsets of the value, of a string without its quotes. */
  #contentStart(node: Node): number {
    return this.#tape.nodes[node + 1] as number
  }

  #contentEnd(node: Node): number {
    return this.#tape.nodes[node + 2] as number
  }

  /** The node after this one and everything in it. */
  #nextSibling(node: Node): Node {
    return this.#tape.nodes[node + 3] as number
  }
}

const KINDS = {
  [Kind.absent]: 'nothing',
  [Kind.null]: 'null',
  [Kind.false]: 'a boolean',
  [Kind.true]: 'a boolean',
  [Kind.number]: 'a number',
  [Kind.string]: 'a string',
  [Kind.escapedString]: 'a string',
  [Kind.array]: 'an array',
  [Kind.object]: 'an object',
} as Readonly<Record<number, string>>

/** Reads an integer of up to 15 digits, which a double holds exactly. @returns NaN for any other number */
function shortInteger(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start
  if (end > first + 15) return Number.NaN
  let number = 0
  for (let i = first; i < end; i++) {
    const byte = bytes[i] as number
    if (byte < ZERO || byte > NINE) return Number.NaN
    number = number * 10 + (byte - ZERO)
  }
  return first === start ? number : -number
}

const INT64_MAX = 2n ** 63n - 1n

/** The last second of the year 9999: neither Athena nor DuckDB converts a later one to a timestamp. */
const LAST_SECOND = 253402300799

/** The integer that a JSON number stands for, also where it has a fraction of zeros or an exponent; null for any other. */
function exactInteger(text: string): Int64 | null {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = withoutTrailingZeros(digits)
  if (significant === '') return 0
  const zeros = digits.length - significant.length + Number(exponent) - fraction.length
  if (zeros < 0 || significant.length + zeros > 19) return null
  const exact = BigInt(sign + significant + '0'.repeat(zeros))
  if (exact > INT64_MAX || exact < -INT64_MAX - 1n) return null
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
}

/** Without a regular expression: `/0+$/` takes quadratic time, and a number may have millions of digits. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return digits.slice(0, end)
}

const [PLUS, MINUS, ZERO, NINE] = [0x2b, 0x2d, 0x30, 0x39]

/** Reads 1–19 digits, with or without `+` before them. @returns null for other text and beyond int64 */
function digitsIn(bytes: Uint8Array, start: number, end: number): Int64 | null {
  const first = bytes[start] === PLUS ? start + 1 : start
  if (end === first || end > first + 19) return null
  let number = 0
  for (let i = first; i < end; i++) {
    const byte = bytes[i] as number
    if (byte < ZERO || byte > NINE) return null
    number = number * 10 + (byte - ZERO)
  }
  if (Number.isSafeInteger(number)) return number
  const exact = BigInt(decodeUtf8(bytes, first, end))
  return exact <= INT64_MAX ? exact : null
}

/** A JSON document and the node of its outermost value. */
export interface JsonDocument {
  readonly json: Json
  readonly root: Node
}

/** Parses a body, with or without a byte order mark. @returns null if it is not UTF-8 or not JSON */
export function parseJson(body: Uint8Array): JsonDocument | null {
  const tape = isUtf8(body) ? parseTape(body, startsWithMark(body) ? BYTE_ORDER_MARK.length : 0) : null
  return tape && { json: new Json(tape), root: ROOT }
}

/** A body as a JSON object, or the reason why it is none. */
export type Parsed = JsonDocument | { readonly reject: Reject }

/** Parses a body. Never throws, whatever its bytes. */
export function parseObject(body: Uint8Array): Parsed {
  const document = parseJson(body)
  if (!document) {
    if (!isUtf8(body))
      return { reject: { reason: 'not_utf8', detail: 'the body is not UTF-8', payload: payloadOf(body), start: 0 } }
    const detail = body.length === 0 ? 'the body is empty' : 'the body is not JSON'
    return { reject: { reason: 'not_json', detail, payload: payloadOf(body), start: 0 } }
  }
  const { json, root } = document
  if (json.isObject(root)) return document
  const detail = `the body is ${json.kind(root)}, not an object`
  return { reject: { reason: 'not_object', detail, payload: payloadOf(body), start: 0 } }
}

/** A body as the quarantine stores it: unchanged, or in base64 if it is not UTF-8. */
export const payloadOf = (body: Uint8Array) =>
  isUtf8(body) ? decodeUtf8(body, 0, body.length) : Buffer.from(body).toString('base64')

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

const startsWithMark = (body: Uint8Array) => BYTE_ORDER_MARK.every((byte, i) => body[i] === byte)
