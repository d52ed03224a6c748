import { setTimeout as sleep } from 'node:timers/promises'
import { isObject, type JsonObject } from '../../handlers/parsed-json.ts'
import { reasonOf } from '../lib/cli/reason.ts'

const TIMEOUT_MS = 30_000
/** The longest total wait after responses with status 429, in milliseconds. */
const MAX_WAIT_MS = 60_000

export interface TelegramApi {
  /**
   * Calls a method of the Bot API.
   * @returns the response's `result`
   * @throws TelegramRefusal if Telegram answers with an error, Error if it does not answer; never with the token
   */
  call(method: string, parameters?: JsonObject): Promise<unknown>
}

/** Telegram answered a call with an error. */
export class TelegramRefusal extends Error {
  override readonly name = 'TelegramRefusal'
  /** Telegram's `error_code`, which is the HTTP status; undefined if it gave none. */
  readonly code: number | undefined
  /** Telegram's own words. */
  readonly description: string
  /** The new id of a group that became a supergroup, where that is why the call was refused. */
  readonly migratedTo: number | undefined

  /** @see https://core.telegram.org/bots/api#responseparameters */
  constructor(method: string, { error_code, description, parameters }: JsonObject) {
    const reason = String(description)
    super(`Telegram refused ${method}: ${reason}${hintOf(error_code)}`)
    const to = isObject(parameters) ? parameters.migrate_to_chat_id : undefined
    this.code = typeof error_code === 'number' ? error_code : undefined
    this.description = reason
    this.migratedTo = typeof to === 'number' ? to : undefined
  }
}

const hintOf = (code: unknown) =>
  code === 401 || code === 404
    ? '\nThe bot token is wrong or was revoked: see @BotFather, then TELEGRAM_BOT_TOKEN.'
    : ''

/**
 * A client of the Telegram Bot API. Its URLs contain the token, so error messages are stripped of it.
 * @param base the base URL of Telegram's API server, or of your own
 * @throws when the token is malformed
 * @see https://core.telegram.org/bots/api#making-requests
 */
export function telegramApi(token: string, base = 'https://api.telegram.org'): TelegramApi {
  if (!/^\d+:[\w-]+$/.test(token)) {
    throw new Error('TELEGRAM_BOT_TOKEN is not a bot token: copy it from @BotFather, as in 123456:ABC…')
  }
  const scrub = (text: string) => text.replaceAll(token, '<token>').replaceAll(encodeURIComponent(token), '<token>')

  async function request(method: string, parameters: JsonObject): Promise<JsonObject> {
    try {
      const response = await fetch(`${base}/bot${token}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(parameters),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const text = await response.text()
      try {
        const answer: unknown = JSON.parse(text)
        if (isObject(answer)) return answer
      } catch {
        // reported below
      }
      throw new Error(`HTTP ${response.status} without JSON: is ${base} a Bot API server?`)
    } catch (error) {
      throw new Error(`Telegram did not answer ${method}: ${scrub(reasonOf(error))}`)
    }
  }

  return {
    async call(method, parameters = {}) {
      for (let waited = 0; ; ) {
        const answer = await request(method, parameters)
        if (answer.ok === true) return answer.result
        const retryAfterMs = retryAfter(answer) * 1000
        if (retryAfterMs > 0 && waited + retryAfterMs <= MAX_WAIT_MS) {
          await sleep(retryAfterMs)
          waited += retryAfterMs
          continue
        }
        throw new TelegramRefusal(method, {
          ...answer,
          description: scrub(String(answer.description ?? 'no reason given')),
        })
      }
    },
  }
}

/** How many seconds to wait after status 429; 0 for any other response. */
function retryAfter({ error_code, parameters }: JsonObject): number {
  const seconds = isObject(parameters) ? parameters.retry_after : undefined
  return error_code === 429 && typeof seconds === 'number' ? seconds : 0
}
