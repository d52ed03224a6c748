import { parseJson } from '../json.ts'

/**
 * Every kind of update of the Bot API 10.3. Each becomes a row of `telegram` or of `events`, and
 * `npm run webhook -- telegram set` asks for all of them. Telegram ignores names that it does not know.
 * @see https://core.telegram.org/bots/api#update
 */
export const UPDATE_KINDS = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'business_connection',
  'business_message',
  'edited_business_message',
  'deleted_business_messages',
  'guest_message',
  'message_reaction',
  'message_reaction_count',
  'inline_query',
  'chosen_inline_result',
  'callback_query',
  'shipping_query',
  'pre_checkout_query',
  'purchased_paid_media',
  'poll',
  'poll_answer',
  'my_chat_member',
  'chat_member',
  'chat_join_request',
  'chat_boost',
  'removed_chat_boost',
  'managed_bot',
  'subscription',
  'stopped_message_generation',
] as const

/**
 * Kinds that Telegram delivers only if they are asked for by name, and of a group only to an administrator.
 * @see https://core.telegram.org/bots/api#setwebhook allowed_updates
 */
export const NOT_BY_DEFAULT = ['message_reaction', 'message_reaction_count', 'chat_member'] as const

/**
 * The updates in a saved answer of `getUpdates`, `{"ok":true,"result":[…]}`, or in its list alone: each as its bytes stand
 * in the file, as Telegram would deliver it.
 * @returns null for any other file
 * @throws if the file is another answer of Telegram, such as an error
 * @see https://core.telegram.org/bots/api#getupdates
 */
export function updatesIn(file: Uint8Array): readonly Uint8Array[] | null {
  const document = parseJson(file)
  if (!document) return null
  const { json, root } = document
  const isAnswer = json.boolean(json.at(root, 'ok')) !== null && json.isNothing(json.at(root, 'update_id'))
  const list = isAnswer ? json.at(root, 'result') : root
  if (json.isArray(list)) return json.elements(list).map(node => file.subarray(json.start(node), json.end(node)))
  if (!isAnswer) return null
  const reason = json.string(json.at(root, 'description'))
  throw new Error(`an answer of Telegram without a list of updates${reason ? `: ${reason}` : ''}`)
}
