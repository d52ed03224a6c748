import type { Row } from '../../lake/columns.ts'
import { type Json, type Node, parseObject } from '../json.ts'
import type { Reject } from '../reject.ts'
import type { ParseResult } from '../source.ts'
import type { columns } from './columns.ts'

type TelegramRow = Row<typeof columns>

/**
 * Reads a Telegram update: one row for a `message` or `channel_post`, none for an update of another kind.
 * @see https://core.telegram.org/bots/api#update
 */
export function parse(body: Uint8Array, receivedAt: number): ParseResult<typeof columns> {
  const parsed = parseObject(body)
  if ('reject' in parsed) return { rows: [], rejects: [parsed.reject], ignored: 0 }

  const { json, root: update } = parsed
  const message = json.at(update, json.isNothing(json.at(update, 'message')) ? 'channel_post' : 'message')
  if (json.isNothing(message)) return { rows: [], rejects: [], ignored: 1 }

  const problem = problemOf(json, update, message)
  if (problem) return { rows: [], rejects: [{ ...problem, payload: json.json(message) }], ignored: 0 }
  return { rows: [toRow(json, update, message, Math.floor(receivedAt / 1000))], rejects: [], ignored: 0 }
}

function problemOf(json: Json, update: Node, message: Node): Omit<Reject, 'payload'> | undefined {
  if (!json.isObject(message))
    return { reason: 'not_object', detail: `the message is ${json.kind(message)}, not an object` }
  const id = json.at(update, 'update_id')
  if (!json.isNumber(id)) {
    const detail = json.isNothing(id)
      ? 'the update has no update_id'
      : `the update's update_id is ${json.kind(id)}, not a number`
    return { reason: 'missing_id', detail }
  }
  const chat = json.at(message, 'chat', 'id')
  if (!json.isNumber(chat)) {
    const detail = json.isNothing(chat)
      ? 'the message has no chat.id'
      : `the message's chat.id is ${json.kind(chat)}, not a number`
    return { reason: 'missing_chat', detail }
  }
  return undefined
}

function toRow(json: Json, update: Node, message: Node, received_at: number): TelegramRow {
  return {
    message_id: json.integer(json.at(message, 'message_id')),
    user_id: json.integer(json.at(message, 'from', 'id')),
    user_is_bot: json.boolean(json.at(message, 'from', 'is_bot')),
    user_first_name: json.text(json.at(message, 'from', 'first_name')),
    chat_id: json.integer(json.at(message, 'chat', 'id')),
    chat_type: json.text(json.at(message, 'chat', 'type')),
    text: json.text(json.at(message, 'text')) ?? json.text(json.at(message, 'caption')),
    date: json.epochSeconds(json.at(message, 'date')),
    update_id: json.integer(json.at(update, 'update_id')),
    reply_to: json.integer(json.at(message, 'reply_to_message', 'message_id')),
    thread_id: json.integer(json.at(message, 'message_thread_id')),
    media_type: MEDIA_KINDS.find(kind => !json.isNothing(json.at(message, kind))) ?? null,
    received_at,
  }
}

/** The kinds of file a message can carry. An animation also carries `document`, so it comes first. */
const MEDIA_KINDS = [
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
