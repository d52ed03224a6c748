import { isObject, type JsonObject } from '../../handlers/parsed-json.ts'
import { CHATS, EVERY_CHAT, SUPERGROUP_PREFIX } from '../../handlers/sources/telegram/chats.ts'
import { itemsOf } from '../../handlers/webhook/configuration.ts'
import type { Deployed } from '../lib/aws/outputs.ts'
import type { Finding } from './findings.ts'
import { type TelegramApi, TelegramRefusal } from './telegram-api.ts'

/** The chats that a lake keeps, and the setting that lists them. */
export interface ConfiguredChats {
  /** The setting's name, as the user changes it. */
  readonly setting: string
  readonly list: readonly string[]
}

/** The chats in TELEGRAM_CHAT_ID, or else those of the deployed stack; undefined if neither lists any. */
export async function configuredChats(env: NodeJS.ProcessEnv, stage: Deployed): Promise<ConfiguredChats | undefined> {
  const local = itemsOf(env[CHATS.name])
  if (local.length > 0) return { setting: CHATS.name, list: local }
  const list = itemsOf(await stage.find(CHATS.name.toLowerCase()))
  return list.length > 0 ? { setting: 'telegramChatIds', list } : undefined
}

/**
 * Asks Telegram for each chat and says which of them the bot cannot read, and the probable reason.
 * @param bot the result of getMe
 * @throws if Telegram does not answer, or refuses a call for another reason than the chat
 */
export async function chatFindings(
  api: TelegramApi,
  bot: JsonObject,
  chats: ConfiguredChats | undefined,
): Promise<Finding[]> {
  if (!chats) return [NOT_CHECKED]
  const { setting, list } = chats
  const invalid = list.filter(item => !CHATS.accepts(item))
  if (invalid.length > 0) {
    const items = invalid.map(item => JSON.stringify(item)).join(', ')
    const text = `${setting} contains ${items}: the webhook refuses every update. Write ${CHATS.write}.`
    return [{ level: 'problem', text }]
  }
  if (list.includes(EVERY_CHAT))
    return [{ level: 'ok', text: "every chat of the bot is kept, people's private chats too" }]
  const findings: Finding[] = []
  for (const id of list) findings.push(await chatFinding(api, bot, id, chats)) // in turn: Telegram limits the rate
  return findings
}

const NOT_CHECKED: Finding = {
  level: 'warning',
  text: `chats: not checked, because ${CHATS.name} is not set and nothing is deployed from this folder`,
}

async function chatFinding(api: TelegramApi, bot: JsonObject, id: string, chats: ConfiguredChats): Promise<Finding> {
  const chat = await ask(api, 'getChat', { chat_id: Number(id) })
  if (chat instanceof TelegramRefusal) return refusalFinding(api, chat, id, chats)
  if (chat.type === 'private') return { level: 'ok', text: `chat ${id}: a private chat` }
  if (chat.type === 'group') {
    // getChat also answers for a group that was left, deleted or upgraded. This call is refused for each of them.
    const count = await ask(api, 'getChatMemberCount', { chat_id: Number(id) })
    if (count instanceof TelegramRefusal) return refusalFinding(api, count, id, chats)
  }
  const member = await ask(api, 'getChatMember', { chat_id: Number(id), user_id: bot.id })
  const status = member instanceof TelegramRefusal ? undefined : member.status
  const name = `chat ${id}: ${nameOf(chat)}`
  if (status === 'left' || status === 'kicked') {
    return { level: 'problem', text: `${name}: the bot is not in it, so it receives nothing. Add the bot.` }
  }
  if (status !== 'member' && status !== 'restricted') return { level: 'ok', text: name }
  return {
    level: 'ok',
    text: `${name}; the bot is not an administrator, so Telegram does not deliver reactions or who joins and leaves`,
  }
}

async function refusalFinding(
  api: TelegramApi,
  { code, description, migratedTo }: TelegramRefusal,
  id: string,
  chats: ConfiguredChats,
): Promise<Finding> {
  const { setting, list } = chats
  if (migratedTo !== undefined) return migrationFinding(id, String(migratedTo), chats)
  if (code === 403) {
    return {
      level: 'problem',
      text: `chat ${id}: the bot may not read it (${description}). Add the bot to the chat again.`,
    }
  }
  for (const other of otherSpellings(id)) {
    const chat = await ask(api, 'getChat', { chat_id: Number(other) })
    if (chat instanceof TelegramRefusal) continue
    const advice = list.includes(other) ? `Remove ${id} from ${setting}` : `Replace ${id} by ${other} in ${setting}`
    return {
      level: 'problem',
      text: `chat ${id}: Telegram does not find it. Did you mean ${other}, ${nameOf(chat)}? ${advice}.`,
    }
  }
  return {
    level: 'problem',
    text: `chat ${id}: Telegram does not find it (${description}). ${
      id.startsWith('-')
        ? 'Either the id is wrong, or the bot was never added to this group or channel.'
        : 'Either the id is wrong, or this person has never written to the bot. Ids of groups and channels are negative.'
    }`,
  }
}

function migrationFinding(id: string, to: string, { setting, list }: ConfiguredChats): Finding {
  const text = `chat ${id}: the group became a supergroup and now has the id ${to}`
  if (list.includes(to)) return { level: 'ok', text: `${text}, which ${setting} lists, too` }
  return {
    level: 'warning',
    text: `${text}. Add ${to} to ${setting}.
Until then its messages are kept only if the lake received the message that names both ids (log line chat_migrated).`,
  }
}

/**
 * Ids that may have been meant. Programs show the id of a supergroup or channel without the prefix -100 or without the
 * minus sign. The prefix may also have been added to the id of a basic group, which has none.
 */
function otherSpellings(id: string): string[] {
  const digits = id.replace('-', '')
  if (!id.startsWith('-')) return [SUPERGROUP_PREFIX + digits, `-${digits}`].filter(CHATS.accepts)
  const rest = id.startsWith(SUPERGROUP_PREFIX) ? id.slice(SUPERGROUP_PREFIX.length) : ''
  return [SUPERGROUP_PREFIX + digits, ...(rest ? [`-${rest}`] : [])].filter(CHATS.accepts)
}

/** For example `the supergroup "Sales"`. In JSON's quotes, because a title may contain control characters. */
const nameOf = ({ type, title }: JsonObject) =>
  type === 'private' ? 'a private chat' : `the ${String(type)} ${JSON.stringify(String(title ?? ''))}`

/** Calls a method about a chat. @returns the refusal if Telegram refuses because of the chat */
async function ask(api: TelegramApi, method: string, parameters: JsonObject): Promise<JsonObject | TelegramRefusal> {
  try {
    const result = await api.call(method, parameters)
    return isObject(result) ? result : {}
  } catch (error) {
    if (error instanceof TelegramRefusal && (error.code === 400 || error.code === 403)) return error
    throw error
  }
}
