import { isObject } from '../../testing/is-object.ts'
import type { TestKit } from '../../testing/test-kit.ts'
import { telegram } from '../index.ts'
import { traffic } from './traffic.ts'

export const testKit: TestKit = {
  source: telegram,
  messagesIn(parsed) {
    if (!isObject(parsed)) return ['quarantined']
    const message = parsed.message ?? parsed.channel_post ?? null
    if (message === null) return []
    const { update_id } = parsed
    const hasChat = isObject(message) && isObject(message.chat) && typeof message.chat.id === 'number'
    if (!hasChat || typeof update_id !== 'number') return ['quarantined']
    return [{ id: Number.isSafeInteger(update_id) ? String(BigInt(update_id)) : null }]
  },
  expectedAnswer(parsed) {
    if (!isObject(parsed)) return { status: 400, isStored: false }
    const kept = telegram.sample.settings.TELEGRAM_CHAT_ID?.split(',').map(Number)
    return { status: 200, isStored: chatsOf(parsed).some(chat => kept?.includes(chat)) }
  },
  personalColumns: ['user_first_name', 'user_id', 'text'],
  systemAccounts: ['Telegram', 777000n, 'Channel', 136817688n, 'Group', 1087968824n],
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
