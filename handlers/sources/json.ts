import { isUtf8 } from 'node:buffer'
import type { Int64 } from '../lake/columns.ts'
import type { Reject } from './source.ts'

/** A JSON object as `JSON.parse` gives it. Only ever read by names we know, so that no key of the sender's can matter. */
export type JsonObject = { readonly [key: string]: unknown }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object under `key`, or an empty one: what is absent and what is of another type read alike. */
export const objectAt = (parent: JsonObject, key: string): JsonObject => {
  const value = parent[key]
  return isObject(value) ? value : {}
}

/** A string in well-formed Unicode (a lone surrogate becomes U+FFFD, as it would in Parquet), else null. */
export const string = (value: unknown): string | null =>
  typeof value === 'string' ? (value.isWellFormed() ? value : value.toWellFormed()) : null

/** An integer that `JSON.parse` has not rounded, else null. */
export const integer = (value: unknown): number | null => (Number.isSafeInteger(value) ? Number(value) : null)

const INT64_MAX = 2n ** 63n - 1n

/** A string of 1–19 digits, with or without `+`, as an int64; null for anything else. */
export function digits(value: unknown): Int64 | null {
  if (typeof value !== 'string') return null
  const start = value.charCodeAt(0) === PLUS ? 1 : 0
  if (value.length === start || value.length > start + 19) return null
  let number = 0 // digit by digit: a regular expression costs five times as much, and each row has two of these
  for (let i = start; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code < ZERO || code > NINE) return null
    number = number * 10 + (code - ZERO)
  }
  if (Number.isSafeInteger(number)) return number
  const exact = BigInt(value.slice(start))
  return exact <= INT64_MAX ? exact : null
}

const [PLUS, ZERO, NINE] = [0x2b, 0x30, 0x39]

/** The last second of the year 9999: beyond it neither Athena nor DuckDB makes a time of a number. */
const LAST_SECOND = 253402300799

/** Epoch seconds from a number or a string of digits, null where no time can be made of it. */
export function epochSeconds(value: unknown): number | null {
  const seconds = typeof value === 'string' ? digits(value) : integer(value)
  return seconds !== null && seconds >= 0 && seconds <= LAST_SECOND ? Number(seconds) : null
}

/** A body read as a JSON object, or why it is not one. */
export type Parsed = { readonly object: JsonObject; readonly text: string } | { readonly reject: Reject }

/** Parses a body of any bytes. Never throws: V8's `JSON.parse` takes any depth without recursion. */
export function parseObject(body: Uint8Array): Parsed {
  const text = textOf(body)
  if (text === null)
    return { reject: { reason: 'not_utf8', detail: 'the body is not UTF-8', payload: payloadOf(body) } }
  let value: unknown
  try {
    value = JSON.parse(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text)
  } catch {
    // V8's own words quote the body, and differ from version to version: the day's bytes would too
    const detail = text === '' ? 'the body is empty' : 'the body is not JSON'
    return { reject: { reason: 'not_json', detail, payload: text } }
  }
  if (!isObject(value)) {
    return {
      reject: {
        reason: 'not_object',
        detail: `the body is ${kindOf(value)}, not an object`,
        payload: text,
      },
    }
  }
  return { object: value, text }
}

/** A body as text, or null where it is not UTF-8. */
const textOf = (body: Uint8Array) => (isUtf8(body) ? bufferOf(body).toString('utf8') : null)

/** A body as the quarantine keeps it: exactly, or in base64 where it is not UTF-8. */
export const payloadOf = (body: Uint8Array) => textOf(body) ?? bufferOf(body).toString('base64')

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength)

const BYTE_ORDER_MARK = 0xfeff

/** What a JSON value is, in words. */
export const kindOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'an array'
      : typeof value === 'object'
        ? 'an object'
        : `a ${typeof value}`
