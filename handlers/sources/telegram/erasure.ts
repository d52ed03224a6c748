import { type ErasureRules, type Frame, isSameUsername } from '../erasure.ts'
import { NOWHERE, type Node } from '../json.ts'
import type { Cut, JsonTree } from '../json-cuts.ts'

/**
 * Which Telegram data belongs to a person:
 * - an update that they caused, and everything in their private chat
 * - in a message of another person, their message that it answers or pins, and the quote of it; the message id stays,
 *   because rows of others refer to it
 * - their name and id where they are the author of a forwarded message, mentioned, a member or a shared contact
 *
 * What others write about them in text is not cut.
 */
export const erasure: ErasureRules = {
  ids: 'a user id, or an @username',
  parse(person) {
    if (!/^[1-9]\d{0,15}$/.test(person)) throw new RangeError('not a Telegram user id: it is a number, as 123456789')
    return person
  },
  spellings: id => [id],
  find(tree, ids) {
    const { json } = tree
    const cuts = new Map<Node, Cut>()
    for (const node of tree.nodes) {
      const id = json.isNumber(node) ? json.json(node) : (json.string(node) ?? '')
      if (!ids.has(id) || !isPersonId(tree, node)) continue
      for (const cut of cutsFor(tree, node)) cuts.set(cut.node, cut)
    }
    return [...cuts.values()]
  },
  usernames: {
    // of users and private chats; that of a group or channel is nobody's
    holders: (tree, username) =>
      tree.nodes.flatMap(node => {
        if (tree.name(node) !== 'username' || !isSameUsername(tree.json.string(node) ?? '', username)) return []
        const id = tree.json.at(tree.parent(node), 'id')
        return id !== NOWHERE && isUserOrPrivateChat(tree, tree.parent(node)) ? [tree.json.json(id)] : []
      }),
    columns: { telegram: 'user_username' },
  },
  tables: {
    telegram: {
      columns: ['user_id', 'chat_id', 'person'],
      frames: row => [updateOf(row.kind ?? 'message', row.update_id)],
    },
    // The person of an event may be one of several: a membership has the member and who changed it.
    events: { columns: ['chat'], frames: ({ kind }) => [kind === 'empty' ? ['', ''] : updateOf(kind, 0)] },
    quarantine: {
      columns: [],
      frames: () => [['{"message":', '}'], updateOf('message', 0), updateOf('poll', 0), ['', '']],
    },
  },
}

const updateOf = (kind: unknown, id: unknown): Frame => [
  `{"update_id":${id ?? 0},${JSON.stringify(String(kind))}:`,
  '}',
]

/** Whether a value is the id of a user or of a private chat. Messages, stories and tasks have an `id` as well. */
function isPersonId(tree: JsonTree, node: Node): boolean {
  const name = tree.name(tree.isElement(node) ? tree.parent(node) : node) ?? ''
  if (name !== 'id') return /(^|_)(user_ids?|chat_id)$/.test(name)
  return ['first_name', 'is_bot', 'type'].some(member => has(tree, tree.parent(node), member))
}

const isUserOrPrivateChat = (tree: JsonTree, object: Node) =>
  has(tree, object, 'is_bot') || tree.json.string(tree.json.at(object, 'type')) === 'private'

const has = ({ json }: JsonTree, object: Node, name: string) => json.at(object, name) !== NOWHERE

/** Members of an answered or pinned message that stay: they say only which message it was. */
const REFERENCE = new Set(['message_id', 'message_thread_id', 'chat', 'date'])

/** What to cut because of a person's id in it. @see https://core.telegram.org/bots/api#message */
function cutsFor(tree: JsonTree, id: Node): Cut[] {
  const user = tree.parent(id)
  const owner = tree.parent(user)
  if (owner === NOWHERE || tree.isElement(id)) return [{ node: id }]
  const role = tree.name(user) ?? ''
  if (role === 'sender_business_bot') return [] // a bot; without it the message would count as the customer's
  const holder = tree.parent(owner)

  const isOfUpdate = holder !== NOWHERE && (tree.parent(holder) === NOWHERE || has(tree, holder, 'update_id'))
  if (isOfUpdate) {
    // The sender, user or private chat of the update: all of the update is theirs.
    if (['from', 'user', 'chat'].includes(role)) return [{ node: owner }]
    // Whom another person removed, shared or quoted: the member says what kind of message it is.
    return [{ node: user, replacement: '{}' }]
  }
  // A message of theirs inside the message of another person.
  if (['from', 'chat'].includes(role) && has(tree, owner, 'message_id'))
    return [...contentOf(tree, owner, user), ...quoteOf(tree, owner)]
  // The author of a message that is answered in another chat.
  if (role === 'sender_user' && tree.name(holder) === 'external_reply')
    return [{ node: holder }, ...quoteOf(tree, holder)]
  return [{ node: user }]
}

/** All of a message but which one it was. A reply to the opening of a forum topic stays one. */
const contentOf = (tree: JsonTree, message: Node, user: Node): Cut[] =>
  tree.children(message).flatMap((node): Cut[] => {
    const name = tree.name(node) ?? ''
    if (node !== user && REFERENCE.has(name)) return []
    return [name === 'forum_topic_created' ? { node, replacement: '{}' } : { node }]
  })

/** The quote that belongs to an answered message. */
function quoteOf(tree: JsonTree, answered: Node): Cut[] {
  const quote = tree.name(answered) === 'pinned_message' ? NOWHERE : tree.json.at(tree.parent(answered), 'quote')
  return quote === NOWHERE ? [] : [{ node: quote }]
}
