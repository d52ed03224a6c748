import type { Source } from '../../source.ts'
import { columns } from './columns.ts'
import { erasure } from './erasure.ts'
import { parse } from './rows.ts'
import { sample } from './sample.ts'
import { translations } from './translations.ts'
import { webhook } from './webhook.ts'

/**
 * Pager, an invented platform. It has what the registered ones lack: a handshake by POST, a signature over a time, and
 * an answer time of its own. docs/add-a-platform.md walks through this folder.
 */
export const pager: Source<'pager'> = {
  name: 'pager',
  columns,
  id: 'page_id',
  webhook,
  erasure,
  translations,
  sample,
  parse,
}
