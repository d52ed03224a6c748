import type { ErasureRules } from '../../erasure.ts'
import type { Node } from '../../json.ts'

/** A page belongs to the person who sent it. */
export const erasure: ErasureRules = {
  ids: 'a user id (u-…)',
  parse(person) {
    if (!/^u-\d+$/.test(person)) throw new RangeError('not a Pager user id, such as u-17')
    return person
  },
  spellings: id => [id],
  find(tree, ids) {
    const isSender = (node: Node) => tree.name(node) === 'from' && ids.has(tree.json.string(node) ?? '')
    return tree.nodes.filter(isSender).map(sender => ({ node: tree.parent(sender) }))
  },
  tables: {
    pager: { columns: ['person'], frames: ({ team }) => [[`{"team":${JSON.stringify(team ?? null)},"pages":[`, ']}']] },
    events: { columns: ['person'], frames: () => [['', '']] },
    quarantine: {
      columns: [],
      frames: () => [
        ['{"pages":[', ']}'],
        ['', ''],
      ],
    },
  },
}
