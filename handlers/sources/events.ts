import { createHash } from 'node:crypto'
import type { Columns, Row } from '../lake/columns.ts'
import type { Utf8Slice } from '../lake/utf8-slice.ts'
import type { Json, Node } from './json.ts'
import type { SourceTable } from './source.ts'

/** The table `events`: one row for each thing that happened and is neither a message nor a status of one. */
export const eventColumns = {
  kind: 'string',
  event: 'string',
  id: 'string',
  date: 'bigint',
  person: 'string',
  chat: 'string',
  message_id: 'string',
  text: 'string',
  payload: 'string',
  raw_key: 'string',
  received_at: 'bigint',
} as const satisfies Columns

export type EventRow = Row<typeof eventColumns>

/** `events` is one table for all platforms; the same event has the same source, kind and id. */
export const events: SourceTable<EventRow> = {
  name: 'events',
  columns: eventColumns,
  isShared: true,
  keyColumns: ['kind', 'id'],
  writeKey({ kind, id }, key) {
    key.add(kind)
    key.add(id)
  },
}

/** The table `identities`: one row for each pair of ids that a delivery of the day ties to one person. */
export const identityColumns = {
  id: 'string',
  same_as: 'string',
  received_at: 'bigint',
} as const satisfies Columns

/**
 * The id of an event to which the platform gives none: 32 hexadecimal digits of the SHA-256 of its payload.
 * @param time a value outside the payload that tells two events of the same payload apart: `entry.time` on WhatsApp
 *   where the field keeps its time there, `update_id` on Telegram where the payload has no date of its own
 */
export function hashedId(json: Json, payload: Node, time?: Node): string {
  const hash = createHash('sha256').update(bytesOf(json.slice(payload)))
  if (time !== undefined && !json.isNothing(time)) hash.update('\n').update(bytesOf(json.slice(time)))
  return hash.digest('hex').slice(0, 32)
}

const bytesOf = ({ bytes, start, end }: Utf8Slice) => bytes.subarray(start, end)
