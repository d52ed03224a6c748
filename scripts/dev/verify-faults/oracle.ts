import { isDeepStrictEqual } from 'node:util'
import type { Body, Message, SourceName } from './traffic.ts'

/*
 * What the lake must hold, from what was sent and from when S3 says that it was stored.
 */

/** Something that was promised did not hold. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

export function must(holds: unknown, violation: string): asserts holds {
  if (!holds) throw new Violation(violation)
}

export interface RawObject {
  readonly key: string
  readonly body: Body
  readonly lastModified: number
}

/** What one day of a source must be. */
export interface ExpectedDay {
  readonly account: Readonly<Record<string, unknown>>
  readonly rows: readonly { readonly message: Message; readonly rawKey: string }[]
  /** The raw key of each row of the quarantine. */
  readonly quarantined: readonly string[]
}

/** The days of a source in order: its raw objects by day, as they must come out of the transform. */
export function expectedDays(
  source: SourceName,
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
    const account = {
      ...{ source, date, key: rows.length ? `${source}/context_date=${date}/${source}.parquet` : null },
      ...{ objects: objects.length, messages, rows: rows.length, quarantined: quarantined.length, ignored },
      duplicates: messages - rows.length - quarantined.length,
    }
    days.set(date, { account, rows, quarantined })
  }
  return days
}

export const idColumn = (source: SourceName) => (source === 'whatsapp' ? 'message_id' : 'update_id')

/** Whether two rows are equal but for `received_at`. */
export function isRowOf(message: Message, { received_at: _, ...row }: Readonly<Record<string, unknown>>): boolean {
  return isDeepStrictEqual({ ...row }, { ...message.row })
}
