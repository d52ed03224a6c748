import type { Columns } from '../../lake/columns.ts'

/** The table `whatsapp`: one row a message. The Arrow schema, the Glue table and the DDL's test derive from this. */
export const columns = {
  name: 'string',
  number: 'bigint',
  message: 'string',
  date: 'bigint',
  type: 'string',
  message_id: 'string',
  user_id: 'string',
  phone_number_id: 'string',
  reply_to: 'string',
  media_id: 'string',
  media_type: 'string',
  received_at: 'bigint',
} as const satisfies Columns
