import { at, type Expected, ExpectedCollector, hashedId, objectOf, secondsOf, textAt } from '../../reference.ts'

/** What the data contract makes of a body of Pager. */
export function expectedOf(body: Uint8Array): Expected {
  const collector = new ExpectedCollector()
  const root = objectOf(body, collector)
  const list = at(root, 'pages')
  if (list && list.kind !== 'array') collector.quarantine('not_array', list)
  for (const page of list?.items ?? []) {
    if (page.kind !== 'object') collector.quarantine('not_object', page)
    else if (!textAt(page, 'id')) collector.quarantine('missing_id', page)
    else
      collector.row('pager', page, {
        page_id: textAt(page, 'id'),
        team: textAt(root, 'team'),
        type: textAt(page, 'type'),
        person: textAt(page, 'from'),
        name: textAt(page, 'name'),
        text: textAt(page, 'text'),
        date: secondsOf(at(page, 'sent_at')),
        payload: page.json,
      })
  }
  if (root && collector.items === 0) {
    const none = { event: null, date: null, person: null, chat: null, message_id: null, text: null }
    collector.row('events', root, { kind: 'empty', id: hashedId(root, undefined), payload: root.json, ...none })
  }
  return collector.expected()
}
