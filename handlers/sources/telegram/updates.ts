import { type JsonDocument, parseJson } from '../json.ts'

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
 * The updates in a dump of `getUpdates`: an answer `{"ok":true,"result":[…]}`, its list alone, or JSON Lines, where each
 * line is an update, an answer or a list. Each update is a slice of the file, as Telegram would deliver it.
 * @returns null for any other file
 * @throws if the file is another answer of Telegram, such as an error; if a line is not JSON; if an item is not an update
 * @see https://core.telegram.org/bots/api#getupdates
 */
export function updatesIn(file: Uint8Array): readonly Uint8Array[] | null {
  const document = parseJson(file)
  return document ? updatesOfDocument(document, file) : updatesInLines(file)
}

function updatesOfDocument({ json, root }: JsonDocument, text: Uint8Array): readonly Uint8Array[] | null {
  const result = json.at(root, 'result')
  const isAnswer =
    json.isNothing(json.at(root, 'update_id')) && (json.isArray(result) || json.boolean(json.at(root, 'ok')) !== null)
  const list = isAnswer ? result : root
  if (json.isArray(list)) {
    return json.elements(list).map((node, i) => {
      if (json.integer(json.at(node, 'update_id')) === null) throw new Error(`item ${i + 1} has no update_id`)
      return text.subarray(json.start(node), json.end(node))
    })
  }
  if (!isAnswer) return null
  const reason = json.string(json.at(root, 'description'))
  throw new Error(`an answer of Telegram without a list of updates${reason ? `: ${reason}` : ''}`)
}

/** @returns null if there is one line at most, or the first is not a JSON object or array */
function updatesInLines(file: Uint8Array): readonly Uint8Array[] | null {
  const lines = linesOf(file)
  const [first, second] = lines
  const document = first && parseJson(first.text)
  if (!document || !second || !(document.json.isObject(document.root) || document.json.isArray(document.root)))
    return null
  return lines.flatMap(({ number, text }) => {
    const line = parseJson(text)
    if (!line) throw new Error(`line ${number} is not JSON`)
    const { json, root } = line
    if (json.integer(json.at(root, 'update_id')) !== null) return [text.subarray(json.start(root), json.end(root))]
    try {
      const updates = updatesOfDocument(line, text)
      if (updates) return updates
    } catch (error) {
      throw new Error(`line ${number}: ${(error as Error).message}`)
    }
    throw new Error(`line ${number} has no update_id`)
  })
}

/** The lines that are not blank, with their numbers, from 1. */
function linesOf(file: Uint8Array): readonly { readonly number: number; readonly text: Uint8Array }[] {
  const lines: { readonly number: number; readonly text: Uint8Array }[] = []
  for (let start = 0, number = 1; start < file.length; number++) {
    const lineFeed = file.indexOf(0x0a, start)
    const end = lineFeed < 0 ? file.length : lineFeed
    const text = file.subarray(start, end)
    if (text.some(byte => byte > 0x20)) lines.push({ number, text })
    start = end + 1
  }
  return lines
}
