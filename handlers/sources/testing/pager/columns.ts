import type { Columns } from '../../../lake/columns.ts'

/** The table `pager`: one row a page. */
export const columns = {
  page_id: 'string',
  team: 'string',
  type: 'string',
  person: 'string',
  name: 'string',
  text: 'string',
  date: 'bigint',
  received_at: 'bigint',
} as const satisfies Columns
