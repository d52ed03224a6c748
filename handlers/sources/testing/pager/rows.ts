import type { Row } from '../../../lake/columns.ts'
import { type Json, type Node, parseObject } from '../../json.ts'
import type { Reject } from '../../reject.ts'
import type { ParseResult } from '../../source.ts'
import type { columns } from './columns.ts'

type PageRow = Row<typeof columns>

/** Parses a delivery: one row for each page. */
export function parse(body: Uint8Array, receivedAt: number): ParseResult<typeof columns> {
  const parsed = parseObject(body)
  if ('reject' in parsed) return { rows: [], rejects: [parsed.reject], ignored: 0 }
  const { json, root } = parsed
  const list = json.at(root, 'pages')
  if (json.isNothing(list)) return { rows: [], rejects: [], ignored: 1 }
  if (!json.isArray(list)) {
    const detail = `pages is ${json.kind(list)}, not an array`
    return { rows: [], rejects: [{ reason: 'not_array', detail, payload: json.json(list) }], ignored: 0 }
  }
  const rows: PageRow[] = []
  const rejects: Reject[] = []
  const pages = json.elements(list)
  for (const page of pages) {
    const problem = problemOf(json, page)
    if (problem) rejects.push({ ...problem, payload: json.json(page) })
    else rows.push(toRow(json, root, page, Math.floor(receivedAt / 1000)))
  }
  return { rows, rejects, ignored: pages.length === 0 ? 1 : 0 }
}

function problemOf(json: Json, page: Node): Omit<Reject, 'payload'> | undefined {
  if (!json.isObject(page)) return { reason: 'not_object', detail: `the page is ${json.kind(page)}, not an object` }
  if (!json.string(json.at(page, 'id'))) return { reason: 'missing_id', detail: 'the page has no id' }
  return undefined
}

const toRow = (json: Json, root: Node, page: Node, received_at: number): PageRow => ({
  page_id: json.text(json.at(page, 'id')),
  team: json.text(json.at(root, 'team')),
  type: json.text(json.at(page, 'type')),
  person: json.text(json.at(page, 'from')),
  name: json.text(json.at(page, 'name')),
  text: json.text(json.at(page, 'text')),
  date: json.epochSeconds(json.at(page, 'sent_at')),
  received_at,
})
