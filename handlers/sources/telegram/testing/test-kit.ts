import { isObject } from '../../testing/mutations.ts'
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
    return row.message_id === null || Number(row.message_id) === 0
      ? joined(row, 'chat_id', 'update_id', 'payload')
      : joined(row, 'chat_id', 'message_id', 'date', 'business_connection_id')
  },
  expectedAnswer(parsed) {
    if (!isObject(parsed)) return { status: 400, isStored: false }
    const kept = telegram.sample.settings.TELEGRAM_CHAT_ID?.split(',').map(Number)
    return { status: 200, isStored: chatsOf(parsed).some(chat => kept?.includes(chat)) }
  },
  trafficShare: 1,
  traffic,
}

/** The ids of the chats that an update is about. */
function chatsOf(update: Readonly<Record<string, unknown>>): number[] {
  return Object.entries(update).flatMap(([kind, content]) => {
    const holder = kind === 'callback_query' && isObject(content) ? content.message : content
    const chat = kind !== 'guest_message' && isObject(holder) ? holder.chat : undefined
    return isObject(chat) && typeof chat.id === 'number' ? [chat.id] : []
  })
}
