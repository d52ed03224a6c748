import { createHash } from 'node:crypto'
import { OUR_CHAT } from '../../../handlers/ingest/testing/deliveries.ts'
import { type Random, randomOf } from './random.ts'

/*
 * Deliveries of the platforms, generated from a seed. Each message comes with the row that the contract asks for, so
 * that the tables are compared with nothing that the code under test has computed.
 */

export const SOURCES = ['whatsapp', 'telegram'] as const

export type SourceName = (typeof SOURCES)[number]

/** A row as hyparquet reads it, without `received_at`. */
export type ExpectedRow = Readonly<Record<string, string | bigint | boolean | null>>

export interface Message {
  readonly id: string
  readonly row: ExpectedRow
}

export interface Body {
  readonly source: SourceName
  readonly bytes: Buffer
  readonly sha256: string
  /** In their order in the body. */
  readonly messages: readonly Message[]
  readonly ignored: number
  readonly quarantined: number
  /** Of a chat that is not configured: acknowledged, never stored. */
  readonly isOfOtherChat: boolean
}

export interface Delivery {
  readonly body: Body
  /** When the platform first sends it, in epoch milliseconds. */
  readonly at: number
  /** Signed with a wrong secret: refused, never stored. */
  readonly isForged: boolean
  /** Sent concurrently with the delivery before it. */
  readonly isConcurrent: boolean
  /** Sent after an earlier delivery of the same body. */
  readonly isRepeat: boolean
}

/** The days of the run: few enough that each is in the look-back of every later one. */
export const DAYS = ['2026-11-09', '2026-11-10', '2026-11-11', '2026-11-12'] as const

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const FIRST_MIDNIGHT = Date.parse(`${DAYS[0]}T03:00:00Z`)
const END = FIRST_MIDNIGHT + DAYS.length * DAY

/** The day of an instant in America/Sao_Paulo, which has been three hours behind UTC since 2019. */
export const dayOf = (ms: number) => new Date(ms - 180 * MINUTE).toISOString().slice(0, 10)

/** An instant, moved to the end of the run's days where it is later. */
export const within = (ms: number) => Math.min(ms, END - 1)

/** Matches every text, name and phone number of the run: no log line may contain one. */
export const PRIVATE = /palavra-\d|Pessoa |\b55119\d{8}\b/

/** Deliveries in the order in which they are sent. */
export function trafficOf(seed: number, count: number): Delivery[] {
  const random = randomOf(seed, 'traffic')
  const nextBody = bodyGenerator(random)
  const planned: { readonly sortedBy: number; readonly group: Delivery[] }[] = []
  const sent: Body[] = []
  let deliveries = 0
  while (deliveries < count) {
    const body = nextBody()
    const at = randomInstant(random)
    const group = [delivery(body, at)]
    if (random.chance(0.06))
      group.push({ ...delivery(body, within(at + random.int(50))), isConcurrent: true, isRepeat: true })
    if (random.chance(0.01)) group.push({ ...delivery(body, at), isForged: true, isConcurrent: true })
    planned.push({ sortedBy: jittered(random, at), group })
    sent.push(body)
    deliveries += group.length
    if (!random.chance(0.15)) continue
    const repeated = random.pick(sent)
    const later = within(at + (random.chance(0.5) ? random.int(60 * MINUTE) : random.int(3 * DAY)))
    planned.push({ sortedBy: jittered(random, later), group: [{ ...delivery(repeated, later), isRepeat: true }] })
    deliveries++
  }
  return planned.sort((a, b) => a.sortedBy - b.sortedBy).flatMap(({ group }) => group)
}

const delivery = (body: Body, at: number): Delivery => ({
  body,
  at,
  isForged: false,
  isConcurrent: false,
  isRepeat: false,
})

/** A random instant of the days, often so close to midnight that a retry arrives on the next day. */
const randomInstant = (random: Random) =>
  random.chance(0.2)
    ? FIRST_MIDNIGHT + (1 + random.int(DAYS.length - 1)) * DAY - 1 - random.int(2 * MINUTE)
    : FIRST_MIDNIGHT + random.int(DAYS.length * DAY)

/** The instant that decides a delivery's place in the order: most are slightly out of order, some by a day. */
const jittered = (random: Random, at: number) =>
  at + (random.next() - 0.5) * (random.chance(0.05) ? 2 * DAY : 20 * MINUTE)

function bodyGenerator(random: Random): () => Body {
  let ids = 0
  const recent: Message[] = []

  function whatsappMessage(): { readonly message: Message; readonly json: object; readonly contact: object } {
    // Sometimes a message of an earlier body comes again, in another body.
    const again = recent.length > 0 && random.chance(0.05) ? random.pick(recent) : undefined
    const n = again ? Number(again.id.split('.')[1]) : ids++
    const [from, name, text] = [`55119${String(10_000_000 + n)}`, `Pessoa ${n} Conceição`, `palavra-${n} é @ 1/2 🍰`]
    const date = 1_762_650_000 + n
    const message = again ?? {
      id: `wamid.${n}`,
      row: {
        ...{ name, number: BigInt(from), message: text, date: BigInt(date), type: 'text', message_id: `wamid.${n}` },
        ...{ user_id: null, phone_number_id: '1065', reply_to: null, media_id: null, media_type: null },
      },
    }
    if (!again) recent[ids % 200] = message
    return {
      message,
      json: { from, id: message.id, timestamp: String(date), type: 'text', text: { body: text } },
      contact: { wa_id: from, profile: { name } },
    }
  }

  function whatsapp(): Body {
    const kind = random.next()
    if (kind < 0.03)
      return bodyOf('whatsapp', `{"object":"whatsapp_business_account","entry":[${ids++}`, { quarantined: 1 })
    if (kind < 0.04)
      return bodyOf('whatsapp', Buffer.from([0xff, 0xfe, ids & 255, (ids++ >> 8) & 255]), { quarantined: 1 })
    const written = Array.from({ length: random.chance(0.02) ? 40 : 1 + random.int(3) }, whatsappMessage)
    const messages: unknown[] = written.map(({ json }) => json)
    const quarantined = kind < 0.08 ? 2 : 0
    if (quarantined) messages.splice(random.int(messages.length + 1), 0, `palavra-${ids++}`, { from: '5511912345678' })
    const statuses = Array.from({ length: random.chance(0.2) ? 1 + random.int(3) : 0 }, () => ({
      id: `s${ids++}`,
      status: 'read',
    }))
    const contacts = written.map(({ contact }) => contact)
    const value = { metadata: { phone_number_id: '1065' }, contacts, messages, statuses }
    const json = { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] }
    return bodyOf('whatsapp', escaped(json), {
      messages: written.map(({ message }) => message),
      quarantined,
      ignored: statuses.length,
    })
  }

  function telegram(): Body {
    const n = ids++
    const [update_id, date, first_name, text] = [870_000_000 + n, 1_762_650_000 + n, `Pessoa ${n}`, `palavra-${n} ção`]
    const kind = random.next()
    const chat = { id: kind < 0.04 ? OUR_CHAT - 1 : OUR_CHAT, type: 'supergroup' }
    const message = { message_id: n, from: { id: 52_000 + n, is_bot: false, first_name }, chat, date, text }
    if (kind < 0.04) return bodyOf('telegram', JSON.stringify({ update_id, message }), { isOfOtherChat: true })
    if (kind < 0.07) return bodyOf('telegram', JSON.stringify({ message }), { quarantined: 1 })
    if (kind < 0.1) return bodyOf('telegram', JSON.stringify({ update_id, edited_message: message }), { ignored: 1 })
    const row = {
      ...{ message_id: BigInt(n), user_id: BigInt(52_000 + n), user_is_bot: false, user_first_name: first_name },
      ...{ chat_id: BigInt(OUR_CHAT), chat_type: 'supergroup', text, date: BigInt(date), update_id: BigInt(update_id) },
      ...{ reply_to: null, thread_id: null, media_type: null },
    }
    return bodyOf('telegram', JSON.stringify({ update_id, message }), { messages: [{ id: String(update_id), row }] })
  }

  return () => (random.chance(0.75) ? whatsapp() : telegram())
}

function bodyOf(source: SourceName, content: string | Buffer, holds: Partial<Body>): Body {
  const bytes = Buffer.from(content)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { source, bytes, sha256, messages: [], ignored: 0, quarantined: 0, isOfOtherChat: false, ...holds }
}

/** JSON in Meta's style: ASCII, everything else escaped. */
const escaped = (value: unknown) =>
  JSON.stringify(value).replace(/[^ -~]/g, it => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)
