import { createHash } from 'node:crypto'

/** A row as hyparquet reads it, without `received_at`. */
export type ExpectedRow = Readonly<Record<string, string | bigint | boolean | null>>

export interface Message {
  /** The value of the source's `id` column, as text. */
  readonly id: string
  readonly row: ExpectedRow
}

/** A generated body, with what the data contract makes of it. */
export interface Body {
  /** The name of the platform. */
  readonly source: string
  readonly bytes: Buffer
  readonly sha256: string
  /** In their order in the body. */
  readonly messages: readonly Message[]
  readonly ignored: number
  readonly quarantined: number
  /** Of a chat that is not configured: acknowledged, never stored. */
  readonly isOfOtherChat: boolean
}

/** @param holds what of the contract's result is not empty */
export function bodyOf(source: string, content: string | Buffer, holds: Partial<Body>): Body {
  const bytes = Buffer.from(content)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { source, bytes, sha256, messages: [], ignored: 0, quarantined: 0, isOfOtherChat: false, ...holds }
}

/** The text, name and phone number of the n-th message. */
export const personal = (n: number) => ({
  text: `palavra-${n} é @ 1/2 🍰`,
  name: `Pessoa ${n} Conceição`,
  phone: `55119${String(10_000_000 + n)}`,
})

/** Matches every text, name and phone number that `personal` gives: no log line may contain one. */
export const PERSONAL = /palavra-\d|Pessoa |\b55119\d{8}\b/
