/*
 * What the reference readers of both platforms share. They say in the plainest code what the data contract says, share
 * no code with the readers that production uses, and are slow: tests and fuzzers compare the two.
 */
import { createHash } from 'node:crypto'
import { type JsonValue, readJson, utf8 } from './slow-json.ts'

/** A cell: integers are BigInts, doubles are numbers. */
export type Cell = string | bigint | number | boolean | null

/** A row: every column of its table in order, without `received_at` and `raw_key`. */
export type ReferenceRow = Readonly<Record<string, Cell>>

/** What the data contract makes of one stored body. */
export interface Expected {
  /** The rows by table, in the order of their places in the body; tables without rows are left out. */
  readonly rows: Readonly<Record<string, readonly ReferenceRow[]>>
  /** Pairs of ids of one person, each unordered pair once, in the order of their discovery. */
  readonly identities: readonly { readonly id: string; readonly same_as: string }[]
  readonly quarantined: readonly { readonly reason: string; readonly payload: string }[]
}

/** Collects what one body holds. */
export class ExpectedCollector {
  readonly #rows: { table: string; offset: number; row: ReferenceRow }[] = []
  readonly #quarantined: { reason: string; payload: string; offset: number }[] = []
  readonly #identities: { id: string; same_as: string }[] = []

  /** How many items were found: rows and quarantined ones. */
  get items(): number {
    return this.#rows.length + this.#quarantined.length
  }

  row(table: string, element: JsonValue, row: ReferenceRow): void {
    this.#rows.push({ table, offset: element.offset, row })
  }

  quarantine(reason: string, element: JsonValue): void {
    this.#quarantined.push({ reason, payload: element.json, offset: element.offset })
  }

  quarantineBody(reason: string, payload: string): void {
    this.#quarantined.push({ reason, payload, offset: 0 })
  }

  /** Says that two ids are one person's. */
  tie(id: string, same_as: string): void {
    const isKnown = this.#identities.some(
      pair => (pair.id === id && pair.same_as === same_as) || (pair.id === same_as && pair.same_as === id),
    )
    if (id !== same_as && !isKnown) this.#identities.push({ id, same_as })
  }

  expected(): Expected {
    const rows: Record<string, ReferenceRow[]> = {}
    for (const { table, row } of this.#rows.toSorted((a, b) => a.offset - b.offset)) {
      rows[table] ??= []
      rows[table].push(row)
    }
    const quarantined = this.#quarantined.toSorted((a, b) => a.offset - b.offset)
    return {
      rows,
      identities: this.#identities,
      quarantined: quarantined.map(({ reason, payload }) => ({ reason, payload })),
    }
  }
}

/** The body's JSON object; undefined after quarantining a body that is none. */
export function objectOf(body: Uint8Array, collector: ExpectedCollector): JsonValue | undefined {
  const whole = () => new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)
  try {
    utf8(body)
  } catch {
    collector.quarantineBody('not_utf8', Buffer.from(body).toString('base64'))
    return undefined
  }
  let root: JsonValue
  try {
    root = readJson(body)
  } catch {
    collector.quarantineBody('not_json', whole())
    return undefined
  }
  if (root.kind === 'object') return root
  collector.quarantineBody('not_object', whole())
  return undefined
}

/** A member of an object, or a member of its member …; undefined if it is missing or null or its parent no object. */
export function at(value: JsonValue | undefined, ...names: readonly string[]): JsonValue | undefined {
  let found = value
  for (const name of names) found = found?.members.get(name)
  return found?.kind === 'null' ? undefined : found
}

/** The text of a member that is a string, else null. */
export const textAt = (value: JsonValue | undefined, ...names: readonly string[]): string | null =>
  at(value, ...names)?.text ?? null

/** The text of a member that is a string and not empty, else null: an empty id is no id. */
export const idAt = (value: JsonValue | undefined, ...names: readonly string[]): string | null =>
  textAt(value, ...names) || null

/** A member that is `true` or `false`, else null. */
export const booleanAt = (value: JsonValue | undefined, ...names: readonly string[]): boolean | null =>
  at(value, ...names)?.boolean ?? null

/** A member that is a finite number, else null. */
export function doubleAt(value: JsonValue | undefined, ...names: readonly string[]): number | null {
  const number = at(value, ...names)?.number ?? null
  return number !== null && Number.isFinite(number) ? number : null
}

/** The integer that a JSON number stands for, else null: also null beyond int64, and with a fraction, however small. */
export function integerOf(value: JsonValue | undefined): bigint | null {
  if (value?.kind !== 'number') return null
  const [, sign = '', digits = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(value.json) ?? []
  const significant = trimmed(digits + fraction)
  if (significant === '') return 0n
  const zeros = (digits + fraction).replace(/^0+/, '').length - significant.length + Number(exponent) - fraction.length
  if (zeros < 0 || zeros > 18) return null
  const number = BigInt(`${sign}${significant}${'0'.repeat(zeros)}`)
  return BigInt.asIntN(64, number) === number ? number : null
}

/** Digits without the zeros at both ends. */
function trimmed(digits: string): string {
  let [start, end] = [0, digits.length]
  while (digits[start] === '0') start++
  while (end > start && digits[end - 1] === '0') end--
  return digits.slice(start, end)
}

/** The integer of a member that is a JSON number, else null. */
export const integerAt = (value: JsonValue | undefined, ...names: readonly string[]): bigint | null =>
  integerOf(at(value, ...names))

/** The number that 1–19 digits, with or without a plus sign, stand for; null if they are others or beyond int64. */
export function numberOfDigits(text: string | null): bigint | null {
  if (text === null || !/^\+?[0-9]{1,19}$/.test(text)) return null
  const number = BigInt(text.replace('+', ''))
  return number <= 2n ** 63n - 1n ? number : null
}

/** Epoch seconds 0 … 253402300799 (the year 9999) of a JSON number or of digits in a string, else null. */
export function secondsOf(value: JsonValue | undefined): bigint | null {
  const seconds = integerOf(value) ?? numberOfDigits(value?.text ?? null)
  return seconds !== null && seconds >= 0n && seconds <= 253402300799n ? seconds : null
}

/** The id of an event that the platform gives none: 32 hex digits of the SHA-256 of its JSON, and of `more` if it is there. */
export function hashedId(payload: JsonValue, more: JsonValue | undefined): string {
  const hashed = more === undefined ? payload.json : `${payload.json}\n${more.json}`
  return createHash('sha256').update(hashed).digest('hex').slice(0, 32)
}

/** A row of the table `events`. */
export interface ReferenceEvent {
  readonly kind: string
  readonly event: string | null
  readonly id: string
  readonly date: bigint | null
  readonly person: string | null
  readonly chat: string | null
  readonly message_id: string | null
  readonly text: string | null
}
