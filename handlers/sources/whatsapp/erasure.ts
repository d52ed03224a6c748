import { type Cells, type ErasureRules, type Frame, isSameUsername } from '../erasure.ts'
import { type Json, NOWHERE, type Node } from '../json.ts'
import type { Cut, JsonTree } from '../json-cuts.ts'
import { EVENT_LISTS } from './event.ts'
import { spellingsOf } from './people.ts'

/** A business-scoped user id: a country and up to 128 letters and digits; a parent's has `ENT.` after the country. */
const USER_ID = /^[A-Z]{2}\.[A-Za-z0-9.]{1,140}$/

/**
 * Which WhatsApp data belongs to a person:
 * - the messages that they wrote, or received as an echo, with their contact, statuses, calls and other events
 * - in data of others, their shared card, their place in a group, and their id in a reply to them
 *
 * What others write about them in text is not cut, nor are message ids, because rows of others refer to them.
 */
export const erasure: ErasureRules = {
  ids: 'a phone number with its country code, a user id or a parent user id (BR.…), or an @username',
  parse(person) {
    const id = normalize(person)
    if (!/^\d{5,15}$/.test(id) && !USER_ID.test(id)) {
      throw new RangeError('not a phone number with its country code, as +5511987654321, nor a user id, as BR.1a2b3c')
    }
    return id
  },
  spellings: id => (/^\d+$/.test(id) ? spellingsOf(id) : [id]),
  find(tree, ids) {
    const cuts = new Map<Node, Cut>()
    for (const node of tree.nodes) {
      const id = isPersonId(tree, node) ? idAt(tree.json, node) : undefined
      if (id === undefined || !ids.has(id)) continue
      const cut = cutFor(tree, node)
      cuts.set(cut.node, cut)
    }
    return [...cuts.values()]
  },
  usernames: {
    holders: (tree, username) =>
      tree.nodes.flatMap(node => {
        if (tree.name(node) !== 'username' || !isSameUsername(tree.json.string(node) ?? '', username)) return []
        const object = tree.parent(node)
        const id = idBeside(tree, tree.name(object) === 'profile' ? tree.parent(object) : object)
        return id === undefined ? [] : [id]
      }),
    columns: { whatsapp: 'username', whatsapp_statuses: 'username' },
  },
  tables: {
    whatsapp: { columns: ['number', 'user_id', 'person'], frames: messageFrames },
    whatsapp_statuses: {
      columns: ['number', 'user_id', 'person'],
      frames: () => [inValue('messages', 'statuses'), inValue('messages', 'standby', 'statuses')],
    },
    events: { columns: ['person'], frames: eventFrames },
    quarantine: {
      columns: [],
      frames: () => [
        inValue('messages', 'messages'),
        inValue('messages', 'statuses'),
        inValue('message_echoes', 'message_echoes'),
        ...Object.keys(EVENT_LISTS).map(list => inValue(list, list)),
        inValue('history', 'history'),
        ...OUTER_FRAMES,
      ],
    },
  },
}

/** A phone number as digits, however it is written; any other text unchanged. */
const normalize = (value: string) => (/^\+?[\d\s().-]+$/.test(value) ? value.replace(/\D/g, '') : value)

/** A value as an id: a string or a number. An empty string is no id. */
function idAt(json: Json, node: Node): string | undefined {
  if (json.isNumber(node)) return json.json(node)
  return normalize(json.string(node) ?? '') || undefined
}

/** Names of members that hold a person's id. Others hold texts, times, ids of messages and of businesses. */
const ID_NAME =
  /^(id|from|to|input|phone|phone_number|customer|participant|author|sender|recipient|previous|current)$|(^|_)(wa_id|(user|recipient|participant|sender)_id)$/

const isPersonId = (tree: JsonTree, node: Node) =>
  ID_NAME.test(tree.name(tree.isElement(node) ? tree.parent(node) : node) ?? '')

/** Names of members with a person's id in the object that has their username, the best first. */
const ID_BESIDE = [
  'user_id',
  'recipient_user_id',
  'recipient_participant_user_id',
  'participant_recipient_user_id',
  'parent_user_id',
  'wa_id',
  'recipient_participant_id',
  'participant_recipient_id',
  'phone_number',
  'input',
]

/** The id of a contact, recipient or participant. The user id comes first: it is what a username belongs to. */
function idBeside({ json }: JsonTree, object: Node): string | undefined {
  const isOfGroup = json.string(json.at(object, 'recipient_type')) === 'group'
  for (const name of isOfGroup ? ID_BESIDE : [...ID_BESIDE, 'recipient_id']) {
    const node = json.at(object, name)
    const id = node === NOWHERE ? undefined : idAt(json, node)
    if (id !== undefined) return id
  }
  return undefined
}

/** Names of members that belong to the person as a whole, if the person's id is in them. */
const WHOLE = new Set(['messages', 'statuses', 'contact', 'system', 'user_id', 'parent_user_id', 'value'])

/** Members that tell whose the list's element is that they stand in. */
const OF_ELEMENT: Readonly<Record<string, string>> = {
  context: 'threads', // of a thread of `history`
  message: 'message_echoes', // the body of the request that sent a message
}

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
  const name = tree.name(object) ?? ''
  const isOfElement = tree.isElement(holder) && OF_ELEMENT[name] === tree.name(tree.parent(holder))
  if (!WHOLE.has(name) && !isOfElement) return { node: id }
  return { node: tree.isElement(holder) ? holder : object }
}

/** The body in which a payload is an element of a list of a change's value. */
function inValue(field: unknown, ...lists: readonly string[]): Frame {
  const open = lists.map(list => `{${JSON.stringify(list)}:`).join('')
  return inChange(field, `${open}[`, `]${'}'.repeat(lists.length)}`)
}

/** @param time `entry.time`, in epoch seconds */
function inChange(field: unknown, before: string, after: string, time?: unknown): Frame {
  const entry = time == null ? '' : `"time":${time},`
  const name = field == null ? '' : `"field":${JSON.stringify(String(field))},`
  return [`{"entry":[{${entry}"changes":[{${name}"value":${before}`, `${after}}]}]}`]
}

/** Bodies in which a payload is a change, an entry or the whole body. */
const OUTER_FRAMES: readonly Frame[] = [
  ['{"entry":[{"changes":[', ']}]}'],
  ['{"entry":[', ']}'],
  ['', ''],
]

function messageFrames({ field }: Cells): Frame[] {
  return [
    inValue(field, 'messages'),
    inValue(field, 'message_echoes'),
    inValue(field, 'standby', 'messages'),
    inValue(field, 'standby', 'message_echoes'),
    inChange(field, '{"history":[{"threads":[{"messages":[', ']}]}]}'),
  ]
}

function eventFrames({ kind, date }: Cells): Frame[] {
  const fields = kind === 'messages' ? ['messages'] : [kind, 'messages']
  const lists = [...Object.keys(EVENT_LISTS), 'statuses', 'messages', 'history']
  const inLists = fields.flatMap(field => lists.map(list => inChange(field, `{"${list}":[`, ']}', date)))
  const asValue = fields.map(field => inChange(field, '', '', date))
  return [...asValue, ...inLists, ...OUTER_FRAMES]
}
