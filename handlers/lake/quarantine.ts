import type { Columns } from './columns.ts'

/** The table `quarantine`: a row for each message, or whole body, that could not become a row of its own table. */
export const columns = {
  raw_key: 'string',
  reason: 'string',
  detail: 'string',
  payload: 'string',
  received_at: 'bigint',
} as const satisfies Columns

/** Why something was quarantined: the values of the column `reason`. */
export type Reason =
  /** The body is not UTF-8; its payload is base64. */
  | 'not_utf8'
  /** The body is not JSON. */
  | 'not_json'
  /** The body, or one message in it, is not a JSON object. */
  | 'not_object'
  /** The list of messages is not an array. */
  | 'not_array'
  /** The message has no id. */
  | 'missing_id'
  /** The Telegram message has no chat. */
  | 'missing_chat'
  /** Parsing threw an error, which is a bug. */
  | 'unreadable'
