import { isUtf8 } from 'node:buffer'
import type { Int64 } from '../lake/columns.ts'
import { decodeUtf8, Utf8Slice } from '../lake/utf8-slice.ts'
import { isString, Kind, memberOf, NODE, ROOT, readTape, stringOf, type Tape } from './json-tape.ts'
import type { Reject } from './source.ts'

/** A value of a body: where it stands, or NOWHERE. */
export type Node = number

export { NOWHERE } from './json-tape.ts'

/**
 * A body that is JSON. Its values are read where they stand, by node: what is absent and what is of another type than is
 * asked for read alike. Valid until the next body is parsed.
 */
export class Json {
  readonly #tape: Tape

  constructor(tape: Tape) {
    this.#tape = tape
  }

  /** What a value is, in words. */
  kind(node: Node): string {
    return KINDS[this.#kind(node)] as string
  }

  /** Whether it is absent or `null`. */
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
    return this.#kind(node) === Kind.string || this.#kind(node) === Kind.escaped
  }

  /** An object's member, or a member of that; of several of a name the last, as in `JSON.parse`. */
  at(object: Node, name: string, inner?: string): Node {
    const member = memberOf(this.#tape, object, name)
    return inner === undefined ? member : memberOf(this.#tape, member, inner)
  }

  /** An object's members by name. */
  members(object: Node): Map<string, Node> {
    const members = new Map<string, Node>()
    if (!this.isObject(object)) return members
    for (let name = object + NODE; name < this.#after(object); name = this.#after(name + NODE))
      members.set(stringOf(this.#tape, name), name + NODE)
    return members
  }

  /** An array's elements. */
  elements(array: Node): Node[] {
    const elements: Node[] = []
    if (!this.isArray(array)) return elements
    for (let element = array + NODE; element < this.#after(array); element = this.#after(element))
      elements.push(element)
    return elements
  }

  /** A string in well-formed Unicode: a lone surrogate, which only escapes can write, becomes U+FFFD as in Parquet. */
  text(node: Node): Utf8Slice | string | null {
    if (this.#kind(node) === Kind.string) return new Utf8Slice(this.#tape.bytes, this.#start(node), this.#end(node))
    return this.#kind(node) === Kind.escaped ? stringOf(this.#tape, node).toWellFormed() : null
  }

  /** The same as a string of JavaScript's. */
  string(node: Node): string | null {
    return this.text(node)?.toString() ?? null
  }

  /** Whether it is this string. */
  is(node: Node, ascii: string): boolean {
    return isString(this.#tape, node, ascii)
  }

  boolean(node: Node): boolean | null {
    return this.#kind(node) === Kind.true ? true : this.#kind(node) === Kind.false ? false : null
  }

  /** An integer that `JSON.parse` would not round. */
  integer(node: Node): number | null {
    if (!this.isNumber(node)) return null
    const number = Number(this.json(node))
    return Number.isSafeInteger(number) ? number : null
  }

  /** A string of 1–19 digits, with or without `+`, as an int64. */
  digits(node: Node): Int64 | null {
    if (this.#kind(node) === Kind.string) return digitsIn(this.#tape.bytes, this.#start(node), this.#end(node))
    const text = Buffer.from(this.string(node) ?? '')
    return digitsIn(text, 0, text.length)
  }

  /** Epoch seconds, a number or a string of digits, where engines can make a time of them. */
  epochSeconds(node: Node): number | null {
    const seconds = this.isNumber(node) ? this.integer(node) : this.digits(node)
    return seconds !== null && seconds >= 0 && seconds <= LAST_SECOND ? Number(seconds) : null
  }

  /** A value's JSON exactly as it stands in the body: digits unrounded, escapes kept. */
  json(node: Node): string {
    const quote = this.isString(node) ? 1 : 0
    return decodeUtf8(this.#tape.bytes, this.#start(node) - quote, this.#end(node) + quote)
  }

  #kind(node: Node): number {
    return this.#tape.nodes[node] as number
  }

  #start(node: Node): number {
    return this.#tape.nodes[node + 1] as number
  }

  #end(node: Node): number {
    return this.#tape.nodes[node + 2] as number
  }

  /** The node behind it and all that is in it. */
  #after(node: Node): Node {
    return this.#tape.nodes[node + 3] as number
  }
}

const KINDS = {
  [Kind.nothing]: 'nothing',
  [Kind.null]: 'null',
  [Kind.false]: 'a boolean',
  [Kind.true]: 'a boolean',
  [Kind.number]: 'a number',
  [Kind.string]: 'a string',
  [Kind.escaped]: 'a string',
  [Kind.array]: 'an array',
  [Kind.object]: 'an object',
} as Readonly<Record<number, string>>

const INT64_MAX = 2n ** 63n - 1n

/** The last second of the year 9999: beyond it neither Athena nor DuckDB makes a time of a number. */
const LAST_SECOND = 253402300799

const [PLUS, ZERO, NINE] = [0x2b, 0x30, 0x39]

function digitsIn(bytes: Uint8Array, start: number, end: number): Int64 | null {
  const first = bytes[start] === PLUS ? start + 1 : start
  if (end === first || end > first + 19) return null
  let number = 0
  for (let at = first; at < end; at++) {
    const byte = bytes[at] as number
    if (byte < ZERO || byte > NINE) return null
    number = number * 10 + (byte - ZERO)
  }
  if (Number.isSafeInteger(number)) return number
  const exact = BigInt(decodeUtf8(bytes, first, end))
  return exact <= INT64_MAX ? exact : null
}

/** A body read as a JSON object, or why it is not one. */
export type Parsed = { readonly json: Json; readonly root: Node } | { readonly reject: Reject }

/** Parses a body of any bytes. Never throws. */
export function parseObject(body: Uint8Array): Parsed {
  if (!isUtf8(body))
    return { reject: { reason: 'not_utf8', detail: 'the body is not UTF-8', payload: payloadOf(body) } }
  const tape = readTape(body, startsWithMark(body) ? BYTE_ORDER_MARK.length : 0)
  if (!tape) {
    const detail = body.length === 0 ? 'the body is empty' : 'the body is not JSON'
    return { reject: { reason: 'not_json', detail, payload: payloadOf(body) } }
  }
  const json = new Json(tape)
  if (!json.isObject(ROOT)) {
    const detail = `the body is ${json.kind(ROOT)}, not an object`
    return { reject: { reason: 'not_object', detail, payload: payloadOf(body) } }
  }
  return { json, root: ROOT }
}

/** A body as the quarantine keeps it: exactly, or in base64 where it is not UTF-8. */
export const payloadOf = (body: Uint8Array) =>
  isUtf8(body) ? decodeUtf8(body, 0, body.length) : Buffer.from(body).toString('base64')

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

const startsWithMark = (body: Uint8Array) => BYTE_ORDER_MARK.every((byte, i) => body[i] === byte)
