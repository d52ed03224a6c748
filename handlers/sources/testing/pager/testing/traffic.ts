import type { Random } from '../../random.ts'
import { type Body, bodyOf, personal } from '../../traffic.ts'
import { expectedOf } from './reference.ts'

/** Generates deliveries: one to three pages, some of another team, some without an id, some bodies that are not JSON. */
export function traffic(random: Random): () => Body {
  let ids = 0
  const nextPage = () => {
    const n = ids++
    const { name, text } = personal(n)
    return { id: `page-${n}`, type: 'siren', from: `u-${n % 7}`, name, text, sent_at: 1_762_650_000 + n }
  }
  return () => {
    const kind = random.next()
    const pages: object[] = Array.from({ length: 1 + random.int(3) }, nextPage)
    if (kind < 0.1) return bodyOf('pager', `{"type":"pages","team":"T1001","pages":[${ids++}`, expectedOf)
    if (kind < 0.2) pages.push({ from: 'u-1', text: personal(ids).text })
    const isOfOtherChat = kind > 0.9
    const team = isOfOtherChat ? 'T9' : 'T1001'
    return bodyOf('pager', JSON.stringify({ type: 'pages', team, pages }), expectedOf, { isOfOtherChat })
  }
}
