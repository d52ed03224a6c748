import type { Source } from '../source.ts'
import { columns } from './columns.ts'
import { erasure } from './erasure.ts'
import { parse } from './rows.ts'
import { sample } from './sample.ts'
import { translations } from './translations.ts'
import { webhook } from './webhook.ts'

/** WhatsApp Business Cloud API (Meta). */
export const whatsapp: Source<'whatsapp'> = {
  name: 'whatsapp',
  columns,
  id: 'message_id',
  webhook,
  erasure,
  translations,
  sample,
  parse,
}
