import type { ErasureRules, Ids } from '../erasure.ts'
import { type Cut, isElement, member, type Node, nodesOf } from '../json-tree.ts'

/** A business-scoped user id: a country and up to 128 letters and digits; a parent's has `ENT.` between. */
const USER_ID = /^[A-Z]{2}\.[A-Za-z0-9.]{1,140}$/

/**
 * Whose WhatsApp data is whose. A message is its author's (and an echo its recipient's), with the contact, the
 * statuses and the calls of theirs; of what others wrote, a shared card, a participant of a group, or the author that a reply names.
 * Not cut: what others say of them in words, and ids of messages, which others' rows refer to.
 */
export const erasure: ErasureRules = {
  columns: ['number', 'user_id'],
  frame: ['{"messages":[', ']}'],
  parse(person) {
    const id = normal(person)
    if (!/^\d{5,15}$/.test(id) && !USER_ID.test(id)) {
      throw new RangeError('not a phone number with its country code, as +5511987654321, nor a user id, as BR.1a2b3c')
    }
    return id
  },
  spellings: id => [id, ...brazilian(id)],
  find(root, text, ids) {
    const nodes = [...nodesOf(root)]
    const value = (node: Node | undefined) => (node ? scalar(node, text) : undefined)
    const all = closure(
      ids,
      nodes.flatMap(node => samePerson(node, value)),
    )
    const cuts = new Map<Node, Cut>()
    for (const node of nodes) {
      const id = isKey(node) ? value(node) : undefined
      if (id === undefined || !all.has(id)) continue
      const cut = unit(node)
      cuts.set(cut.node, cut)
    }
    return { cuts: [...cuts.values()], linked: [...all].filter(id => !ids.has(id)) }
  },
}

/** A phone number as bare digits, however it is written; anything else as it is. */
const normal = (value: string) => (/^\+?[\d\s().-]+$/.test(value) ? value.replace(/\D/g, '') : value)

/** Brazilian mobile numbers, whose eight digits start with 6 to 9, occur with and without a ninth before them. */
function brazilian(id: string): string[] {
  const [, area, ninth, eight] = /^55(\d\d)(9?)([6-9]\d{7})$/.exec(id) ?? []
  return eight === undefined ? [] : [`55${area}${ninth ? '' : '9'}${eight}`]
}

function scalar(node: Node, text: string): string | undefined {
  if (node.kind === 'string') return normal(JSON.parse(text.slice(node.start, node.end)))
  return node.kind === 'other' ? text.slice(node.start, node.end) : undefined
}

/** Names whose values are a person's id. Others hold what people wrote, times, ids of messages and of businesses. */
const KEY =
  /^(id|from|to|phone|phone_number|customer|participant|author|sender|recipient|previous|current)$|(^|_)(wa_id|(user|recipient|participant|sender)_id)$/

const isKey = (node: Node) => KEY.test(String(isElement(node) ? (node.parent?.key ?? '') : node.key))

/** Names of one object that are the same person's. */
const ROLES = [
  ['from', 'from_user_id', 'from_parent_user_id'],
  ['to', 'to_user_id', 'to_parent_user_id'],
  ['wa_id', 'user_id', 'parent_user_id'],
  ['recipient_id', 'recipient_user_id', 'recipient_parent_user_id'],
  ['recipient_participant_id', 'recipient_participant_user_id'],
  ['previous', 'current'],
] as const

const AUTHOR = ROLES[0]
const CONTACT = ROLES[2]

/** Groups of ids that an object says are one person's. */
function samePerson(node: Node, value: (node: Node | undefined) => string | undefined): string[][] {
  if (node.kind !== 'object') return []
  const idsAt = (object: Node | undefined, names: readonly string[]) =>
    names.map(name => value(object && member(object, name))).filter(id => id !== undefined)
  const groups = ROLES.map(names => idsAt(node, names))

  const system = member(node, 'system') // a number or a user id was changed: the author has a new one
  if (system) groups.push([...idsAt(node, AUTHOR), ...idsAt(system, CONTACT)])

  // A value's only contact is the author of its messages, however the two numbers are written.
  const contacts = member(node, 'contacts')?.children ?? []
  const authors = (member(node, 'messages')?.children ?? []).map(message => idsAt(message, AUTHOR))
  if (contacts.length === 1 && new Set(authors.map(([first]) => first)).size === 1) {
    groups.push([...idsAt(contacts[0], CONTACT), ...authors.flat()])
  }
  return groups.filter(group => group.length > 1)
}

/** The ids, and all those that groups tie to them. */
function closure(ids: Ids, groups: readonly (readonly string[])[]): Set<string> {
  const all = new Set(ids)
  for (let size = -1; size !== all.size; ) {
    size = all.size
    for (const group of groups) {
      if (!group.some(id => all.has(id))) continue
      for (const id of group) for (const spelling of erasure.spellings(id)) all.add(spelling)
    }
  }
  return all
}

/** Members that are the person, or something of theirs, as a whole. */
const WHOLE = new Set(['messages', 'statuses', 'contact', 'user_id'])

/** What goes with an id: the nearest element of a list, or where something else's list it is in, the id alone. */
function unit(id: Node): Cut {
  const { parent: object } = id
  if (!object || isElement(id)) return { node: id }
  if (object.parent?.key === 'phones' && object.parent.parent) return { node: object.parent.parent } // a shared card
  if (isElement(object)) {
    // Its place is kept: a value's only contact counts as everybody's, so one must not become the only one.
    return object.parent?.key === 'contacts' ? { node: object, instead: '{}' } : { node: object }
  }
  if (!WHOLE.has(String(object.key))) return { node: id }
  return { node: object.parent && isElement(object.parent) ? object.parent : object }
}
