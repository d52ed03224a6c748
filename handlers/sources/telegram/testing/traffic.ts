import type { Random } from '../../testing/random.ts'
import { type Body, bodyOf, personal } from '../../testing/traffic.ts'
import { expectedOf } from './reference.ts'

const GROUP = -1001987654321

/** Generates updates: messages, some of another chat, edits and updates that are quarantined. */
export function traffic(random: Random): () => Body {
  let ids = 0
  return () => {
    const n = ids++
    const [update_id, date, { name: first_name, text }] = [870_000_000 + n, 1_762_650_000 + n, personal(n)]
    const kind = random.next()
    const chat = { id: kind < 0.04 ? GROUP - 1 : GROUP, type: 'supergroup' }
    const message = { message_id: n, from: { id: 52_000 + n, is_bot: false, first_name }, chat, date, text }
    if (kind < 0.04)
      return bodyOf('telegram', JSON.stringify({ update_id, message }), expectedOf, { isOfOtherChat: true })
    if (kind < 0.07) return bodyOf('telegram', JSON.stringify({ message }), expectedOf)
    if (kind < 0.1) return bodyOf('telegram', JSON.stringify({ update_id, edited_message: message }), expectedOf)
    return bodyOf('telegram', JSON.stringify({ update_id, message }), expectedOf)
  }
}
