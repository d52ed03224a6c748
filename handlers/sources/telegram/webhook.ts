import type { Configuration, Setting } from '../../webhook/configuration.ts'
import { constantTimeEqual } from '../../webhook/constant-time.ts'
import { type Request, text } from '../../webhook/http.ts'
import type { Decision, Warning, Webhook } from '../../webhook/webhook.ts'
import { type Json, type Node, parseObject } from '../json.ts'

const TOKEN_HEADER = 'x-telegram-bot-api-secret-token'

/** The chats whose updates are kept. Telegram's ids have at most 52 significant bits. */
const CHATS: Setting = {
  name: 'TELEGRAM_CHAT_ID',
  accepts: item => /^-?[1-9]\d*$/.test(item) && Number.isSafeInteger(Number(item)),
  write: 'ids of chats, as -1001234567890',
  example: '-1001234567890',
  description: 'The Telegram chats whose messages are kept',
}

export const webhook: Webhook = {
  secrets: ['TELEGRAM_SECRET_TOKEN'],
  settings: [CHATS],
  warnings: { ChatMigrated: 'A group became a supergroup: add its new id, which the log line chat_migrated names' },
  registration: url => `https://api.telegram.org/bot<token>/setWebhook?url=${url}&secret_token=<TELEGRAM_SECRET_TOKEN>`,
  isAuthentic,
  sign: (_, secret) => ({ [TOKEN_HEADER]: secret('TELEGRAM_SECRET_TOKEN') }),
  decide,
  accepted: { status: 200 }, // no body: Telegram would execute a {"method": …} in it
}

/** @see https://core.telegram.org/bots/api#setwebhook */
async function isAuthentic({ header }: Request, configuration: Configuration): Promise<boolean> {
  const token = header(TOKEN_HEADER) ?? ''
  return configuration.matches('TELEGRAM_SECRET_TOKEN', valid => constantTimeEqual(token, valid))
}

/** Keeps the updates of the chats in TELEGRAM_CHAT_ID. */
function decide(body: Uint8Array, configuration: Configuration): Decision {
  const ours = new Set(configuration.list(CHATS).map(Number))
  const parsed = parseObject(body)
  if ('reject' in parsed) return { refuse: text(400, 'not a JSON object') }
  const { json, root } = parsed
  const keep = chatsOf(json, root).some(id => ours.has(id))
  const warning = migration(json, root, ours)
  return warning ? { keep, warning } : { keep }
}

/** The ids of the chats that an update is about: `<kind>.chat.id`, or for a callback that of its message. */
function chatsOf(json: Json, update: Node): number[] {
  return [...json.members(update)].flatMap(([kind, content]) => {
    if (kind === 'guest_message') return []
    const about = kind === 'callback_query' ? json.at(content, 'message') : content
    const id = json.safeInteger(json.at(about, 'chat', 'id'))
    return id === null ? [] : [id]
  })
}

/**
 * The warning that a group became a supergroup. Telegram says so once in the old chat and once in the new one. From then
 * on updates carry the new id, and are not kept until TELEGRAM_CHAT_ID lists it.
 * @see https://core.telegram.org/bots/api#message migrate_to_chat_id, migrate_from_chat_id
 */
function migration(json: Json, update: Node, ours: ReadonlySet<number>): Warning | undefined {
  const message = json.at(update, 'message')
  const id = json.safeInteger(json.at(message, 'chat', 'id'))
  const from = json.safeInteger(json.at(message, 'migrate_from_chat_id')) ?? id
  const to = json.safeInteger(json.at(message, 'migrate_to_chat_id')) ?? id
  if (from === null || to === null || from === to || !ours.has(from)) return undefined
  return {
    event: 'chat_migrated',
    metric: 'ChatMigrated',
    fields: { from_chat_id: from, to_chat_id: to },
  }
}
