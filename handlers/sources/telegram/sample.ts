import type { Sample } from '../sample.ts'

const GROUP = -1001987654321

/**
 * The fixtures' chats that are kept: the group, the basic group that it was before, a channel, a private chat, and a
 * basic group that becomes a supergroup whose id is not listed.
 */
const CHATS = [GROUP, -4012345678, -1001555500001, 7000000103, -4012345690]

export const sample: Sample = {
  settings: { TELEGRAM_CHAT_ID: CHATS.join(',') },
  body(n, text) {
    const message = {
      message_id: n,
      from: { id: 71_000_000 + n, is_bot: false, first_name: `Sample ${n}` },
      chat: { id: GROUP, title: 'chatlake', type: 'supergroup' },
      date: 1794226860,
      text,
    }
    return Buffer.from(JSON.stringify({ update_id: 880_000_000 + n, message }))
  },
}
