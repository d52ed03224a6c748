import type { Row } from '../../../lake/columns.ts'
import { Collector } from '../../collector.ts'
import { hashedId } from '../../events.ts'
import { type Json, type Node, parseObject } from '../../json.ts'
import type { ParseResult, SourceTable } from '../../source.ts'
import { pageColumns } from './columns.ts'

type PageRow = Row<typeof pageColumns>

/** The table `pager`. Pager gives every page an id of its own. */
export const pages: SourceTable<PageRow> = {
  name: 'pager',
  columns: pageColumns,
  isShared: false,
  keyColumns: ['page_id'],
  writeKey: ({ page_id }, key) => key.add(page_id),
}

/** Parses a delivery: a row of `pager` for each page; a body without pages is one event. */
export function parse(body: Uint8Array, receivedAt: number): ParseResult {
  const parsed = parseObject(body)
  if ('reject' in parsed) return { rows: [], rejects: [parsed.reject], identities: [] }
  const { json, root } = parsed
  const collector = new Collector(json)
  const received_at = Math.floor(receivedAt / 1000)
  const list = json.at(root, 'pages')
  if (collector.isList(list, 'pages')) {
    for (const page of json.elements(list))
      if (isPage(json, page, collector)) collector.add('pager', page, pageRow(json, root, page, received_at))
  }
  if (collector.elements === 0) {
    const payload = json.slice(root)
    const event = { kind: 'empty', event: null, id: hashedId(json, root), date: null, person: null, chat: null }
    collector.add('events', root, { ...event, message_id: null, text: null, payload, raw_key: null, received_at })
  }
  return collector.result()
}

function isPage(json: Json, page: Node, collector: Collector): boolean {
  if (!collector.isObject(page, 'page')) return false
  if (json.string(json.at(page, 'id'))) return true
  collector.reject(page, 'missing_id', 'the page has no id')
  return false
}

const pageRow = (json: Json, root: Node, page: Node, received_at: number): PageRow => ({
  page_id: json.text(json.at(page, 'id')),
  team: json.text(json.at(root, 'team')),
  type: json.text(json.at(page, 'type')),
  person: json.text(json.at(page, 'from')),
  name: json.text(json.at(page, 'name')),
  text: json.text(json.at(page, 'text')),
  date: json.epochSeconds(json.at(page, 'sent_at')),
  received_at,
  payload: json.slice(page),
})
