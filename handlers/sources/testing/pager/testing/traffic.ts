import type { Random } from '../../random.ts'
import { type Body, bodyOf, type Message, personal } from '../../traffic.ts'

/** Generates deliveries: one to three pages, some of another team, some without an id, some bodies that are not JSON. */
export function traffic(random: Random): () => Body {
  let ids = 0
  const nextMessage = (): Message => {
    const n = ids++
    const { name, text } = personal(n)
    const row = { page_id: `page-${n}`, team: 'T1001', type: 'siren', person: `u-${n % 7}`, name, text }
    return { id: row.page_id, row: { ...row, date: BigInt(1_762_650_000 + n) } }
  }
  return () => {
    const kind = random.next()
    if (kind < 0.1) return bodyOf('pager', `{"type":"pages","team":"T1001","pages":[${ids++}`, { quarantined: 1 })
    const messages = Array.from({ length: 1 + random.int(3) }, nextMessage)
    const pages: object[] = messages.map(({ row: { page_id, type, person, name, text, date } }) => {
      return { id: page_id, type, from: person, name, text, sent_at: Number(date) }
    })
    const quarantined = kind < 0.2 ? 1 : 0
    if (quarantined) pages.push({ from: 'u-1', text: personal(ids++).text })
    const isOfOtherChat = kind > 0.9
    const team = isOfOtherChat ? 'T9' : 'T1001'
    return bodyOf('pager', JSON.stringify({ type: 'pages', team, pages }), { messages, quarantined, isOfOtherChat })
  }
}
