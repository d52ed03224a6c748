import type { Source } from '../source.ts'
import { columns } from './columns.ts'
import { erasure } from './erasure.ts'
import { parse } from './rows.ts'
import { sample } from './sample.ts'
import { translations } from './translations.ts'
import { webhook } from './webhook.ts'

/** Telegram Bot API. */
export const telegram: Source<'telegram'> = {
  name: 'telegram',
  columns,
  id: 'update_id',
  webhook,
  erasure,
  translations,
  sample,
  parse,
}
