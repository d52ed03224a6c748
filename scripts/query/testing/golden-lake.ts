import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEFAULT_TIME_ZONE, dayIn } from '../../../handlers/lake/calendar.ts'
import { rawKey } from '../../../handlers/lake/layout.ts'
import { sources } from '../../../handlers/sources/index.ts'
import { transformDay } from '../../../handlers/transform/transform-day.ts'
import { localLake } from '../../lib/local/lake.ts'

/*
 * The golden lake: what fixtures/golden/messages.json lists, in the platforms' webhook bodies, transformed to Parquet
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
  /** The customer to whom the business writes: then the message is outbound, an echo. */
  readonly to?: string
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
  /** The business connection through which the message came. */
  readonly business?: string
}

/** A body without a message, and the reason of its quarantine. */
export interface BrokenBody {
  readonly source: 'whatsapp' | 'telegram'
  readonly arrives: string
  readonly body: string
  readonly reason: string
  readonly detail: string
}

/** A body that holds no new message: statuses, an edit, a deletion. */
export interface OtherBody {
  readonly source: 'whatsapp' | 'telegram'
  readonly arrives: string
  readonly json: object
}

export type Delivery = WhatsAppMessage | TelegramMessage | OtherBody | BrokenBody

export const isBroken = (delivery: Delivery): delivery is BrokenBody => 'body' in delivery
export const isOther = (delivery: Delivery): delivery is OtherBody => 'json' in delivery

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
  if (isOther(delivery)) return JSON.stringify(delivery.json)
  return delivery.source === 'whatsapp' ? whatsappBody(delivery) : telegramBody(delivery)
}

/** The number of the business in the golden lake. */
const BUSINESS = '5511900000099'

function whatsappBody(delivery: WhatsAppMessage): string {
  const { from, user, name, to } = delivery
  const message = whatsappMessage(delivery)
  const contacts = name === undefined ? {} : { contacts: [{ profile: { name }, wa_id: from ?? to, user_id: user }] }
  const value = { messaging_product: 'whatsapp', metadata: { phone_number_id: '1' }, ...contacts }
  const [field, list] = to === undefined ? ['messages', 'messages'] : ['smb_message_echoes', 'message_echoes']
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field, value: { ...value, [list]: [message] } }] }],
  })
}

/** The message in the body: the row's `payload`. */
export function whatsappMessage({ id, from, user, to, type, text, media, reply, ...times }: WhatsAppMessage): object {
  const content = media
    ? { [type]: { mime_type: media, id: `media-${id}`, ...(text != null && { caption: text }) } }
    : type === 'reaction'
      ? { reaction: { message_id: reply, emoji: text } }
      : { text: { body: text } }
  const seconds = writtenAt(times)
  return {
    ...(from && { from }),
    ...(to && { from: BUSINESS, to }),
    ...(user && { from_user_id: user }),
    id,
    ...(seconds !== null && { timestamp: String(seconds) }),
    type,
    ...(reply && { context: { id: reply } }),
    ...content,
  }
}

function telegramBody(delivery: TelegramMessage): string {
  const message = JSON.stringify(telegramMessage(delivery))
  return `{"update_id":${delivery.update},"${telegramKind(delivery)}":${message}}`
}

/** The member of the update that holds the message. */
export const telegramKind = ({ chat_type, business }: TelegramMessage): string =>
  business !== undefined ? 'business_message' : chat_type === 'channel' ? 'channel_post' : 'message'

/** The message in the update: the row's `payload`. */
export function telegramMessage({
  message,
  user,
  name,
  chat,
  chat_type,
  bot = false,
  ...rest
}: TelegramMessage): object {
  const { text, media, thread, reply, business } = rest
  const seconds = writtenAt(rest)
  return {
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
    ...(business !== undefined && { business_connection_id: business }),
  }
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
