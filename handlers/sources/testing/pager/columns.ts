import type { Columns } from '../../../lake/columns.ts'

/** The table `pager`: one row a page. */
export const pageColumns = {
  page_id: 'string',
  team: 'string',
  type: 'string',
  person: 'string',
  name: 'string',
  text: 'string',
  date: 'bigint',
  received_at: 'bigint',
  payload: 'string',
} as const satisfies Columns
