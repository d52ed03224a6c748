import { isObject } from '../../testing/is-object.ts'
import { eventSameness, joined } from '../../testing/sameness.ts'
import type { TestKit } from '../../testing/test-kit.ts'
import { telegram } from '../index.ts'
import { expectedOf } from './reference.ts'
import { traffic } from './traffic.ts'

export const testKit: TestKit = {
  source: telegram,
  expected: expectedOf,
  sameness(table, row) {
    if (table === 'events') return eventSameness(row)
    return row.chat_id === null || row.message_id === null || Number(row.message_id) === 0
      ? joined(row, 'chat_id', 'update_id', 'payload')
      : joined(row, 'chat_id', 'message_id', 'date', 'business_connection_id')
  },
  expectedAnswers() {
    const kept = new Set(telegram.sample.settings.TELEGRAM_CHAT_ID?.split(',').map(Number))
    return parsed => {
      if (!isObject(parsed)) return { status: 400, isStored: false }
      followMigration(parsed.message, kept)
      const chats = chatsOf(parsed)
      return { status: 200, isStored: chats.length === 0 || chats.some(({ id, isGuest }) => !isGuest && kept.has(id)) }
    }
  },
  personalColumns: ['user_first_name', 'user_last_name', 'user_username', 'user_id', 'person', 'text'],
  systemAccounts: ['Telegram', 777000n, 'Channel', 136817688n, 'Group', 1087968824n],
  trafficShare: 1,
  traffic,
}

/** The chats that an update names. With a list of chats, that of a guest message is not kept. */
function chatsOf(update: Readonly<Record<string, unknown>>): { readonly id: number; readonly isGuest: boolean }[] {
  return Object.entries(update).flatMap(([kind, content]) => {
    const holder = kind === 'callback_query' && isObject(content) ? content.message : content
    const chat = isObject(holder) ? holder.chat : undefined
    return isObject(chat) && typeof chat.id === 'number' ? [{ id: chat.id, isGuest: kind === 'guest_message' }] : []
  })
}

/** Adds the new id of a group that is kept. */
function followMigration(message: unknown, kept: Set<number>): void {
  if (!isObject(message) || !isObject(message.chat)) return
  const [chat, to, from] = [message.chat.id, message.migrate_to_chat_id, message.migrate_from_chat_id]
  if (!isGroup(chat) || chat === to || chat === from) return
  if (isGroup(from) && kept.has(from)) kept.add(chat)
  if (isGroup(to) && kept.has(chat)) kept.add(to)
}

const isGroup = (id: unknown): id is number => Number.isSafeInteger(id) && Number(id) < 0
