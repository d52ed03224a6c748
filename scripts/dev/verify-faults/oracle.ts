import { isDeepStrictEqual } from 'node:util'
import type { Body, Message } from '../../../handlers/sources/testing/traffic.ts'

/*
 * What the lake must contain. It follows from the bodies that were sent and from the raw objects' LastModified.
 */

/** A guarantee that does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** @throws Violation unless the condition holds */
export function must(holds: unknown, violation: string): asserts holds {
  if (!holds) throw new Violation(violation)
}

export interface RawObject {
  readonly key: string
  readonly body: Body
  readonly lastModified: number
}

/** What a transform must make of one day of a source. */
export interface ExpectedDay {
  /** What the run returns. */
  readonly stats: Readonly<Record<string, unknown>>
  readonly rows: readonly { readonly message: Message; readonly rawKey: string }[]
  /** The raw key of each row in quarantine. */
  readonly quarantined: readonly string[]
}

/** The expected days of a source, the oldest first, from its raw objects by day. */
export function expectedDays(
  source: string,
  objectsByDay: ReadonlyMap<string, readonly RawObject[]>,
): Map<string, ExpectedDay> {
  const seen = new Set<string>()
  const days = new Map<string, ExpectedDay>()
  for (const date of [...objectsByDay.keys()].sort()) {
    const objects = [...(objectsByDay.get(date) ?? [])]
    objects.sort((a, b) => a.lastModified - b.lastModified || (a.key < b.key ? -1 : 1))
    const rows: { message: Message; rawKey: string }[] = []
    const quarantined: string[] = []
    let [messages, ignored] = [0, 0]
    for (const { key, body } of objects) {
      messages += body.messages.length + body.quarantined
      ignored += body.ignored
      for (let i = 0; i < body.quarantined; i++) quarantined.push(key)
      for (const message of body.messages) {
        if (!seen.has(message.id)) rows.push({ message, rawKey: key })
        seen.add(message.id)
      }
    }
    const stats = {
      ...{ source, date, key: rows.length ? `${source}/context_date=${date}/${source}.parquet` : null },
      ...{ objects: objects.length, messages, rows: rows.length, quarantined: quarantined.length, ignored },
      duplicates: messages - rows.length - quarantined.length,
    }
    days.set(date, { stats, rows, quarantined })
  }
  return days
}

/** Whether a row is the message's. `received_at` is not compared: it depends on the attempt that was stored. */
export function isRowOf(message: Message, { received_at: _, ...row }: Readonly<Record<string, unknown>>): boolean {
  return isDeepStrictEqual({ ...row }, { ...message.row })
}
