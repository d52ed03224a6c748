import type { ErasureRules } from '../erasure.ts'
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
  ids: 'a user id',
  columns: ['user_id', 'chat_id'],
  frame: ['{"message":', '}'],
  parse(person) {
    if (!/^[1-9]\d{0,15}$/.test(person)) throw new RangeError('not a Telegram user id: it is a number, as 123456789')
    return person
  },
  spellings: id => [id],
  find(tree, ids) {
    const { json } = tree
    const cuts = new Map<Node, Cut>()
    for (const node of tree.nodes) {
      if (!json.isNumber(node) || !isPersonId(tree, node) || !ids.has(json.json(node))) continue
      for (const cut of nodesToCut(tree, node)) cuts.set(cut, { node: cut })
    }
    return { cuts: [...cuts.values()], linked: [] }
  },
}

/** Whether a number is the id of a user or of a private chat. Messages, stories and tasks have an `id` as well. */
function isPersonId(tree: JsonTree, node: Node): boolean {
  const name = tree.name(tree.isElement(node) ? tree.parent(node) : node) ?? ''
  if (name !== 'id') return /(^|_)(user_ids?|chat_id)$/.test(name)
  return ['first_name', 'is_bot', 'type'].some(member => has(tree, tree.parent(node), member))
}

const has = ({ json }: JsonTree, object: Node, name: string) => json.at(object, name) !== NOWHERE

/** Members of an answered or pinned message that stay: they say only which message it was. */
const REFERENCE = new Set(['message_id', 'chat', 'date'])

/** What to cut because of a person's id in it. @see https://core.telegram.org/bots/api#message */
function nodesToCut(tree: JsonTree, id: Node): Node[] {
  const user = tree.parent(id)
  const owner = tree.parent(user)
  if (owner === NOWHERE || tree.isElement(id)) return [id]
  const role = tree.name(user) ?? ''
  const holder = tree.parent(owner)

  // The sender, user or private chat of the update: all of the update is theirs.
  const isOfUpdate = holder !== NOWHERE && (tree.parent(holder) === NOWHERE || has(tree, holder, 'update_id'))
  if (isOfUpdate && ['from', 'user', 'chat'].includes(role)) return [owner]
  // A message of theirs inside the message of another person.
  if (['from', 'chat'].includes(role) && has(tree, owner, 'message_id')) {
    const content = tree.children(owner).filter(child => child === user || !REFERENCE.has(tree.name(child) ?? ''))
    return [...content, ...quoteOf(tree, owner)]
  }
  // The author of a message that is forwarded, or answered in another chat.
  if (role === 'sender_user')
    return tree.name(holder) === 'external_reply' ? [holder, ...quoteOf(tree, holder)] : [owner]
  return [user]
}

/** The quote that belongs to an answered message. */
function quoteOf(tree: JsonTree, answered: Node): Node[] {
  const quote = tree.name(answered) === 'pinned_message' ? NOWHERE : tree.json.at(tree.parent(answered), 'quote')
  return quote === NOWHERE ? [] : [quote]
}
