import { isObject, type JsonObject } from '../../handlers/parsed-json.ts'
import { NOT_BY_DEFAULT, UPDATE_KINDS } from '../../handlers/sources/telegram/updates.ts'
import type { Finding } from './findings.ts'
import type { TelegramApi } from './telegram-api.ts'

export interface Registration {
  readonly url: string
  readonly secretToken: string
  /** Kinds of updates; empty for Telegram's default, which leaves out `NOT_BY_DEFAULT`. */
  readonly allowedUpdates: readonly string[]
  /** Whether to discard the updates that are waiting to be delivered. */
  readonly dropPending: boolean
}

/** Sets a bot's webhook. @see https://core.telegram.org/bots/api#setwebhook */
export async function setWebhook(api: TelegramApi, registration: Registration): Promise<void> {
  const { url, secretToken, allowedUpdates, dropPending } = registration
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(secretToken)) {
    throw new Error('TELEGRAM_SECRET_TOKEN is not valid: Telegram accepts 1 to 256 characters of A-Z a-z 0-9 _ -')
  }
  await api.call('setWebhook', {
    url,
    secret_token: secretToken,
    allowed_updates: allowedUpdates,
    drop_pending_updates: dropPending,
  })
}

/** Deletes a bot's webhook. From then on Telegram keeps updates for 24 hours. */
export async function deleteWebhook(api: TelegramApi, dropPending: boolean): Promise<void> {
  await api.call('deleteWebhook', { drop_pending_updates: dropPending })
}

/** Fetches the bot of the token. @see https://core.telegram.org/bots/api#getme */
export async function fetchBot(api: TelegramApi): Promise<JsonObject> {
  const bot = await api.call('getMe')
  return isObject(bot) ? bot : {}
}

/**
 * Fetches a bot's webhook from Telegram and checks both.
 * @param url the expected URL; undefined when unknown
 */
export async function webhookFindings(
  api: TelegramApi,
  bot: JsonObject,
  url: string | undefined,
  now = Date.now(),
): Promise<Finding[]> {
  const info = await api.call('getWebhookInfo')
  return checkTelegram(bot, isObject(info) ? info : {}, url, now)
}

/**
 * Checks a bot and its webhook.
 * @param bot the result of getMe
 * @param info the result of getWebhookInfo
 * @param now epoch milliseconds
 * @see https://core.telegram.org/bots/api#user can_read_all_group_messages
 * @see https://core.telegram.org/bots/api#webhookinfo
 */
export function checkTelegram(bot: JsonObject, info: JsonObject, url: string | undefined, now: number): Finding[] {
  return [
    { level: 'ok', text: `bot: @${bot.username ?? '?'} (${bot.id ?? '?'})` },
    urlFinding(info, url),
    privacyFinding(bot),
    ...deliveryFindings(info, now),
    updateKindsFinding(info),
  ]
}

function urlFinding(info: JsonObject, url: string | undefined): Finding {
  if (!info.url)
    return {
      level: 'problem',
      text: 'no webhook is set: Telegram delivers nothing. Run: npm run webhook -- telegram set',
    }
  if (url === undefined)
    return {
      level: 'ok',
      text: `webhook: ${info.url} (not compared: nothing is deployed from this folder and --url is not given)`,
    }
  if (info.url === url) return { level: 'ok', text: `webhook: ${info.url}, as expected` }
  return {
    level: 'problem',
    text: `webhook: ${info.url}\nexpected: ${url}\nTelegram delivers to another URL. Run: npm run webhook -- telegram set`,
  }
}

const privacyFinding = (bot: JsonObject): Finding =>
  bot.can_read_all_group_messages === true
    ? { level: 'ok', text: 'privacy mode is off: the bot receives every message in its groups' }
    : {
        level: 'warning',
        text: `privacy mode is on: in a group, a bot that is not an administrator receives only commands and replies to itself.
Telegram reports no error for this. To turn it off: @BotFather, /setprivacy, Disable. Then remove the bot from each
group and add it again: in a group, the mode stays as it was when the bot joined.`,
      }

function deliveryFindings(info: JsonObject, now: number): Finding[] {
  const pending = Number(info.pending_update_count ?? 0)
  const waiting: Finding = pending
    ? { level: 'warning', text: `${pending} update${pending === 1 ? '' : 's'} waiting to be delivered` }
    : { level: 'ok', text: 'no updates waiting' }
  if (typeof info.last_error_date !== 'number') return [waiting, { level: 'ok', text: 'no delivery has failed' }]
  const message = String(info.last_error_message ?? 'no reason given')
  return [
    waiting,
    {
      level: pending ? 'problem' : 'warning',
      text: `last failed delivery, ${ago(now - info.last_error_date * 1000)}: ${message}${remedy(message)}${
        pending ? '' : '\nNo updates are waiting: it was delivered later.'
      }`,
    },
  ]
}

/** Advice for an error of the webhook that Telegram reports; empty when there is none. */
function remedy(message: string): string {
  const [, advice] = REMEDIES.find(([pattern]) => pattern.test(message)) ?? []
  return advice ? `\n${advice}` : ''
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/\b401\b/, 'The secret token differs from the one the webhook expects. Run: npm run webhook -- telegram set'],
  [/\b40[34]\b/, 'There is no webhook at that URL. Compare it with the deployed one.'],
  [/\b5\d\d\b/, "The webhook failed. The ingest function's log has the reason (secrets, chats, bucket)."],
  [/SSL|certificate/i, 'Telegram does not trust the certificate of that URL.'],
  [/resolve|timed? ?out|refused/i, 'Telegram cannot reach that URL.'],
]

/** Checks which kinds of updates Telegram delivers. It leaves the list out if the list is its default. */
function updateKindsFinding({ allowed_updates: listed }: JsonObject): Finding {
  const allowed = Array.isArray(listed) && listed.length > 0 ? listed : undefined
  const missing = allowed ? UPDATE_KINDS.filter(kind => !allowed.includes(kind)) : NOT_BY_DEFAULT
  if (missing.length === 0) return { level: 'ok', text: `updates: all ${UPDATE_KINDS.length} kinds` }
  const lost = missing.filter(kind => kind === 'message' || kind === 'channel_post')
  if (lost.length > 0) {
    return {
      level: 'problem',
      text: `updates: ${allowed?.join(', ')}\nwithout ${lost.join(' and ')}: these messages are lost. Run: npm run webhook -- telegram set`,
    }
  }
  return {
    level: 'warning',
    text: `updates: all kinds but ${missing.join(', ')}\nTelegram does not deliver these. To ask for every kind, run: npm run webhook -- telegram set`,
  }
}

/** A past time relative to now, such as "2 hours ago". Rounds down. */
function ago(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  const [count, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / 1440), 'day']
  return count === 0 ? 'less than a minute ago' : `${count} ${unit}${count === 1 ? '' : 's'} ago`
}
