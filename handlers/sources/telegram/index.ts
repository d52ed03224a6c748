import { events } from '../events.ts'
import type { Source } from '../source.ts'
import { erasure } from './erasure.ts'
import { messages, parse } from './rows.ts'
import { sample } from './sample.ts'
import { translations } from './translations.ts'
import { webhook } from './webhook.ts'

/** Telegram Bot API. */
export const telegram: Source<'telegram'> = {
  name: 'telegram',
  tables: [messages, events],
  webhook,
  erasure,
  translations,
  sample,
  parse,
}
