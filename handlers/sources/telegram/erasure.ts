import type { ErasureRules } from '../erasure.ts'
import { type Cut, isElement, member, type Node, nodesOf } from '../json-tree.ts'

/**
 * Whose Telegram data is whose. An update is its author's, and so is everything in a private chat with them. Of what
 * others wrote: the message that is answered or pinned (its number stays, which others' rows refer to) with the quote
 * of it, the author of what is forwarded, mentions, members, shared contacts. Not cut: what others say of them in words.
 */
export const erasure: ErasureRules = {
  columns: ['user_id', 'chat_id'],
  frame: ['{"message":', '}'],
  parse(person) {
    if (!/^[1-9]\d{0,15}$/.test(person)) throw new RangeError('not a Telegram user id: it is a number, as 123456789')
    return person
  },
  spellings: id => [id],
  find(root, text, ids) {
    const cuts = new Map<Node, Cut>()
    for (const node of nodesOf(root)) {
      if (node.kind !== 'other' || !isPersonsKey(node) || !ids.has(text.slice(node.start, node.end))) continue
      for (const cut of units(node)) cuts.set(cut, { node: cut })
    }
    return { cuts: [...cuts.values()], linked: [] }
  },
}

/** A user's `id` or a private chat's; numbers of messages, stories and tasks are called `id` as well. */
function isPersonsKey(node: Node): boolean {
  const key = String(isElement(node) ? (node.parent?.key ?? '') : node.key)
  if (key !== 'id') return /(^|_)(user_ids?|chat_id)$/.test(key)
  return ['first_name', 'is_bot', 'type'].some(name => member(node.parent, name))
}

/** Of a message that is another's part, what may stay: which one it was. */
const REFERENCE = new Set(['message_id', 'chat', 'date'])

/** What goes with an id. @see https://core.telegram.org/bots/api#message */
function units(id: Node): Node[] {
  const user = id.parent
  const owner = user?.parent
  if (!user || !owner || isElement(id)) return [id]
  const role = String(user.key)
  const holder = owner.parent

  // from, user or (in private) chat of what the update is about: all of it is theirs
  if (holder && ['from', 'user', 'chat'].includes(role) && (holder.parent === null || member(holder, 'update_id')))
    return [owner]
  // a message of theirs inside another's
  if (['from', 'chat'].includes(role) && member(owner, 'message_id')) {
    return [...owner.children.filter(child => child === user || !REFERENCE.has(String(child.key))), ...quoteOf(owner)]
  }
  // where a message is from that is forwarded, or answered in another chat
  if (role === 'sender_user') return holder?.key === 'external_reply' ? [holder, ...quoteOf(holder)] : [owner]
  return [user]
}

/** The words that a reply quotes. */
function quoteOf(answered: Node): Node[] {
  const quote = answered.key === 'pinned_message' ? undefined : member(answered.parent, 'quote')
  return quote ? [quote] : []
}
