import type { Row } from '../../lake/columns.ts'
import { Collector } from '../collector.ts'
import { type EventRow, hashedId } from '../events.ts'
import { type Json, NOWHERE, type Node, parseObject } from '../json.ts'
import type { ParseResult, SourceTable } from '../source.ts'
import { messageColumns } from './columns.ts'
import { forwardTypeOf, MEDIA_KINDS, textOf, typeOf } from './content.ts'

type MessageRow = Row<typeof messageColumns>

/** The table `telegram`. An `update_id` belongs to one bot and starts anew, so it tells no message from another. */
export const messages: SourceTable<MessageRow> = {
  name: 'telegram',
  columns: messageColumns,
  isShared: false,
  keyColumns: ['chat_id', 'message_id', 'date', 'business_connection_id', 'update_id'],
  keyNeedsPayload: row => !hasMessageId(row),
  writeKey(row, key) {
    key.add(row.chat_id)
    key.add(row.business_connection_id)
    if (hasMessageId(row)) {
      key.add(row.message_id)
      key.add(row.date)
    } else {
      key.add(row.update_id)
      key.add(row.payload)
    }
  },
}

/** The id 0 is that of a message that is ephemeral or not sent yet. A chat's id is null where it exceeds int64. */
const hasMessageId = ({ chat_id, message_id }: Partial<MessageRow>) =>
  chat_id != null && message_id != null && Number(message_id) !== 0

/** Kinds of update that hold a message; every other member of an update is an event. */
const MESSAGE_KINDS = ['message', 'channel_post', 'business_message', 'guest_message']

/**
 * Parses a Telegram update: a row of `telegram` for a new message, a row of `events` for any other kind of update.
 * @see https://core.telegram.org/bots/api#update
 */
export function parse(body: Uint8Array, receivedAt: number): ParseResult {
  const parsed = parseObject(body)
  if ('reject' in parsed) return { rows: [], rejects: [parsed.reject], identities: [] }
  const { json, root: update } = parsed
  const collector = new Collector(json)
  const received_at = Math.floor(receivedAt / 1000)
  for (const [kind, member] of json.members(update)) {
    if (kind === 'update_id' || json.isNothing(member)) continue
    if (!MESSAGE_KINDS.includes(kind)) {
      if (collector.isObject(member, kind))
        collector.add('events', member, eventRow(json, update, kind, member, received_at))
    } else if (isMessage(json, update, member, collector)) {
      collector.add('telegram', member, messageRow(json, update, kind, member, received_at))
    }
  }
  if (collector.elements === 0) collector.add('events', update, eventRow(json, update, 'empty', update, received_at))
  return collector.result()
}

function isMessage(json: Json, update: Node, message: Node, collector: Collector): boolean {
  if (!collector.isObject(message, 'message')) return false
  const id = json.at(update, 'update_id')
  if (!json.isNumber(id)) {
    const detail = json.isNothing(id)
      ? 'the update has no update_id'
      : `the update's update_id is ${json.kind(id)}, not a number`
    collector.reject(message, 'missing_id', detail)
    return false
  }
  const chat = json.at(message, 'chat', 'id')
  if (!json.isNumber(chat)) {
    const detail = json.isNothing(chat)
      ? 'the message has no chat.id'
      : `the message's chat.id is ${json.kind(chat)}, not a number`
    collector.reject(message, 'missing_chat', detail)
    return false
  }
  return true
}

function messageRow(json: Json, update: Node, kind: string, message: Node, received_at: number): MessageRow {
  const degrees = (name: string) =>
    json.double(json.at(json.at(message, 'location'), name)) ??
    json.double(json.at(json.at(message, 'venue', 'location'), name))
  return {
    message_id: json.integer(json.at(message, 'message_id')),
    user_id: json.integer(json.at(message, 'from', 'id')),
    user_is_bot: json.boolean(json.at(message, 'from', 'is_bot')),
    user_first_name: json.text(json.at(message, 'from', 'first_name')),
    chat_id: json.integer(json.at(message, 'chat', 'id')),
    chat_type: json.text(json.at(message, 'chat', 'type')),
    text: textOf(json, message),
    date: json.epochSeconds(json.at(message, 'date')),
    update_id: json.integer(json.at(update, 'update_id')),
    reply_to: isTopicOpening(json, message) ? null : json.integer(json.at(message, 'reply_to_message', 'message_id')),
    thread_id: json.integer(json.at(message, 'message_thread_id')),
    media_type: MEDIA_KINDS.find(kind => !json.isNothing(json.at(message, kind))) ?? null,
    received_at,
    direction: isOutbound(json, kind, message) ? 'outbound' : 'inbound',
    kind,
    type: typeOf(json, message),
    person: authorOf(json, message),
    user_last_name: json.text(json.at(message, 'from', 'last_name')),
    user_username: json.text(json.at(message, 'from', 'username')),
    chat_title: json.text(json.at(message, 'chat', 'title')),
    sender_chat_id: json.integer(json.at(message, 'sender_chat', 'id')),
    media_group_id: textOrNull(json, json.at(message, 'media_group_id')),
    is_topic_message: json.boolean(json.at(message, 'is_topic_message')),
    is_automatic_forward: json.boolean(json.at(message, 'is_automatic_forward')),
    forward_type: forwardTypeOf(json, message),
    business_connection_id: textOrNull(json, json.at(message, 'business_connection_id')),
    latitude: degrees('latitude'),
    longitude: degrees('longitude'),
    payload: json.slice(message),
  }
}

/** Every message of a forum topic "replies" to the one that opened the topic, unless it replies to another. */
function isTopicOpening(json: Json, message: Node): boolean {
  const opening = json.at(message, 'reply_to_message')
  if (json.isNothing(json.at(opening, 'forum_topic_created'))) return false
  const topic = json.integer(json.at(message, 'message_thread_id'))
  return topic !== null && topic === json.integer(json.at(opening, 'message_id'))
}

/** A message of the business itself: its bot's, or in a private chat with a customer anybody else's. */
function isOutbound(json: Json, kind: string, message: Node): boolean {
  if (kind !== 'business_message') return false
  if (!json.isNothing(json.at(message, 'sender_business_bot'))) return true
  if (!json.is(json.at(message, 'chat', 'type'), 'private')) return false
  const from = json.integer(json.at(message, 'from', 'id'))
  return from !== null && from !== json.integer(json.at(message, 'chat', 'id'))
}

/**
 * Accounts of Telegram's own that stand as `from` where a channel or an anonymous administrator wrote.
 * @see https://core.telegram.org/bots/api#message sender_chat
 */
const SYSTEM_ACCOUNTS: readonly unknown[] = [777000, 1087968824, 136817688]

/** Members that name the chat in whose name somebody wrote, reacted or voted. */
const CHAT_AUTHORS = ['sender_chat', 'actor_chat', 'voter_chat']

/** The person who wrote or did something: null where that is a chat or one of Telegram's own accounts. */
function authorOf(json: Json, member: Node): string | null {
  if (CHAT_AUTHORS.some(name => !json.isNothing(json.at(member, name)))) return null
  const author = json.isNothing(json.at(member, 'from')) ? json.at(member, 'user') : json.at(member, 'from')
  return personOf(json, author)
}

function personOf(json: Json, user: Node): string | null {
  const id = json.integer(json.at(user, 'id'))
  return id === null || SYSTEM_ACCOUNTS.includes(id) ? null : String(id)
}

const textOrNull = (json: Json, node: Node) => (json.is(node, '') ? null : json.text(node))

/** Kinds of update whose own id names what happened; the ids of others name a poll, a connection, a boost. */
const KINDS_WITH_ID = ['callback_query', 'inline_query', 'shipping_query', 'pre_checkout_query']

const EDITS = ['edited_message', 'edited_channel_post', 'edited_business_message']

function eventRow(json: Json, update: Node, kind: string, member: Node, received_at: number): EventRow {
  const at = (name: string, inner?: string) => json.at(member, name, inner)
  const date =
    json.epochSeconds(at('edit_date')) ??
    json.epochSeconds(at('boost', 'add_date')) ??
    json.epochSeconds(at('remove_date')) ??
    json.epochSeconds(at('date'))
  // The date of a connection is when it was established: turned off and on again, it comes with the same payload.
  const hasOwnTime = date !== null && kind !== 'business_connection'
  const about = kind === 'callback_query' ? at('message') : member
  const own = KINDS_WITH_ID.includes(kind) ? textOrNull(json, at('id')) : null
  const change = at('new_chat_member')
  return {
    kind,
    event: textOrNull(json, json.at(change, 'status')) ?? textOrNull(json, at('state')),
    id: own ?? hashedId(json, member, hasOwnTime ? NOWHERE : json.at(update, 'update_id')),
    date,
    person: kind === 'chat_member' ? personOf(json, json.at(change, 'user')) : authorOf(json, member),
    chat: idText(json, json.at(about, 'chat', 'id')),
    message_id: idText(json, json.at(about, 'message_id')),
    text: eventText(json, kind, member),
    payload: json.slice(member),
    raw_key: null,
    received_at,
  }
}

function eventText(json: Json, kind: string, member: Node): EventRow['text'] {
  if (EDITS.includes(kind)) return textOf(json, member)
  if (kind === 'callback_query') return json.text(json.at(member, 'data'))
  if (kind === 'poll') return json.text(json.at(member, 'question'))
  if (kind !== 'message_reaction') return null
  const emoji = json.elements(json.at(member, 'new_reaction')).map(reaction => json.string(json.at(reaction, 'emoji')))
  return emoji.join('') || null
}

function idText(json: Json, node: Node): string | null {
  const id = json.integer(node)
  return id === null ? null : String(id)
}
