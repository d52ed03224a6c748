import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore } from '../../handlers/lake/object-store.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { reasonOf } from '../lib/cli/reason.ts'
import type { LoadedBody } from './bodies.ts'

/** The result of a delivery. */
export type Outcome = 'accepted' | 'created' | 'exists' | `refused: ${string}` | `failed: ${string}`

export const isSuccess = (outcome: Outcome) => outcome === 'accepted' || outcome === 'created' || outcome === 'exists'

export type Deliver = (body: LoadedBody) => Promise<Outcome>

/** The most attempts when the webhook fails or is busy. */
const MAX_ATTEMPTS = 4
/** The wait before the second attempt. */
const FIRST_WAIT_MS = 500
const TIMEOUT_MS = 15_000

/**
 * Returns a function that delivers to a webhook, signed as the platform signs. It throws when the webhook rejects the
 * signature: the secret is then wrong for all bodies.
 * @param secrets the values of the secrets that the signature needs, by name
 * @param firstWaitMs the wait before the second attempt; it doubles before each further one
 */
export const deliverToWebhook =
  (url: string, { webhook }: Source, secrets: ReadonlyMap<string, string>, firstWaitMs = FIRST_WAIT_MS): Deliver =>
  async ({ body }) => {
    const secret = (name: string) => secrets.get(name) ?? ''
    for (let attempt = 1; ; attempt++) {
      // sign each attempt: a signature may cover the time
      const headers = { 'content-type': 'application/json', ...webhook.sign(body, secret, Date.now()) }
      const outcome = await post(url, headers, body)
      if (outcome === 401) throw new Error(`${url} rejected the signature: the local secret is not the deployed one`)
      if (typeof outcome === 'number' && outcome < 300) return 'accepted'
      const isTransient = typeof outcome === 'string' || outcome === 429 || outcome >= 500
      if (!isTransient) return `refused: HTTP ${outcome}`
      if (attempt === MAX_ATTEMPTS) return `failed: ${typeof outcome === 'string' ? outcome : `HTTP ${outcome}`}`
      await sleep(firstWaitMs * 2 ** (attempt - 1))
    }
  }

/** Returns the response's status, or the reason why there is no response. */
async function post(url: string, headers: Record<string, string>, body: Uint8Array): Promise<number | string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.arrayBuffer()
    return response.status
  } catch (error) {
    return reasonOf(error)
  }
}

/** Returns a function that stores bodies in raw under their original key. It does not overwrite an existing object. */
export const deliverToRaw =
  (raw: ObjectStore): Deliver =>
  ({ key, body, receivedAt }) =>
    raw.putIfAbsent(key, body, receivedAt)

/**
 * Yields items at a limited rate, until the signal is aborted.
 * @param perSecond the most items per second; after a delay it catches up on at most one second's worth
 */
export async function* throttle<T>(items: Iterable<T>, perSecond: number, signal: AbortSignal): AsyncIterable<T> {
  let next = performance.now()
  for (const item of items) {
    if (signal.aborted) return
    const wait = next - performance.now()
    if (wait > 0) await sleep(wait)
    next = Math.max(next, performance.now() - 1000) + 1000 / perSecond
    yield item
  }
}
