import type { Row } from '../../lake/columns.ts'
import { isAscii } from '../../lake/utf8-slice.ts'
import { type Json, NOWHERE, type Node } from '../json.ts'
import type { SourceTable } from '../source.ts'
import { messageColumns } from './columns.ts'
import { type Contact, type Ids, identify, idsAt, idText, NOBODY, personOf, type Ties } from './people.ts'

export type MessageRow = Row<typeof messageColumns>

/** The table `whatsapp`. */
export const messages: SourceTable<MessageRow> = {
  name: 'whatsapp',
  columns: messageColumns,
  isShared: false,
  keyColumns: ['message_id', 'type', 'error_code'],
  writeKey({ message_id, type, error_code }, key) {
    key.add(message_id)
    // A placeholder, and the message that fills it later under the same id, are two rows.
    const isPlaceholder =
      type != null &&
      (isAscii(type, 'media_placeholder') ||
        (isAscii(type, 'unsupported') && Number(error_code) === CONTENT_NOT_YET_AVAILABLE))
    if (isPlaceholder) key.add('placeholder')
  },
}

/** The error of a message whose content the platform delivers later. */
const CONTENT_NOT_YET_AVAILABLE = 131060

/** What the change around a message says of it. */
export interface MessageContext {
  readonly field: MessageRow['field']
  readonly phone_number_id: MessageRow['phone_number_id']
  readonly contacts: readonly Contact[]
  readonly ties: Ties
  readonly received_at: number
}

export type Direction = 'inbound' | 'outbound'

/**
 * The row of a message.
 * @param thread the customer of the thread of `history` that the message stands in
 */
export function messageRow(
  json: Json,
  message: Node,
  direction: Direction,
  context: MessageContext,
  thread?: Contact,
): MessageRow {
  const sent = direction === 'outbound' ? sendBodyOf(json, message) : message
  const type = json.at(sent, 'type')
  const content = contentOf(json, sent)
  const medium = mediumOf(json, content)
  const group_id = groupOf(json, message, sent, direction)
  const customer =
    direction === 'outbound' && group_id !== null ? NOBODY : customerOf(json, message, sent, direction, context, thread)
  return {
    name: customer.name,
    number: customer.number,
    message: textOf(json, content),
    date: json.epochSeconds(json.at(message, 'timestamp')),
    type: json.text(type),
    message_id: json.text(json.at(message, 'id')),
    user_id: customer.user,
    phone_number_id: context.phone_number_id,
    reply_to: repliedTo(json, message, sent),
    media_id: idText(json, json.at(medium, 'id')),
    media_type: json.text(json.at(medium, 'mime_type')),
    received_at: context.received_at,
    direction,
    field: context.field,
    person: personOf(customer),
    username: customer.username,
    group_id,
    target_id: targetOf(json, sent),
    selection_id: selectionOf(json, sent),
    response: responseOf(json, sent),
    forwarded: forwardedOf(json, message),
    referral_id: idText(json, json.at(message, 'referral', 'source_id')),
    ctwa_clid: idText(json, json.at(message, 'referral', 'ctwa_clid')),
    latitude: json.double(json.at(sent, 'location', 'latitude')),
    longitude: json.double(json.at(sent, 'location', 'longitude')),
    error_code: json.integer(json.at(json.elements(json.at(message, 'errors'))[0] ?? NOWHERE, 'code')),
    payload: json.slice(message),
  }
}

/** An echo of `standby` holds the body of the request that sent the message; other echoes are like messages. */
function sendBodyOf(json: Json, echo: Node): Node {
  const body = json.at(echo, 'message')
  return json.isNothing(json.at(echo, 'type')) && json.isObject(body) ? body : echo
}

/** The message as it reads now: an edit holds the edited message. */
export function contentOf(json: Json, message: Node): Node {
  let content = message
  while (json.is(json.at(content, 'type'), 'edit')) content = json.at(content, 'edit', 'message')
  return content
}

function groupOf(json: Json, message: Node, sent: Node, direction: Direction): MessageRow['group_id'] {
  const group = idText(json, json.at(message, 'group_id'))
  if (group !== null || direction === 'inbound' || !json.is(json.at(sent, 'recipient_type'), 'group')) return group
  return idText(json, json.at(message, 'to')) ?? idText(json, json.at(sent, 'to'))
}

/** The body of a request names the message that it replies to otherwise than a message does. */
const repliedTo = (json: Json, message: Node, sent: Node): MessageRow['reply_to'] =>
  idText(json, json.at(message, 'context', 'id')) ??
  (sent === message ? null : idText(json, json.at(sent, 'context', 'message_id')))

function customerOf(
  json: Json,
  message: Node,
  sent: Node,
  direction: Direction,
  { contacts, ties }: Pick<MessageContext, 'contacts' | 'ties'>,
  thread: Contact | undefined,
): Contact {
  const own = ownIds(json, message, sent, direction)
  if (thread) {
    const customer = { ...thread, user: own.user ?? thread.user, parent: own.parent }
    ties.tieAll(customer)
    return customer
  }
  if (!json.is(json.at(message, 'type'), 'system')) return identify(contacts, own, ties)
  const system = json.at(message, 'system')
  tieSystem(json, system, own, ties)
  const hasSender = own.phone !== null || own.user !== null
  return identify(contacts, hasSender ? own : { ...own, user: idText(json, json.at(system, 'user_id')) }, ties)
}

/** The sender of a message under a field whose messages are events. */
export const senderOf = (json: Json, message: Node, context: Pick<MessageContext, 'contacts' | 'ties'>): Contact =>
  customerOf(json, message, message, 'inbound', context, undefined)

/** The customer's ids as the message itself has them: those of its sender, or of whom it was sent to. */
function ownIds(json: Json, message: Node, sent: Node, direction: Direction): Ids {
  const [number, user, parent] = SIDE[direction]
  if (sent === message) return idsAt(json, json.at(message, number), json.at(message, user), json.at(message, parent))
  const member = (name: string) =>
    idText(json, json.at(message, name)) === null ? json.at(sent, name) : json.at(message, name)
  return idsAt(json, member(number), member(user), member(parent))
}

/** The members with the customer's ids. */
const SIDE = {
  inbound: ['from', 'from_user_id', 'from_parent_user_id'],
  outbound: ['to', 'to_user_id', 'to_parent_user_id'],
} as const

/**
 * Ties what a system message says of a person: an old number and the new one, old user ids and the new ones.
 * @see https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/messages/system
 */
function tieSystem(json: Json, system: Node, own: Ids, ties: Ties): void {
  const phone = ['wa_id', 'new_wa_id'].map(name => json.at(system, name)).find(node => idText(json, node) !== null)
  const now = idsAt(json, phone ?? NOWHERE, json.at(system, 'user_id'), json.at(system, 'parent_user_id'))
  ties.tie(now.phone === null ? own : now, now.user, now.parent)
  ties.tieNumbers(own, now)
  ties.tieTexts(own.user, now.user)
  ties.tieTexts(idText(json, json.at(system, 'previous_user_id')), now.user)
  ties.tieTexts(idText(json, json.at(system, 'previous_parent_user_id')), now.parent)
}

/** What a message says, by its type; null where it says nothing. */
export function textOf(json: Json, message: Node): MessageRow['message'] {
  const type = json.at(message, 'type')
  if (json.is(type, 'interactive')) {
    const interactive = json.at(message, 'interactive')
    return (
      json.text(json.at(interactive, 'button_reply', 'title')) ??
      json.text(json.at(interactive, 'list_reply', 'title')) ??
      json.text(json.at(interactive, 'nfm_reply', 'body')) ??
      json.text(json.at(interactive, 'call_permission_reply', 'response'))
    )
  }
  if (json.is(type, 'reaction')) return idText(json, json.at(message, 'reaction', 'emoji')) // "" when it is removed
  if (json.is(type, 'location'))
    return json.text(json.at(message, 'location', 'name')) ?? json.text(json.at(message, 'location', 'address'))
  if (json.is(type, 'contacts')) {
    const [card = NOWHERE] = json.elements(json.at(message, 'contacts'))
    return json.text(json.at(card, 'name', 'formatted_name'))
  }
  const [kind, member] = TEXT_MEMBERS.find(([kind]) => json.is(type, kind)) ?? ['text', 'body']
  return json.text(json.at(message, kind, member))
}

const MEDIA_TYPES = ['image', 'video', 'document', 'audio', 'sticker', 'voice']

/** Where the text of a type is. */
const TEXT_MEMBERS: readonly (readonly [type: string, member: string])[] = [
  ['text', 'body'],
  ...MEDIA_TYPES.map(type => [type, 'caption'] as const),
  ['button', 'text'],
  ['system', 'body'],
  ['order', 'text'],
]

/** The medium that a message carries, if its type is one that does. */
function mediumOf(json: Json, message: Node): Node {
  const type = json.at(message, 'type')
  const kind = MEDIA_TYPES.find(kind => json.is(type, kind))
  return kind === undefined ? NOWHERE : json.at(message, kind)
}

/** The message that a reaction, an edit or a revoke is about. */
export function targetOf(json: Json, message: Node): MessageRow['target_id'] {
  const type = json.at(message, 'type')
  if (json.is(type, 'reaction')) return idText(json, json.at(message, 'reaction', 'message_id'))
  if (json.is(type, 'edit')) return idText(json, json.at(message, 'edit', 'original_message_id'))
  if (json.is(type, 'revoke')) return idText(json, json.at(message, 'revoke', 'original_message_id'))
  return null
}

/** The id of what a person chose: a button's payload, a button's or a row's id, a flow's name. */
function selectionOf(json: Json, message: Node): MessageRow['selection_id'] {
  const interactive = json.at(message, 'interactive')
  return (
    idText(json, json.at(message, 'button', 'payload')) ??
    idText(json, json.at(interactive, 'button_reply', 'id')) ??
    idText(json, json.at(interactive, 'list_reply', 'id')) ??
    idText(json, json.at(interactive, 'nfm_reply', 'name'))
  )
}

/** The answers of a flow: the JSON that stands, as text, in a string. */
const responseOf = (json: Json, message: Node): MessageRow['response'] =>
  json.text(json.at(json.at(message, 'interactive', 'nfm_reply'), 'response_json'))

function forwardedOf(json: Json, message: Node): MessageRow['forwarded'] {
  const context = json.at(message, 'context')
  if (json.boolean(json.at(context, 'frequently_forwarded')) === true) return 'frequently_forwarded'
  return json.boolean(json.at(context, 'forwarded')) === true ? 'forwarded' : null
}
