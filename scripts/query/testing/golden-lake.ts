import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEFAULT_TIME_ZONE, dayIn } from '../../../handlers/lake/calendar.ts'
import { rawKey } from '../../../handlers/lake/layout.ts'
import { sources } from '../../../handlers/sources/index.ts'
import { transformDay } from '../../../handlers/transform/transform-day.ts'
import { localLake } from '../../lib/local/lake.ts'

/*
 * The golden lake: the messages of fixtures/golden/messages.json in the platforms' webhook bodies, transformed to Parquet
 * by the real transform.
 */

export const GOLDEN = fileURLToPath(new URL('../../../fixtures/golden/', import.meta.url))

/** When a message was written and arrived. `at` is null for a message without a time. */
interface Times {
  readonly at: string | null
  /** Seconds between writing and arrival. Default: 2. */
  readonly late?: number
  /** The time of arrival, instead of `late`. */
  readonly arrives?: string
}

export interface WhatsAppMessage extends Times {
  readonly source: 'whatsapp'
  readonly id: string
  readonly from?: string
  readonly user?: string
  readonly name?: string
  readonly type: string
  readonly text?: string | null
  readonly media?: string
  readonly reply?: string | null
}

export interface TelegramMessage extends Times {
  readonly source: 'telegram'
  readonly update: number
  readonly message: number
  readonly user?: number
  readonly name?: string
  readonly bot?: boolean
  readonly chat: number
  readonly chat_type: string
  readonly thread?: number
  readonly text?: string
  readonly media?: string
  readonly reply?: number
}

/** A body without a message, and the reason of its quarantine. */
export interface BrokenBody {
  readonly source: 'whatsapp' | 'telegram'
  readonly arrives: string
  readonly body: string
  readonly reason: string
  readonly detail: string
}

export type Delivery = WhatsAppMessage | TelegramMessage | BrokenBody

export const isBroken = (delivery: Delivery): delivery is BrokenBody => 'body' in delivery

/** Epoch seconds. */
export const writtenAt = ({ at }: Times): number | null => (at === null ? null : Date.parse(at) / 1000)

/** Epoch seconds. */
export const arrivedAt = (delivery: Delivery): number =>
  delivery.arrives === undefined
    ? (writtenAt(delivery as Times) ?? 0) + ((delivery as Times).late ?? 2)
    : Date.parse(delivery.arrives) / 1000

export const goldenDeliveries = (): Delivery[] => JSON.parse(readFileSync(join(GOLDEN, 'messages.json'), 'utf8'))

/** The body that the platform posts to the webhook. */
export function bodyOf(delivery: Delivery): string {
  if (isBroken(delivery)) return delivery.body
  return delivery.source === 'whatsapp' ? whatsappBody(delivery) : telegramBody(delivery)
}

function whatsappBody({ id, from, user, name, type, text, media, reply, ...times }: WhatsAppMessage): string {
  const content = media
    ? { [type]: { mime_type: media, id: `media-${id}`, ...(text != null && { caption: text }) } }
    : type === 'reaction'
      ? { reaction: { message_id: reply, emoji: text } }
      : { text: { body: text } }
  const seconds = writtenAt(times)
  const message = {
    ...(from && { from }),
    ...(user && { from_user_id: user }),
    id,
    ...(seconds !== null && { timestamp: String(seconds) }),
    type,
    ...(reply && { context: { id: reply } }),
    ...content,
  }
  const contacts = name === undefined ? {} : { contacts: [{ profile: { name }, wa_id: from, user_id: user }] }
  const value = { messaging_product: 'whatsapp', metadata: { phone_number_id: '1' }, ...contacts, messages: [message] }
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'messages', value }] }],
  })
}

function telegramBody({ update, message, user, name, chat, chat_type, bot = false, ...rest }: TelegramMessage): string {
  const { text, media, thread, reply } = rest
  const seconds = writtenAt(rest)
  const content = {
    message_id: message,
    ...(user !== undefined && { from: { id: user, is_bot: bot, first_name: name } }),
    chat: { id: chat, type: chat_type },
    ...(seconds !== null && { date: seconds }),
    ...(thread !== undefined && { message_thread_id: thread }),
    ...(reply !== undefined && { reply_to_message: { message_id: reply } }),
    ...(media !== undefined && {
      [media]: media === 'photo' ? [{}] : {},
      ...(text !== undefined && { caption: text }),
    }),
    ...(media === undefined && (text === undefined ? { new_chat_members: [] } : { text })),
  }
  const kind = chat_type === 'channel' ? 'channel_post' : 'message'
  return `{"update_id":${update},"${kind}":${JSON.stringify(content)}}`
}

/** Writes the golden lake to a directory. */
export async function makeGoldenLake(directory: string): Promise<void> {
  const lake = localLake(directory)
  const day = dayIn(DEFAULT_TIME_ZONE)
  const deliveries = goldenDeliveries()
  for (const delivery of deliveries) {
    const body = Buffer.from(bodyOf(delivery))
    const receivedAt = arrivedAt(delivery) * 1000
    await lake.raw.putIfAbsent(rawKey(delivery.source, day(receivedAt), body), body, receivedAt)
  }
  const days = new Set(deliveries.map(delivery => day(arrivedAt(delivery) * 1000)))
  for (const source of sources) for (const date of [...days].sort()) await transformDay(source, date, lake)
}
