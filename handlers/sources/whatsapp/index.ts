import { events } from '../events.ts'
import type { Source } from '../source.ts'
import { erasure } from './erasure.ts'
import { messages } from './message.ts'
import { parse } from './rows.ts'
import { sample } from './sample.ts'
import { statuses } from './status.ts'
import { translations } from './translations.ts'
import { webhook } from './webhook.ts'

/** WhatsApp Business Cloud API (Meta). */
export const whatsapp: Source<'whatsapp'> = {
  name: 'whatsapp',
  tables: [messages, statuses, events],
  webhook,
  erasure,
  translations,
  sample,
  parse,
}
