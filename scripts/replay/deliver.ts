import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore } from '../../handlers/lake/object-store.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { reasonOf } from '../lib/cli/reason.ts'
import type { Arrived } from './bodies.ts'

/** How a delivery ended. */
export type Outcome = 'accepted' | 'created' | 'exists' | `refused: ${string}` | `failed: ${string}`

export const isWell = (outcome: Outcome) => outcome === 'accepted' || outcome === 'created' || outcome === 'exists'

export type Deliver = (arrived: Arrived) => Promise<Outcome>

/** How often a delivery is tried that the other side could not take just now, and how long between, in milliseconds. */
const ATTEMPTS = 4
const PAUSE_MS = 500
const TIMEOUT_MS = 15_000

/**
 * Delivers by HTTP, signed as the platform signs.
 * @param pauseMs before the second attempt; doubled before each other
 * @returns a delivery that throws where the secret is wrong, since then it is for every other body
 */
export const toWebhook =
  (url: string, { webhook }: Source, secrets: ReadonlyMap<string, string>, pauseMs = PAUSE_MS): Deliver =>
  async ({ body }) => {
    const secret = (name: string) => secrets.get(name) ?? ''
    for (let attempt = 1; ; attempt++) {
      // signed anew each time: a signature may cover the time
      const headers = { 'content-type': 'application/json', ...webhook.sign(body, secret, Date.now()) }
      const outcome = await post(url, headers, body)
      if (outcome === 401) throw new Error(`${url} does not accept the signature: the secret here is not the one there`)
      if (typeof outcome === 'number' && outcome < 300) return 'accepted'
      const isPassing = typeof outcome === 'string' || outcome === 429 || outcome >= 500
      if (!isPassing) return `refused: HTTP ${outcome}`
      if (attempt === ATTEMPTS) return `failed: ${typeof outcome === 'string' ? outcome : `HTTP ${outcome}`}`
      await sleep(pauseMs * 2 ** (attempt - 1))
    }
  }

/** The answer's status, or why there is none. */
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

/** Puts bodies where they would lie had they been received; one that is there stays as it is. */
export const toRaw =
  (raw: ObjectStore): Deliver =>
  ({ key, body, arrival }) =>
    raw.putIfAbsent(key, body, arrival)

/** Items, so many a second at most. */
export async function* paced<T>(items: Iterable<T>, perSecond: number, signal: AbortSignal): AsyncIterable<T> {
  let next = performance.now()
  for (const item of items) {
    if (signal.aborted) return
    const wait = next - performance.now()
    if (wait > 0) await sleep(wait)
    next = Math.max(next, performance.now() - 1000) + 1000 / perSecond // what was missed is made up for, for a second
    yield item
  }
}
