import type { Row } from '../../lake/columns.ts'
import { epochSeconds, integer, isObject, type JsonObject, kindOf, objectAt, parseObject, string } from '../json.ts'
import { slicer } from '../json-slice.ts'
import type { Reading, Reject } from '../source.ts'
import type { columns } from './columns.ts'

type TelegramRow = Row<typeof columns>

/**
 * Reads a Telegram update: one row for a `message` or `channel_post`, none for an update of another kind.
 * @see https://core.telegram.org/bots/api#update
 */
export function read(body: Uint8Array, receivedAt: number): Reading<typeof columns> {
  const parsed = parseObject(body)
  if ('reject' in parsed) return { rows: [], rejects: [parsed.reject], ignored: 0 }

  const { object: update, text } = parsed
  const kind = update.message != null ? 'message' : 'channel_post'
  const message = update[kind]
  if (message == null) return { rows: [], rejects: [], ignored: 1 }

  const problem = problemOf(update, message)
  if (problem)
    return {
      rows: [],
      rejects: [{ ...problem, payload: slicer(text, 1)([kind]) }],
      ignored: 0,
    }
  return {
    rows: [toRow(update, message as JsonObject, Math.floor(receivedAt / 1000))],
    rejects: [],
    ignored: 0,
  }
}

function problemOf(update: JsonObject, message: unknown): Omit<Reject, 'payload'> | undefined {
  if (!isObject(message))
    return {
      reason: 'not_object',
      detail: `the message is ${kindOf(message)}, not an object`,
    }
  const { update_id } = update
  if (typeof update_id !== 'number') {
    const detail =
      update_id == null ? 'the update has no update_id' : `the update's update_id is ${kindOf(update_id)}, not a number`
    return { reason: 'missing_id', detail }
  }
  const { id } = objectAt(message, 'chat')
  if (typeof id !== 'number') {
    const detail = id == null ? 'the message has no chat.id' : `the message's chat.id is ${kindOf(id)}, not a number`
    return { reason: 'missing_chat', detail }
  }
  return undefined
}

function toRow(update: JsonObject, message: JsonObject, received_at: number): TelegramRow {
  const from = objectAt(message, 'from')
  const chat = objectAt(message, 'chat')
  return {
    message_id: integer(message.message_id),
    user_id: integer(from.id),
    user_is_bot: typeof from.is_bot === 'boolean' ? from.is_bot : null,
    user_first_name: string(from.first_name),
    chat_id: integer(chat.id),
    chat_type: string(chat.type),
    text: string(message.text) ?? string(message.caption),
    date: epochSeconds(message.date),
    update_id: integer(update.update_id),
    reply_to: integer(objectAt(message, 'reply_to_message').message_id),
    thread_id: integer(message.message_thread_id),
    media_type: MEDIA_KINDS.find(kind => message[kind] != null) ?? null,
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
