import { randomOf } from '../../../handlers/sources/testing/random.ts'
import { WORDS } from './deliveries.ts'

/*
 * Telegram updates in the Bot API's format, generated from a seed: the same seed gives the same bytes on every machine.
 */

/**
 * Generates `count` updates: mostly messages of people in groups and in chats of a business account, with the answers
 * of the business, reactions, edits, and members who join and leave.
 * @param start epoch seconds of the day's beginning, over which the updates are spread
 */
export function* updates(count: number, seed: number, start: number): Generator<Buffer> {
  const { next: random, pick: oneOf } = randomOf('updates', seed)
  const words = () => Array.from({ length: 2 + random() * 14 }, () => oneOf(WORDS)).join(' ')
  const person = () => {
    const id = 52_000_000 + Math.floor(random() * 4000)
    return { id, is_bot: false, first_name: `${oneOf(NAMES)} ${id % 1000}`, ...(id % 3 && { username: `user_${id}` }) }
  }
  const content = () => {
    const kind = random()
    if (kind < 0.82) return { text: words() }
    const file_id = `file${Math.floor(random() * 1e12)}`
    if (kind < 0.92) return { photo: [{ file_id, file_unique_id: file_id, width: 90, height: 90 }], caption: words() }
    if (kind < 0.97) return { voice: { file_id, file_unique_id: file_id, duration: 7 } }
    return { sticker: { file_id, file_unique_id: file_id, type: 'regular', width: 512, height: 512, emoji: '😀' } }
  }
  const of = (i: number): Readonly<Record<string, unknown>> => {
    const message_id = (Math.floor(start / 86_400) % 1000) * 100_000 + i
    const date = start + Math.floor((i / count) * 86_400)
    const [chat, from, kind] = [oneOf(GROUPS), person(), random()]
    if (kind < 0.02) return { chat_member: { chat, from, date, ...membership(from, random() < 0.6) } }
    if (kind < 0.05) {
      const new_reaction = [{ type: 'emoji', emoji: oneOf(['👍', '❤', '😂']) }]
      return {
        message_reaction: { chat, user: from, date, message_id: message_id - 5, old_reaction: [], new_reaction },
      }
    }
    if (kind < 0.07)
      return {
        edited_message: { message_id: message_id - 3, from, chat, date: date - 60, edit_date: date, text: words() },
      }
    if (kind < 0.2) {
      const customer = { id: from.id, type: 'private', first_name: from.first_name }
      const author = random() < 0.45 ? { id: OWNER, is_bot: false, first_name: 'Loja' } : from
      const business_connection_id = 'connection-1'
      return {
        business_message: { message_id, business_connection_id, from: author, chat: customer, date, ...content() },
      }
    }
    const reply = random() < 0.15 && {
      reply_to_message: { message_id: message_id - 4, chat, date: date - 90, text: 'oi' },
    }
    return { message: { message_id, from, chat, date, ...(reply || {}), ...content() } }
  }
  for (let i = 0; i < count; i++) {
    const update_id = (Math.floor(start / 86_400) % 1000) * 100_000 + i
    yield Buffer.from(JSON.stringify({ update_id, ...of(i) }))
  }
}

const membership = (user: object, hasJoined: boolean) => ({
  old_chat_member: { user, status: hasJoined ? 'left' : 'member' },
  new_chat_member: { user, status: hasJoined ? 'member' : 'left' },
})

/** The user id of the business account's owner. */
const OWNER = 7_000_001

const GROUPS = [
  { id: -1001987654321, type: 'supergroup', title: 'Clientes' },
  { id: -1001987654322, type: 'supergroup', title: 'Entregas' },
  { id: -1001987654323, type: 'supergroup', title: 'Promoções' },
]

const NAMES = ['Ana', 'João', 'Conceição', 'José', 'Marília', 'Zoë', '李娜', 'Ahmed', 'Renée', 'Müller']
