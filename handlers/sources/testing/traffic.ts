import { createHash } from 'node:crypto'
import type { Expected } from './reference.ts'

/** A generated body, with what the data contract makes of it. */
export interface Body {
  /** The name of the platform. */
  readonly source: string
  readonly bytes: Buffer
  readonly sha256: string
  readonly expected: Expected
  /** Of a chat that is not configured: acknowledged, never stored. */
  readonly isOfOtherChat: boolean
}

export function bodyOf(
  source: string,
  content: string | Buffer,
  expectedOf: (body: Uint8Array) => Expected,
  { isOfOtherChat = false } = {},
): Body {
  const bytes = Buffer.from(content)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { source, bytes, sha256, expected: expectedOf(bytes), isOfOtherChat }
}

/** The text, name and phone number of the n-th message. */
export const personal = (n: number) => ({
  text: `palavra-${n} é @ 1/2 🍰`,
  name: `Pessoa ${n} Conceição`,
  phone: `55119${String(10_000_000 + n)}`,
})

/** Matches every text, name and phone number that `personal` gives: no log line may contain one. */
export const PERSONAL = /palavra-\d|Pessoa |\b55119\d{8}\b/
