import type { Utf8Slice } from '../../lake/utf8-slice.ts'
import type { Json, Node } from '../json.ts'

/** The kinds of file that a message can carry. An animation also carries `document`, so it comes first. */
export const MEDIA_KINDS = [
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
] as const

/** Members of service messages, which tell what happened in a chat. */
const SERVICE_TYPES: readonly string[] = [
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
  // Members of earlier versions, which servers still send beside their successors.
  'new_chat_member',
  'new_chat_participant',
  'left_chat_participant',
  'voice_chat_scheduled',
  'voice_chat_started',
  'voice_chat_ended',
  'voice_chat_participants_invited',
  'user_shared',
]

/** Members that hold what somebody wrote or sent. */
export const CONTENT_TYPES: readonly string[] = [
  'rich_message',
  'venue',
  'location',
  ...MEDIA_KINDS,
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

/**
 * Members that say what a message is, the more telling one first where several can stand together.
 * @see https://core.telegram.org/bots/api#message
 */
const TYPES = [...SERVICE_TYPES, ...CONTENT_TYPES]

const RANKS = new Map(TYPES.map((type, rank) => [type, rank]))

/** Which content or service member a message holds, by its own name; null where none is known. */
export function typeOf(json: Json, message: Node): string | null {
  let type: string | null = null
  let best = TYPES.length
  for (const [name, value] of json.members(message)) {
    const rank = RANKS.get(name)
    if (rank === undefined || rank >= best || json.isNothing(value)) continue
    best = rank
    type = name
  }
  return type
}

/** What a message says: its text or caption, else the words of the content that it holds. */
export function textOf(json: Json, message: Node): Utf8Slice | string | null {
  return (
    json.text(json.at(message, 'text')) ??
    json.text(json.at(message, 'caption')) ??
    richText(json, json.at(message, 'rich_message')) ??
    json.text(json.at(message, 'poll', 'question')) ??
    json.text(json.at(message, 'checklist', 'title')) ??
    json.text(json.at(message, 'venue', 'title'))
  )
}

/**
 * The words of a rich message: a line for each block that has any, also inside lists and quotations; the runs of one
 * block are joined by nothing.
 */
function richText(json: Json, message: Node): string | null {
  const lines: (string | null)[] = []
  addBlocks(json, json.at(message, 'blocks'), lines)
  const said = lines.filter(line => line !== null)
  return said.length > 0 ? said.join('\n') : null
}

/** Members of a block or a run that hold text, and those that hold parts of the block. */
const TEXT_MEMBERS = ['text', 'summary', 'credit']
const PART_MEMBERS = ['caption', 'items', 'cells']

/** Collects the text of blocks, a line each. Iterates rather than recurses: JSON can be nested without bound. */
function addBlocks(json: Json, blocks: Node, lines: (string | null)[]): void {
  const open: { readonly part: Node; readonly isText: boolean; readonly line: number }[] = []
  const push = (parts: readonly Node[], isText: boolean, line?: number) => {
    for (const part of parts.toReversed()) open.push({ part, isText, line: line ?? NEW_LINE })
  }
  push(json.elements(blocks), false)
  for (let next = open.pop(); next; next = open.pop()) {
    const { part, isText } = next
    const line = next.line === NEW_LINE ? lines.push(null) - 1 : next.line
    if (json.isArray(part)) push(json.elements(part), isText, line)
    else if (json.isString(part)) {
      if (isText) lines[line] = (lines[line] ?? '') + json.string(part)
    } else
      for (const [name, member] of [...json.members(part)].toReversed()) {
        if (name === 'blocks') push(json.elements(member), false)
        else if (TEXT_MEMBERS.includes(name)) push([member], true, line)
        else if (PART_MEMBERS.includes(name)) push([member], false, line)
      }
  }
}

const NEW_LINE = -1

/** Where a forwarded message comes from: `user`, `hidden_user`, `chat` or `channel`. */
export function forwardTypeOf(json: Json, message: Node): Utf8Slice | string | null {
  const type = json.text(json.at(message, 'forward_origin', 'type'))
  if (type !== null) return type
  // The members of versions before Bot API 7.0.
  const has = (name: string) => !json.isNothing(json.at(message, name))
  if (has('forward_from_chat'))
    return json.is(json.at(message, 'forward_from_chat', 'type'), 'channel') ? 'channel' : 'chat'
  if (has('forward_from')) return 'user'
  return has('forward_sender_name') ? 'hidden_user' : null
}
