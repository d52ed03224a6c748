import type { JsonObject } from '../../handlers/parsed-json.ts'
import { isObject } from '../../handlers/parsed-json.ts'
import type { Finding } from './findings.ts'
import type { TelegramApi } from './telegram-api.ts'

/**
 * Updates asked for unless told otherwise: what people write and how they edit it (a group's migration comes as a
 * message too), and the bot's own coming and going. Reactions and members' changes need an administrator and double
 * the traffic.
 */
export const ALLOWED_UPDATES = ['message', 'edited_message', 'channel_post', 'edited_channel_post', 'my_chat_member']

export interface Registration {
  readonly url: string
  readonly secretToken: string
  /** Kinds of update; none means Telegram's default, all but the rare ones. */
  readonly allowedUpdates: readonly string[]
  /** Forget what waits to be delivered. */
  readonly dropPending: boolean
}

/** Points a bot at a URL. @see https://core.telegram.org/bots/api#setwebhook */
export async function setWebhook(api: TelegramApi, registration: Registration): Promise<void> {
  const { url, secretToken, allowedUpdates, dropPending } = registration
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(secretToken)) {
    throw new Error('TELEGRAM_SECRET_TOKEN is not one: Telegram takes 1 to 256 of A-Z a-z 0-9 _ -')
  }
  await api.call('setWebhook', {
    url,
    secret_token: secretToken,
    allowed_updates: allowedUpdates,
    drop_pending_updates: dropPending,
  })
}

/** Takes a bot off its URL: from then on Telegram keeps updates for 24 h. */
export async function deleteWebhook(api: TelegramApi, dropPending: boolean): Promise<void> {
  await api.call('deleteWebhook', { drop_pending_updates: dropPending })
}

/** What Telegram knows of a bot and its webhook, in plain words. @param url where it should point, if that is known */
export async function webhookFindings(api: TelegramApi, url: string | undefined, now = Date.now()): Promise<Finding[]> {
  const [bot, info] = await Promise.all([api.call('getMe'), api.call('getWebhookInfo')])
  return explain(isObject(bot) ? bot : {}, isObject(info) ? info : {}, url, now)
}

/**
 * @see https://core.telegram.org/bots/api#user can_read_all_group_messages
 * @see https://core.telegram.org/bots/api#webhookinfo
 */
export function explain(bot: JsonObject, info: JsonObject, url: string | undefined, now: number): Finding[] {
  return [
    { level: 'ok', text: `bot: @${bot.username ?? '?'} (${bot.id ?? '?'})` },
    address(info, url),
    privacy(bot),
    ...deliveries(info, now),
    ...kinds(info),
  ]
}

function address(info: JsonObject, url: string | undefined): Finding {
  if (!info.url)
    return {
      level: 'problem',
      text: 'no webhook is set: Telegram delivers nothing. Run: npm run webhook -- telegram set',
    }
  if (url === undefined)
    return { level: 'ok', text: `webhook: ${info.url} (nothing deployed from here to compare it with; --url does)` }
  if (info.url === url) return { level: 'ok', text: `webhook: ${info.url}, as deployed` }
  return {
    level: 'problem',
    text: `webhook: ${info.url}\nbut deployed is: ${url}\nTelegram delivers elsewhere. Run: npm run webhook -- telegram set`,
  }
}

const privacy = (bot: JsonObject): Finding =>
  bot.can_read_all_group_messages === true
    ? { level: 'ok', text: 'privacy mode is off: the bot hears all that is said in its groups' }
    : {
        level: 'warning',
        text: `privacy mode is on: in a group where it is no administrator, the bot hears commands and replies to itself
and nothing else, and no error says so. Switch it off: @BotFather, /setprivacy, Disable; then take the bot out of
each group and add it again, because a group keeps the mode the bot came with.`,
      }

function deliveries(info: JsonObject, now: number): Finding[] {
  const pending = Number(info.pending_update_count ?? 0)
  const waiting: Finding = pending
    ? { level: 'warning', text: `${pending} update${pending === 1 ? '' : 's'} waiting to be delivered` }
    : { level: 'ok', text: 'no update is waiting' }
  if (typeof info.last_error_date !== 'number') return [waiting, { level: 'ok', text: 'no delivery has failed' }]
  const message = String(info.last_error_message ?? 'Telegram does not say why')
  return [
    waiting,
    {
      level: pending ? 'problem' : 'warning',
      text: `the last delivery that failed did so ${ago(now - info.last_error_date * 1000)}: ${message}${remedy(message)}${
        pending ? '' : '\nNothing waits since: it was delivered later.'
      }`,
    },
  ]
}

/** What to do about an error that Telegram reports of our webhook. */
function remedy(message: string): string {
  const [, advice] = REMEDIES.find(([pattern]) => pattern.test(message)) ?? []
  return advice ? `\n${advice}` : ''
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/\b401\b/, 'The secret token differs from the one the webhook expects. Run: npm run webhook -- telegram set'],
  [/\b40[34]\b/, 'There is no webhook at that address. Compare it with the deployed one.'],
  [/\b5\d\d\b/, "The webhook could not store it: the ingest function's log says why (secrets, chats, bucket)."],
  [/SSL|certificate/i, 'Telegram does not trust the certificate of that address.'],
  [/resolve|timed? ?out|refused/i, 'Telegram does not reach that address.'],
]

function kinds({ allowed_updates: allowed }: JsonObject): Finding[] {
  if (!Array.isArray(allowed) || allowed.length === 0) return [{ level: 'ok', text: 'updates: all of the usual kinds' }]
  const missing = ['message', 'channel_post'].filter(kind => !allowed.includes(kind))
  if (missing.length === 0) return [{ level: 'ok', text: `updates: ${allowed.join(', ')}` }]
  return [
    {
      level: 'problem',
      text: `updates: ${allowed.join(', ')}\nwithout ${missing.join(' and ')} the lake's table stays empty. Run: npm run webhook -- telegram set`,
    },
  ]
}

/** A span of time in words, rounded down. */
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
