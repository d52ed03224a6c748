import type { Row } from '../../lake/columns.ts'
import { type Json, NOWHERE, type Node, parseObject } from '../json.ts'
import type { Reject } from '../reject.ts'
import type { ParseResult } from '../source.ts'
import type { columns } from './columns.ts'

type WhatsAppRow = Row<typeof columns>

/**
 * Reads a WhatsApp Business delivery: a row for each element of `entry[].changes[].value.messages[]`.
 * Statuses and changes of other fields give no row.
 * @see https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
 */
export function parse(body: Uint8Array, receivedAt: number): ParseResult<typeof columns> {
  const parsed = parseObject(body)
  if ('reject' in parsed) return { rows: [], rejects: [parsed.reject], ignored: 0 }

  const rows: WhatsAppRow[] = []
  const rejects: Reject[] = []
  let ignored = 0
  const received_at = Math.floor(receivedAt / 1000)

  const { json, root } = parsed
  const entries = isWhatsApp(json, root) ? json.elements(json.at(root, 'entry')) : []
  if (entries.length === 0) ignored++
  for (const entry of entries) {
    const changes = json.elements(json.at(entry, 'changes'))
    if (changes.length === 0) ignored++
    for (const change of changes) {
      const value = json.at(change, 'value')
      if (!isMessages(json, change) || !json.isObject(value)) {
        ignored++
        continue
      }
      const statuses = json.elements(json.at(value, 'statuses')).length
      ignored += statuses

      const list = json.at(value, 'messages')
      if (!json.isNothing(list) && !json.isArray(list)) {
        const detail = `messages is ${json.kind(list)}, not an array`
        rejects.push({ reason: 'not_array', detail, payload: json.json(list) })
        continue
      }
      const messages = json.elements(list)
      if (messages.length === 0 && statuses === 0) ignored++
      const contactOf = contactFinder(json, value)
      const phone_number_id = json.text(json.at(value, 'metadata', 'phone_number_id'))
      for (const message of messages) {
        const problem = problemOf(json, message)
        if (problem) rejects.push({ ...problem, payload: json.json(message) })
        else rows.push(toRow(json, message, contactOf(message), phone_number_id, received_at))
      }
    }
  }
  return { rows, rejects, ignored }
}

function isWhatsApp(json: Json, delivery: Node): boolean {
  const object = json.at(delivery, 'object')
  return json.isNothing(object) || json.is(object, 'whatsapp_business_account')
}

function isMessages(json: Json, change: Node): boolean {
  const field = json.at(change, 'field')
  return json.isNothing(field) || json.is(field, 'messages')
}

function problemOf(json: Json, message: Node): Omit<Reject, 'payload'> | undefined {
  if (!json.isObject(message))
    return { reason: 'not_object', detail: `the message is ${json.kind(message)}, not an object` }
  const id = json.at(message, 'id')
  if (json.isNothing(id) || json.is(id, '')) return { reason: 'missing_id', detail: 'the message has no id' }
  if (!json.isString(id)) return { reason: 'missing_id', detail: `the message's id is ${json.kind(id)}, not a string` }
  return undefined
}

function toRow(
  json: Json,
  message: Node,
  contact: Node,
  phone_number_id: WhatsAppRow['phone_number_id'],
  received_at: number,
): WhatsAppRow {
  const type = json.at(message, 'type')
  // What somebody edited is a message inside the message: its words and its media are what is said now.
  const content = json.is(type, 'edit') ? json.at(message, 'edit', 'message') : message
  const media = mediaOf(json, content)
  return {
    name: json.text(json.at(contact, 'profile', 'name')),
    number: json.digits(json.at(message, 'from')),
    message: words(json, content),
    date: json.epochSeconds(json.at(message, 'timestamp')),
    type: json.text(type),
    message_id: json.text(json.at(message, 'id')),
    user_id: json.text(json.at(message, 'from_user_id')),
    phone_number_id,
    reply_to: json.text(json.at(message, 'context', 'id')),
    media_id: json.text(json.at(media, 'id')),
    media_type: json.text(json.at(media, 'mime_type')),
    received_at,
  }
}

/** What a message says, by its type; null where it says nothing. */
function words(json: Json, message: Node): WhatsAppRow['message'] {
  const type = json.at(message, 'type')
  if (json.is(type, 'interactive')) {
    const interactive = json.at(message, 'interactive')
    return (
      json.text(json.at(interactive, 'button_reply', 'title')) ??
      json.text(json.at(interactive, 'list_reply', 'title')) ??
      json.text(json.at(interactive, 'nfm_reply', 'body'))
    )
  }
  const [kind, member] = WORDS.find(([kind]) => json.is(type, kind)) ?? ['text', 'body']
  return json.text(json.at(message, kind, member))
}

const MEDIA_TYPES = ['image', 'video', 'document', 'audio', 'sticker']

/** Where the words of a type are. */
const WORDS: readonly (readonly [type: string, member: string])[] = [
  ['text', 'body'],
  ...MEDIA_TYPES.map(type => [type, 'caption'] as const),
  ['button', 'text'],
  ['reaction', 'emoji'],
  ['system', 'body'],
  ['order', 'text'],
]

/** The file a message carries, if its type is one that does. */
function mediaOf(json: Json, message: Node): Node {
  const type = json.at(message, 'type')
  const kind = MEDIA_TYPES.find(kind => json.is(type, kind))
  return kind === undefined ? NOWHERE : json.at(message, kind)
}

/**
 * Who wrote a message: contacts and messages are parallel sets, matched by phone, else by business-scoped user id.
 * A Brazilian `wa_id` may lack the ninth digit that `from` has, so a value's only contact is everybody's.
 */
function contactFinder(json: Json, value: Node): (message: Node) => Node {
  const contacts = json.elements(json.at(value, 'contacts')).filter(contact => json.isObject(contact))
  if (contacts.length <= 1) return () => contacts[0] ?? NOWHERE
  const byPhone = indexBy(json, contacts, 'wa_id')
  const byUser = indexBy(json, contacts, 'user_id')
  return message =>
    byPhone.get(json.string(json.at(message, 'from'))) ??
    byUser.get(json.string(json.at(message, 'from_user_id'))) ??
    NOWHERE
}

/** Contacts by a key of theirs; the first wins. */
function indexBy(json: Json, contacts: readonly Node[], key: string): Map<string | null, Node> {
  const index = new Map<string | null, Node>()
  for (const contact of contacts) {
    const value = json.string(json.at(contact, key))
    if (value !== null && !index.has(value)) index.set(value, contact)
  }
  return index
}
