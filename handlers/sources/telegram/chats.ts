import type { Configuration, Setting } from '../../webhook/configuration.ts'
import { text } from '../../webhook/http.ts'
import type { Decision, SharedPairs, Warning } from '../../webhook/webhook.ts'
import { type Json, type Node, parseObject } from '../json.ts'

/** The chats whose updates are kept; `*` for every chat. Telegram's ids have at most 52 significant bits. */
export const CHATS: Setting = {
  name: 'TELEGRAM_CHAT_ID',
  accepts: item => item === EVERY_CHAT || (/^-?[1-9]\d*$/.test(item) && Number.isSafeInteger(Number(item))),
  write: 'ids of chats, as -1001234567890, or * for every chat of the bot',
  example: '-1001234567890',
  description:
    "The Telegram chats whose messages are kept, or `*` for every chat of the bot, people's private ones too",
}

export const EVERY_CHAT = '*'

/** Supergroups and channels have ids that begin with this, before the id that other programs show for them. */
export const SUPERGROUP_PREFIX = '-100'

/** @see decide */
export const WARNINGS = {
  ChatMigrated:
    'A group became a supergroup and has a new id, which the log line chat_migrated names. Its messages are kept on; add the new id to telegramChatIds when you next deploy',
  ChatIdMistyped:
    'Messages of a group are not kept because telegramChatIds has its id without -100 or without the minus sign: the log line chat_id_mistyped names the right id',
} as const

/**
 * Keeps the updates of the chats in TELEGRAM_CHAT_ID, of the supergroups that they became, and those that name no chat.
 *
 * A group that becomes a supergroup gets a new id. Telegram names both ids once in the old chat and once in the new one,
 * each in a message that is delivered before any other message of the new chat. Both messages store the pair of ids in
 * the lake, where every other function finds it. Only an unknown group is looked up there, not a private chat.
 * @see https://core.telegram.org/bots/api#message migrate_to_chat_id, migrate_from_chat_id
 */
export function decide(
  body: Uint8Array,
  configuration: Configuration,
  pairs: SharedPairs,
): Decision | Promise<Decision> {
  const kept = new KeptChats(configuration.list(CHATS), pairs)
  const parsed = parseObject(body)
  if ('reject' in parsed) return { refuse: text(400, 'not a JSON object') }
  const chats = chatsOf(parsed.json, parsed.root)
  const migration = migrationOf(parsed.json, parsed.root)
  const isListed = chats.length === 0 || chats.some(chat => kept.lists(chat))
  if (migration) return decideMigration(migration, isListed, chats, kept, pairs)
  if (isListed) return KEEP
  return chats.some(isUnknownGroup) ? decideByLake(chats, kept) : foreign(chats, kept)
}

const KEEP: Decision = { keep: true }

/** A chat that an update names. */
interface Chat {
  /** Null for a number that can be no id. */
  readonly id: number | null
  /** The chat of a guest message: the bot is not in it, so it is kept only with all chats. */
  readonly isGuest: boolean
}

/** The chats that an update is about: `<kind>.chat.id`, or for a callback that of its message. */
function chatsOf(json: Json, update: Node): Chat[] {
  return [...json.members(update)].flatMap(([kind, content]) => {
    const about = kind === 'callback_query' ? json.at(content, 'message') : content
    const id = json.at(about, 'chat', 'id')
    return json.isNumber(id) ? [{ id: json.safeInteger(id), isGuest: kind === 'guest_message' }] : []
  })
}

/** A message that says that a group became a supergroup. */
interface Migration {
  /** The message's chat: the old one if `to` is there, the new one if `from` is there. */
  readonly chat: number
  readonly to: number | null
  readonly from: number | null
}

function migrationOf(json: Json, update: Node): Migration | null {
  const message = json.at(update, 'message')
  const to = groupId(json, json.at(message, 'migrate_to_chat_id'))
  const from = groupId(json, json.at(message, 'migrate_from_chat_id'))
  if (to === null && from === null) return null
  const chat = groupId(json, json.at(message, 'chat', 'id'))
  return chat === null || chat === to || chat === from ? null : { chat, to, from }
}

/** The ids of groups and channels are negative, those of private chats are not. */
function groupId(json: Json, node: Node): number | null {
  const id = json.safeInteger(node)
  return id !== null && id < 0 ? id : null
}

const isUnknownGroup = ({ id, isGuest }: Chat) => id !== null && id < 0 && !isGuest

class KeptChats {
  readonly #listed: ReadonlySet<number>
  readonly #keepsAll: boolean
  readonly #pairs: SharedPairs

  constructor(list: readonly string[], pairs: SharedPairs) {
    this.#keepsAll = list.includes(EVERY_CHAT)
    this.#listed = new Set(list.filter(item => item !== EVERY_CHAT).map(Number))
    this.#pairs = pairs
  }

  /** Whether TELEGRAM_CHAT_ID keeps the chat. */
  lists({ id, isGuest }: Chat): boolean {
    return this.#keepsAll || (id !== null && !isGuest && this.#listed.has(id))
  }

  /** Whether TELEGRAM_CHAT_ID has the number itself among its ids. */
  names(id: number): boolean {
    return this.#listed.has(id)
  }

  /** Whether the group is kept, under this id or a former one. Asks the lake for an id that is not listed. */
  async has(id: number, seen: ReadonlySet<number> = new Set()): Promise<boolean> {
    if (this.lists({ id, isGuest: false })) return true
    if (seen.has(id)) return false
    for (const former of await this.#pairs.of(String(id)))
      if (await this.has(Number(former), new Set([...seen, id]))) return true
    return false
  }
}

/** Keeps the update if one of its groups was kept under a former id. */
async function decideByLake(chats: readonly Chat[], kept: KeptChats): Promise<Decision> {
  for (const { id } of chats.filter(isUnknownGroup)) if (await kept.has(id as number)) return KEEP
  return foreign(chats, kept)
}

/**
 * Stores the pair of the new id and the old one if the group is kept.
 * @param isListed whether TELEGRAM_CHAT_ID keeps the update
 */
async function decideMigration(
  { chat, to, from }: Migration,
  isListed: boolean,
  chats: readonly Chat[],
  kept: KeptChats,
  pairs: SharedPairs,
): Promise<Decision> {
  const follow = async (former: number, next: number): Promise<Warning> => {
    if (!kept.names(next)) await pairs.add(String(next), String(former))
    return migrated(former, next)
  }
  let warning: Warning | undefined
  const listsFormer = from !== null && kept.lists({ id: from, isGuest: false })
  const isKept = listsFormer || (await kept.has(chat))
  if (listsFormer || (!isKept && from !== null && (await kept.has(from)))) warning = await follow(from, chat)
  else if (!isKept) return isListed ? KEEP : foreign(chats, kept)
  if (to !== null) warning = await follow(chat, to)
  return { keep: true, warning }
}

const migrated = (from_chat_id: number, to_chat_id: number): Warning => ({
  event: 'chat_migrated',
  metric: 'ChatMigrated',
  fields: { from_chat_id, to_chat_id },
})

/** An update that is not kept. The id of a group or channel is logged, never that of a private chat, which is a person's. */
function foreign(chats: readonly Chat[], kept: KeptChats): Decision {
  const group = chats.find(({ id }) => id !== null && id < 0)
  if (!group) return { keep: false }
  const fields = { chat_id: group.id as number }
  if (group.isGuest || !isMistyped(fields.chat_id, kept)) return { keep: false, fields }
  return { keep: false, fields, warning: { event: 'chat_id_mistyped', metric: 'ChatIdMistyped', fields } }
}

/** Whether TELEGRAM_CHAT_ID has this group's id without -100, or without the minus sign. */
function isMistyped(group: number, kept: KeptChats): boolean {
  if (kept.names(-group)) return true
  const digits = String(group)
  if (!digits.startsWith(SUPERGROUP_PREFIX)) return false
  const rest = Number(digits.slice(SUPERGROUP_PREFIX.length))
  return rest > 0 && (kept.names(rest) || kept.names(-rest))
}
