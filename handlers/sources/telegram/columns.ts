import type { Columns } from '../../lake/columns.ts'

/** The table `telegram`: one row a message or channel post. The Arrow schema, the Glue table and the DDL's test derive from this. */
export const columns = {
  message_id: 'bigint',
  user_id: 'bigint',
  user_is_bot: 'boolean',
  user_first_name: 'string',
  chat_id: 'bigint',
  chat_type: 'string',
  text: 'string',
  date: 'bigint',
  update_id: 'bigint',
  reply_to: 'bigint',
  thread_id: 'bigint',
  media_type: 'string',
  received_at: 'bigint',
} as const satisfies Columns
