import type { ErasureRules, Ids } from '../erasure.ts'
import type { Json, Node } from '../json.ts'
import type { Cut, JsonTree } from '../json-cuts.ts'

/** A business-scoped user id: a country and up to 128 letters and digits; a parent's has `ENT.` after the country. */
const USER_ID = /^[A-Z]{2}\.[A-Za-z0-9.]{1,140}$/

/**
 * Which WhatsApp data belongs to a person:
 * - the messages that they wrote, or received as an echo, with their contact, statuses and calls
 * - in data of others, their shared card, their place in a group, and their id in a reply to them
 *
 * What others write about them in text is not cut, nor are message ids, because rows of others refer to them.
 */
export const erasure: ErasureRules = {
  ids: 'a phone number with its country code, or a user id (BR.…)',
  columns: ['number', 'user_id'],
  frame: ['{"messages":[', ']}'],
  parse(person) {
    const id = normalize(person)
    if (!/^\d{5,15}$/.test(id) && !USER_ID.test(id)) {
      throw new RangeError('not a phone number with its country code, as +5511987654321, nor a user id, as BR.1a2b3c')
    }
    return id
  },
  spellings: id => [id, ...brazilianSpelling(id)],
  find(tree, ids) {
    const { json, nodes } = tree
    const all = withLinkedIds(
      ids,
      nodes.flatMap(node => idsOfOnePerson(tree, node)),
    )
    const cuts = new Map<Node, Cut>()
    for (const node of nodes) {
      const id = isPersonId(tree, node) ? idAt(json, node) : undefined
      if (id === undefined || !all.has(id)) continue
      const cut = cutFor(tree, node)
      cuts.set(cut.node, cut)
    }
    return { cuts: [...cuts.values()], linked: [...all].filter(id => !ids.has(id)) }
  },
}

/** A phone number as digits, however it is written; any other text unchanged. */
const normalize = (value: string) => (/^\+?[\d\s().-]+$/.test(value) ? value.replace(/\D/g, '') : value)

/**
 * The other spelling of a Brazilian mobile number: with a 9 before its eight digits, or without. Numbers that begin
 * with 2 to 5 after the area code are landlines and have one spelling.
 */
function brazilianSpelling(id: string): string[] {
  const [, area, ninth, eight] = /^55(\d\d)(9?)([6-9]\d{7})$/.exec(id) ?? []
  return eight === undefined ? [] : [`55${area}${ninth ? '' : '9'}${eight}`]
}

/** A value as an id: a string or a number. An empty string is no id. */
function idAt(json: Json, node: Node): string | undefined {
  if (json.isNumber(node)) return json.json(node)
  return normalize(json.string(node) ?? '') || undefined
}

/** Names of members that hold a person's id. Others hold texts, times, ids of messages and of businesses. */
const ID_NAME =
  /^(id|from|to|phone|phone_number|customer|participant|author|sender|recipient|previous|current)$|(^|_)(wa_id|(user|recipient|participant|sender)_id)$/

const isPersonId = (tree: JsonTree, node: Node) =>
  ID_NAME.test(tree.name(tree.isElement(node) ? tree.parent(node) : node) ?? '')

/** Members of one object that identify the same person. */
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

/** Groups of ids that an object gives to one person each. */
function idsOfOnePerson(tree: JsonTree, object: Node): string[][] {
  const { json } = tree
  if (!json.isObject(object)) return []
  const idsAt = (node: Node, names: readonly string[]) =>
    names.map(name => idAt(json, json.at(node, name))).filter(id => id !== undefined)
  const groups = ROLES.map(names => idsAt(object, names))

  // A system message about a changed number or user id: the author's new one is in it.
  const system = json.at(object, 'system')
  if (!json.isNothing(system)) groups.push([...idsAt(object, AUTHOR), ...idsAt(system, CONTACT)])

  // The only contact of a value is the author of its messages, however the two numbers are spelled.
  const contacts = tree.children(json.at(object, 'contacts'))
  const authors = tree.children(json.at(object, 'messages')).map(message => idsAt(message, AUTHOR))
  const [contact] = contacts
  if (contact !== undefined && contacts.length === 1 && new Set(authors.map(([first]) => first)).size === 1) {
    groups.push([...idsAt(contact, CONTACT), ...authors.flat()])
  }
  return groups.filter(group => group.length > 1)
}

/** The ids and all those that groups link to them, directly or over other ids, in every spelling. */
function withLinkedIds(ids: Ids, groups: readonly (readonly string[])[]): Set<string> {
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

/** Names of members that belong to the person as a whole, if the person's id is in them. */
const WHOLE = new Set(['messages', 'statuses', 'contact', 'user_id'])

/** What to cut because of a person's id in it: the list element that holds the id, or only the id. */
function cutFor(tree: JsonTree, id: Node): Cut {
  const object = tree.parent(id)
  const holder = tree.parent(object)
  if (tree.isElement(id)) return { node: id }
  if (tree.name(holder) === 'phones') return { node: tree.parent(holder) } // a shared card
  if (tree.isElement(object)) {
    // A placeholder stays: a value's only contact counts as the author of all its messages, so removing one of two
    // contacts would give the other one's name to all.
    return tree.name(holder) === 'contacts' ? { node: object, replacement: '{}' } : { node: object }
  }
  if (!WHOLE.has(tree.name(object) ?? '')) return { node: id }
  return { node: tree.isElement(holder) ? holder : object }
}
