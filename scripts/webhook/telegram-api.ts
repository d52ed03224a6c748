import { setTimeout as sleep } from 'node:timers/promises'
import { isObject, type JsonObject } from '../../handlers/parsed-json.ts'
import { reasonOf } from '../lib/cli/reason.ts'

/** How long an answer may take, and how long we wait when told to come back later; both in milliseconds. */
const TIMEOUT_MS = 30_000
const PATIENCE_MS = 60_000

export interface TelegramApi {
  /**
   * Calls a method of the Bot API.
   * @returns its `result`
   * @throws with Telegram's own description; the token is never in it
   */
  call(method: string, parameters?: JsonObject): Promise<unknown>
}

/**
 * The Telegram Bot API. The token is a part of its URLs, so nothing that may quote a URL leaves this file unread.
 * @param base the API's server, Telegram's own or one run by oneself
 * @see https://core.telegram.org/bots/api#making-requests
 */
export function telegramApi(token: string, base = 'https://api.telegram.org'): TelegramApi {
  if (!/^\d+:[\w-]+$/.test(token)) {
    throw new Error('TELEGRAM_BOT_TOKEN is not a bot token: @BotFather gives one, digits, a colon and letters')
  }
  const scrub = (text: string) => text.replaceAll(token, '<token>').replaceAll(encodeURIComponent(token), '<token>')

  async function once(method: string, parameters: JsonObject): Promise<JsonObject> {
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
        // said below
      }
      throw new Error(`HTTP ${response.status}, no JSON: is ${base} a Bot API server?`)
    } catch (error) {
      throw new Error(`Telegram did not answer ${method}: ${scrub(reasonOf(error))}`)
    }
  }

  return {
    async call(method, parameters = {}) {
      for (let waited = 0; ; ) {
        const answer = await once(method, parameters)
        if (answer.ok === true) return answer.result
        const retryAfterMs = retryAfter(answer) * 1000
        if (retryAfterMs > 0 && waited + retryAfterMs <= PATIENCE_MS) {
          await sleep(retryAfterMs)
          waited += retryAfterMs
          continue
        }
        throw new Error(
          scrub(`Telegram refused ${method}: ${answer.description ?? 'it does not say why'}${hint(answer)}`),
        )
      }
    },
  }
}

/** Seconds after which a call that came too often may be made again, 0 for any other answer. */
function retryAfter({ error_code, parameters }: JsonObject): number {
  const seconds = isObject(parameters) ? parameters.retry_after : undefined
  return error_code === 429 && typeof seconds === 'number' ? seconds : 0
}

const hint = ({ error_code }: JsonObject) =>
  error_code === 401 || error_code === 404
    ? '\nThe bot token is wrong or was revoked: see @BotFather, then TELEGRAM_BOT_TOKEN.'
    : ''
