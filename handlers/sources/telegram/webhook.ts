import type { Configuration, Setting } from '../../webhook/configuration.ts'
import { constantTimeEqual } from '../../webhook/constant-time.ts'
import { type Request, text } from '../../webhook/http.ts'
import type { Decision, Warning, Webhook } from '../../webhook/webhook.ts'
import { type Json, type Node, parseObject } from '../json.ts'

const TOKEN_HEADER = 'x-telegram-bot-api-secret-token'

/** The chats whose messages are kept. Telegram's ids have 52 significant bits at most. */
const CHATS: Setting = {
  name: 'TELEGRAM_CHAT_ID',
  accepts: item => /^-?[1-9]\d*$/.test(item) && Number.isSafeInteger(Number(item)),
  write: 'ids of chats, as -1001234567890',
  example: '-1001234567890',
}

export const webhook: Webhook = {
  secrets: ['TELEGRAM_SECRET_TOKEN'],
  settings: [CHATS],
  warnings: { ChatMigrated: 'A group became a supergroup: add its new id, which the log line chat_migrated names' },
  registration: url => `https://api.telegram.org/bot<token>/setWebhook?url=${url}&secret_token=<TELEGRAM_SECRET_TOKEN>`,
  isAuthentic,
  sign: (_, secret) => ({ [TOKEN_HEADER]: secret('TELEGRAM_SECRET_TOKEN') }),
  decide,
  accepted: { status: 200 }, // without a body: Telegram would execute {"method": …} in one
}

/** @see https://core.telegram.org/bots/api#setwebhook */
async function isAuthentic({ header }: Request, configuration: Configuration): Promise<boolean> {
  const token = header(TOKEN_HEADER) ?? ''
  return configuration.matches('TELEGRAM_SECRET_TOKEN', valid => constantTimeEqual(token, valid))
}

/** Only the updates of our chats are kept. */
function decide(body: Uint8Array, configuration: Configuration): Decision {
  const ours = new Set(configuration.list(CHATS).map(Number))
  const parsed = parseObject(body)
  if ('reject' in parsed) return { refuse: text(400, 'not a JSON object') }
  const { json, root } = parsed
  const keep = chatsOf(json, root).some(id => ours.has(id))
  const warning = migration(json, root, ours)
  return warning ? { keep, warning } : { keep }
}

/** Chats an update is about: `<kind>.chat.id` of whichever kind it holds, or that of a callback's message. */
function chatsOf(json: Json, update: Node): number[] {
  return [...json.members(update)].flatMap(([kind, content]) => {
    if (kind === 'guest_message') return []
    const about = kind === 'callback_query' ? json.at(content, 'message') : content
    const id = json.integer(json.at(about, 'chat', 'id'))
    return id === null ? [] : [id]
  })
}

/**
 * A group that becomes a supergroup says so once in the old chat and once in the new one, then goes on under the new
 * id: unless that is configured, it falls silent with no error.
 * @see https://core.telegram.org/bots/api#message migrate_to_chat_id, migrate_from_chat_id
 */
function migration(json: Json, update: Node, ours: ReadonlySet<number>): Warning | undefined {
  const message = json.at(update, 'message')
  const id = json.integer(json.at(message, 'chat', 'id'))
  const from = json.integer(json.at(message, 'migrate_from_chat_id')) ?? id
  const to = json.integer(json.at(message, 'migrate_to_chat_id')) ?? id
  if (from === null || to === null || from === to || !ours.has(from)) return undefined
  return {
    event: 'chat_migrated',
    metric: 'ChatMigrated',
    fields: { from_chat_id: from, to_chat_id: to },
  }
}
