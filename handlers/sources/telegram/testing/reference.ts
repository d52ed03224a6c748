/*
 * What the data contract makes of a Telegram update, in the plainest code: the oracle of fixtures, fuzzer and faults.
 * It shares no code with the reader that production uses.
 */
import {
  at,
  booleanAt,
  doubleAt,
  type Expected,
  ExpectedCollector,
  hashedId,
  idAt,
  integerAt,
  objectOf,
  secondsOf,
  textAt,
} from '../../testing/reference.ts'
import type { JsonValue } from '../../testing/slow-json.ts'

/** The kinds of update that are a row of `telegram`. */
const MESSAGES = ['message', 'channel_post', 'business_message', 'guest_message']

/** The kinds of update whose own `id` names what happened. */
const QUERIES = ['callback_query', 'inline_query', 'shipping_query', 'pre_checkout_query']

/** The kinds of update that are a message as it was edited. */
const EDITS = ['edited_message', 'edited_channel_post', 'edited_business_message']

/** Telegram's own accounts: forwards from a linked channel, anonymous administrators, posts as a channel. */
const SYSTEM_ACCOUNTS = [777000n, 1087968824n, 136817688n]

/** The kinds of file; where a message has several, the first counts. */
const FILES = [
  'animation',
  'audio',
  'document',
  'live_photo',
  'paid_media',
  'photo',
  'sticker',
  'story',
  'video',
  'video_note',
  'voice',
]

/** What a message can hold, the more telling before the less: a venue has a location too, an animation a document. */
const TYPES = [
  // Service messages; twins of the old names come after the new ones.
  'new_chat_members',
  'left_chat_member',
  'chat_owner_left',
  'chat_owner_changed',
  'new_chat_title',
  'new_chat_photo',
  'delete_chat_photo',
  'group_chat_created',
  'supergroup_chat_created',
  'channel_chat_created',
  'message_auto_delete_timer_changed',
  'migrate_to_chat_id',
  'migrate_from_chat_id',
  'pinned_message',
  'successful_payment',
  'refunded_payment',
  'users_shared',
  'chat_shared',
  'gift',
  'unique_gift',
  'gift_upgrade_sent',
  'connected_website',
  'write_access_allowed',
  'proximity_alert_triggered',
  'boost_added',
  'chat_background_set',
  'checklist_tasks_done',
  'checklist_tasks_added',
  'community_chat_added',
  'community_chat_joined',
  'community_chat_removed',
  'direct_message_price_changed',
  'paid_message_price_changed',
  'forum_topic_created',
  'forum_topic_edited',
  'forum_topic_closed',
  'forum_topic_reopened',
  'general_forum_topic_hidden',
  'general_forum_topic_unhidden',
  'giveaway_created',
  'giveaway_completed',
  'managed_bot_created',
  'poll_option_added',
  'poll_option_deleted',
  'suggested_post_approved',
  'suggested_post_approval_failed',
  'suggested_post_declined',
  'suggested_post_paid',
  'suggested_post_refunded',
  'video_chat_scheduled',
  'video_chat_started',
  'video_chat_ended',
  'video_chat_participants_invited',
  'web_app_data',
  'new_chat_member',
  'new_chat_participant',
  'left_chat_participant',
  'user_shared',
  'voice_chat_scheduled',
  'voice_chat_started',
  'voice_chat_ended',
  'voice_chat_participants_invited',
  // Contents.
  'rich_message',
  'venue',
  'location',
  ...FILES,
  'contact',
  'dice',
  'game',
  'poll',
  'checklist',
  'invoice',
  'giveaway',
  'giveaway_winners',
  'passport_data',
  'text',
]

/** Reads one stored body of Telegram. */
export function expectedOf(body: Uint8Array): Expected {
  const collector = new ExpectedCollector()
  const update = objectOf(body, collector)
  if (update !== undefined) readUpdate(update, collector)
  return collector.expected()
}

function readUpdate(update: JsonValue, collector: ExpectedCollector): void {
  for (const [name, member] of update.members) {
    if (name === 'update_id' || member.kind === 'null') continue
    if (member.kind !== 'object') collector.quarantine('not_object', member)
    else if (!MESSAGES.includes(name)) readEvent(name.toWellFormed(), member, update, collector)
    else if (at(update, 'update_id')?.kind !== 'number') collector.quarantine('missing_id', member)
    else if (at(member, 'chat', 'id')?.kind !== 'number') collector.quarantine('missing_chat', member)
    else readMessage(name, member, update, collector)
  }
  if (collector.items === 0) readEvent('empty', update, update, collector)
}

function readMessage(kind: string, message: JsonValue, update: JsonValue, collector: ExpectedCollector): void {
  collector.row('telegram', message, {
    message_id: integerAt(message, 'message_id'),
    user_id: integerAt(message, 'from', 'id'),
    user_is_bot: booleanAt(message, 'from', 'is_bot'),
    user_first_name: textAt(message, 'from', 'first_name'),
    chat_id: integerAt(message, 'chat', 'id'),
    chat_type: textAt(message, 'chat', 'type'),
    text: textOf(message),
    date: secondsOf(at(message, 'date')),
    update_id: integerAt(update, 'update_id'),
    reply_to: isReplyToItsTopic(message) ? null : integerAt(message, 'reply_to_message', 'message_id'),
    thread_id: integerAt(message, 'message_thread_id'),
    media_type: FILES.find(name => at(message, name) !== undefined) ?? null,
    direction: directionOf(kind, message),
    kind,
    type: TYPES.find(name => at(message, name) !== undefined) ?? null,
    person: authorOf(message),
    user_last_name: textAt(message, 'from', 'last_name'),
    user_username: textAt(message, 'from', 'username'),
    chat_title: textAt(message, 'chat', 'title'),
    sender_chat_id: integerAt(message, 'sender_chat', 'id'),
    media_group_id: idAt(message, 'media_group_id'),
    is_topic_message: booleanAt(message, 'is_topic_message'),
    is_automatic_forward: booleanAt(message, 'is_automatic_forward'),
    forward_type: forwardTypeOf(message),
    business_connection_id: idAt(message, 'business_connection_id'),
    latitude: doubleAt(message, 'location', 'latitude') ?? doubleAt(message, 'venue', 'location', 'latitude'),
    longitude: doubleAt(message, 'location', 'longitude') ?? doubleAt(message, 'venue', 'location', 'longitude'),
    payload: message.json,
  })
}

function readEvent(kind: string, member: JsonValue, update: JsonValue, collector: ExpectedCollector): void {
  const queryId = QUERIES.includes(kind) ? idAt(member, 'id') : null
  const date =
    secondsOf(at(member, 'edit_date')) ??
    secondsOf(at(member, 'boost', 'add_date')) ??
    secondsOf(at(member, 'remove_date')) ??
    secondsOf(at(member, 'date'))
  const about = kind === 'callback_query' ? at(member, 'message') : member
  collector.row('events', member, {
    kind,
    event: idAt(member, 'new_chat_member', 'status') ?? idAt(member, 'state'),
    id:
      queryId ??
      hashedId(member, date === null || kind === 'business_connection' ? at(update, 'update_id') : undefined),
    date,
    person: kind === 'chat_member' ? userOf(at(member, 'new_chat_member', 'user')) : authorOf(member),
    chat: integerAt(about, 'chat', 'id')?.toString() ?? null,
    message_id: integerAt(about, 'message_id')?.toString() ?? null,
    text: eventTextOf(kind, member),
    payload: member.json,
  })
}

/** The text, else the caption, the words of a rich message, the question of a poll, the title of a list or place. */
function textOf(message: JsonValue): string | null {
  return (
    textAt(message, 'text') ??
    textAt(message, 'caption') ??
    wordsOf(at(message, 'rich_message', 'blocks')) ??
    textAt(message, 'poll', 'question') ??
    textAt(message, 'checklist', 'title') ??
    textAt(message, 'venue', 'title')
  )
}

/** The words of a rich message: a line for each block that has any, also for those inside lists and quotations. */
function wordsOf(blocks: JsonValue | undefined): string | null {
  const lines: (string | undefined)[] = []
  const open: { value: JsonValue; isText: boolean; line: number }[] = []
  openBlocks(blocks)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, isText } = next
    const line = next.line === -1 ? lines.push(undefined) - 1 : next.line
    if (value.kind === 'array') {
      for (const item of value.items.toReversed()) open.push({ value: item, isText, line })
    } else if (value.kind === 'string') {
      if (isText) lines[line] = (lines[line] ?? '') + value.text
    } else {
      for (const [name, member] of [...value.members].toReversed()) {
        if (name === 'blocks') openBlocks(member)
        else if (name === 'text' || name === 'summary' || name === 'credit')
          open.push({ value: member, isText: true, line })
        else if (name === 'caption' || name === 'items' || name === 'cells')
          open.push({ value: member, isText: false, line })
      }
    }
  }
  const said = lines.filter(line => line !== undefined)
  return said.length === 0 ? null : said.join('\n')

  function openBlocks(list: JsonValue | undefined): void {
    for (const block of (list?.items ?? []).toReversed()) open.push({ value: block, isText: false, line: -1 })
  }
}

/** Whether the "replied" message is only the opening of the forum topic that the message stands in. */
function isReplyToItsTopic(message: JsonValue): boolean {
  const thread = integerAt(message, 'message_thread_id')
  const isOpening = at(message, 'reply_to_message', 'forum_topic_created') !== undefined
  return isOpening && thread !== null && thread === integerAt(message, 'reply_to_message', 'message_id')
}

/** Outbound: what a business account wrote, itself or by a bot of its own. */
function directionOf(kind: string, message: JsonValue): 'inbound' | 'outbound' {
  if (kind !== 'business_message') return 'inbound'
  if (at(message, 'sender_business_bot') !== undefined) return 'outbound'
  const [author, chat] = [integerAt(message, 'from', 'id'), integerAt(message, 'chat', 'id')]
  const isPrivate = textAt(message, 'chat', 'type') === 'private'
  return isPrivate && author !== null && author !== chat ? 'outbound' : 'inbound'
}

/** How a message was forwarded, also by the members from before `forward_origin`. */
function forwardTypeOf(message: JsonValue): string | null {
  const origin = textAt(message, 'forward_origin', 'type')
  if (origin !== null) return origin
  const chat = at(message, 'forward_from_chat')
  if (chat !== undefined) return textAt(chat, 'type') === 'channel' ? 'channel' : 'chat'
  if (at(message, 'forward_from') !== undefined) return 'user'
  return at(message, 'forward_sender_name') === undefined ? null : 'hidden_user'
}

/** Who wrote or did something, if it was a person or a bot. */
function authorOf(member: JsonValue): string | null {
  const chats = ['sender_chat', 'actor_chat', 'voter_chat']
  if (chats.some(name => at(member, name) !== undefined)) return null
  return userOf(at(member, 'from') ?? at(member, 'user'))
}

function userOf(user: JsonValue | undefined): string | null {
  const id = integerAt(user, 'id')
  return id === null || SYSTEM_ACCOUNTS.includes(id) ? null : String(id)
}

function eventTextOf(kind: string, member: JsonValue): string | null {
  if (EDITS.includes(kind)) return textOf(member)
  if (kind === 'callback_query') return textAt(member, 'data')
  if (kind === 'poll') return textAt(member, 'question')
  if (kind !== 'message_reaction') return null
  const emojis = (at(member, 'new_reaction')?.items ?? []).map(reaction => textAt(reaction, 'emoji'))
  return emojis.filter(emoji => emoji !== null).join('') || null
}
