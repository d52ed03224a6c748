import type { Columns } from './columns.ts'

/** The table `quarantine`: one row for each message, or whole body, that could not become a row. */
export const columns = {
  raw_key: 'string',
  reason: 'string',
  detail: 'string',
  payload: 'string',
  received_at: 'bigint',
} as const satisfies Columns

/** Why something was quarantined; the closed list of the column `reason`. */
export type Reason =
  /** The body is not UTF-8; its payload is base64. */
  | 'not_utf8'
  /** The body is not JSON. */
  | 'not_json'
  /** The body, or one message in it, is not a JSON object. */
  | 'not_object'
  /** What should hold messages is not an array. */
  | 'not_array'
  /** A message without the id that tells it from every other. */
  | 'missing_id'
  /** A Telegram message without its chat. */
  | 'missing_chat'
  /** Reading it failed in a way nobody foresaw. */
  | 'unreadable'
