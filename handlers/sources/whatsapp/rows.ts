import type { Row } from '../../lake/columns.ts'
import { digits, epochSeconds, isObject, type JsonObject, kindOf, objectAt, parseObject, string } from '../json.ts'
import { slicer } from '../json-slice.ts'
import type { Reading, Reject } from '../source.ts'
import type { columns } from './columns.ts'

type WhatsAppRow = Row<typeof columns>

/** Steps to a message: entry, its index, changes, their index, value, messages, their index. */
const MESSAGE_DEPTH = 7

/**
 * Reads a WhatsApp Business delivery: a row for each element of `entry[].changes[].value.messages[]`.
 * Statuses and changes of other fields give no row.
 * @see https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
 */
export function read(body: Uint8Array, receivedAt: number): Reading<typeof columns> {
  const parsed = parseObject(body)
  if ('reject' in parsed) return { rows: [], rejects: [parsed.reject], ignored: 0 }

  const rows: WhatsAppRow[] = []
  const rejects: Reject[] = []
  let ignored = 0
  const received_at = Math.floor(receivedAt / 1000)

  const { object: delivery, text } = parsed
  const slice = slicer(text, MESSAGE_DEPTH)
  const entries = isWhatsApp(delivery) ? listAt(delivery, 'entry') : []
  if (entries.length === 0) ignored++
  for (const [e, entry] of entries.entries()) {
    const changes = isObject(entry) ? listAt(entry, 'changes') : []
    if (changes.length === 0) ignored++
    for (const [c, change] of changes.entries()) {
      if (!isObject(change) || !isMessages(change) || !isObject(change.value)) {
        ignored++
        continue
      }
      const value = change.value
      const path = ['entry', e, 'changes', c, 'value', 'messages']
      const statuses = listAt(value, 'statuses').length
      ignored += statuses

      const messages = value.messages ?? []
      if (!Array.isArray(messages)) {
        const detail = `messages is ${kindOf(messages)}, not an array`
        rejects.push({
          reason: 'not_array',
          detail,
          payload: slice(path),
        })
        continue
      }
      if (messages.length === 0 && statuses === 0) ignored++
      const contactOf = contactFinder(value)
      const phone_number_id = string(objectAt(value, 'metadata').phone_number_id)
      for (const [m, message] of messages.entries()) {
        const problem = problemOf(message)
        if (problem) rejects.push({ ...problem, payload: slice([...path, m]) })
        else rows.push(toRow(message, contactOf(message), phone_number_id, received_at))
      }
    }
  }
  return { rows, rejects, ignored }
}

const isWhatsApp = ({ object }: JsonObject) => object == null || object === 'whatsapp_business_account'

const isMessages = ({ field }: JsonObject) => field == null || field === 'messages'

const listAt = (parent: JsonObject, key: string): readonly unknown[] => {
  const value = parent[key]
  return Array.isArray(value) ? value : []
}

function problemOf(message: unknown): Omit<Reject, 'payload'> | undefined {
  if (!isObject(message))
    return {
      reason: 'not_object',
      detail: `the message is ${kindOf(message)}, not an object`,
    }
  const { id } = message
  if (id == null || id === '') return { reason: 'missing_id', detail: 'the message has no id' }
  if (typeof id !== 'string') return { reason: 'missing_id', detail: `the message's id is ${kindOf(id)}, not a string` }
  return undefined
}

function toRow(
  message: JsonObject,
  contact: JsonObject,
  phone_number_id: string | null,
  received_at: number,
): WhatsAppRow {
  // What somebody edited is a message inside the message: its words and its media are what is said now.
  const content = message.type === 'edit' ? objectAt(objectAt(message, 'edit'), 'message') : message
  const media = mediaOf(content)
  return {
    name: string(objectAt(contact, 'profile').name),
    number: digits(message.from),
    message: words(content),
    date: epochSeconds(message.timestamp),
    type: string(message.type),
    message_id: string(message.id),
    user_id: string(message.from_user_id),
    phone_number_id,
    reply_to: string(objectAt(message, 'context').id),
    media_id: string(media.id),
    media_type: string(media.mime_type),
    received_at,
  }
}

/** What a message says, by its type; null where it says nothing. */
function words(message: JsonObject): string | null {
  switch (message.type) {
    case 'button':
      return string(objectAt(message, 'button').text)
    case 'interactive': {
      const interactive = objectAt(message, 'interactive')
      return (
        string(objectAt(interactive, 'button_reply').title) ??
        string(objectAt(interactive, 'list_reply').title) ??
        string(objectAt(interactive, 'nfm_reply').body)
      )
    }
    case 'reaction':
      return string(objectAt(message, 'reaction').emoji)
    case 'system':
      return string(objectAt(message, 'system').body)
    case 'order':
      return string(objectAt(message, 'order').text)
    default:
      return string(MEDIA_TYPES.has(message.type) ? mediaOf(message).caption : objectAt(message, 'text').body)
  }
}

const MEDIA_TYPES: ReadonlySet<unknown> = new Set(['image', 'video', 'document', 'audio', 'sticker'])

/** The file a message carries; empty where it carries none. */
const mediaOf = (message: JsonObject): JsonObject =>
  typeof message.type === 'string' && MEDIA_TYPES.has(message.type) ? objectAt(message, message.type) : {}

/**
 * Who wrote a message: contacts and messages are parallel sets, matched by phone, else by business-scoped user id.
 * A Brazilian `wa_id` may lack the ninth digit that `from` has, so a value's only contact is everybody's.
 */
function contactFinder(value: JsonObject): (message: JsonObject) => JsonObject {
  const contacts = listAt(value, 'contacts').filter(isObject)
  const [only] = contacts
  if (only === undefined) return () => ({})
  if (contacts.length === 1) return () => only
  const byPhone = indexBy(contacts, 'wa_id')
  const byUser = indexBy(contacts, 'user_id')
  return ({ from, from_user_id }) => byPhone.get(from) ?? byUser.get(from_user_id) ?? {}
}

/** Contacts by a key of theirs; the first wins. */
function indexBy(contacts: readonly JsonObject[], key: string): Map<unknown, JsonObject> {
  const index = new Map<unknown, JsonObject>()
  for (const contact of contacts) {
    const value = contact[key]
    if (typeof value === 'string' && !index.has(value)) index.set(value, contact)
  }
  return index
}
