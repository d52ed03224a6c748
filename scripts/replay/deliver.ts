import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore } from '../../handlers/lake/object-store.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { type DeliveryOutcome, OUTCOME_HEADER } from '../../handlers/webhook/http.ts'
import { reasonOf } from '../lib/cli/reason.ts'
import type { LoadedBody } from './bodies.ts'

/**
 * What became of a body, in the order of the summary. Of a webhook, only `accepted` and `repeated` are in the lake:
 * - `accepted`: the webhook stored it; `repeated`: its body was stored before
 * - `created`, `exists`: the same for a body that was written to raw
 * - `foreign`: the webhook acknowledged it and does not keep it, for example because of its chat
 * - `unconfirmed`: the webhook acknowledged it and does not say whether it stored it
 * - `refused`: another answer; `failed`: no answer, or an error of the server
 */
export const OUTCOMES = [
  'accepted',
  'repeated',
  'created',
  'exists',
  'foreign',
  'unconfirmed',
  'refused',
  'failed',
] as const

export interface Outcome {
  readonly kind: (typeof OUTCOMES)[number]
  /** The reason, where the body may not be in the lake. */
  readonly reason?: string
}

/** Whether the body is in the lake. */
export const isStored = ({ kind }: Outcome) => OUTCOMES.indexOf(kind) < OUTCOMES.indexOf('foreign')

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
      const answer = await post(url, headers, body)
      if (typeof answer !== 'string') {
        const { status, outcome } = answer
        if (status === 401) throw new Error(`${url} rejected the signature: the local secret is not the deployed one`)
        if (status < 300) return acknowledged(outcome)
        if (status !== 429 && status < 500) return { kind: 'refused', reason: `HTTP ${status}` }
      }
      if (attempt === MAX_ATTEMPTS)
        return { kind: 'failed', reason: typeof answer === 'string' ? answer : `HTTP ${answer.status}` }
      await sleep(firstWaitMs * 2 ** (attempt - 1))
    }
  }

const ACKNOWLEDGED: Readonly<Record<DeliveryOutcome, Outcome>> = {
  stored: { kind: 'accepted' },
  repeated: { kind: 'repeated' },
  foreign: { kind: 'foreign', reason: 'acknowledged, but not kept' },
  checked: { kind: 'foreign', reason: 'acknowledged as a check of the secret, and not stored' },
}

/** @param header the answer's header that says what became of the delivery */
const acknowledged = (header: string | null): Outcome =>
  new Map(Object.entries(ACKNOWLEDGED)).get(header ?? '') ?? {
    kind: 'unconfirmed',
    reason: `acknowledged, but the answer's header ${OUTCOME_HEADER} is ${header === null ? 'missing' : JSON.stringify(header)}`,
  }

interface Acknowledgement {
  readonly status: number
  /** The header that says what became of the delivery. */
  readonly outcome: string | null
}

/** Returns the response, or the reason why there is none. */
async function post(url: string, headers: Record<string, string>, body: Uint8Array): Promise<Acknowledgement | string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.arrayBuffer()
    return { status: response.status, outcome: response.headers.get(OUTCOME_HEADER) }
  } catch (error) {
    return reasonOf(error)
  }
}

/** Returns a function that stores bodies in raw under their original key. It does not overwrite an existing object. */
export const deliverToRaw =
  (raw: ObjectStore): Deliver =>
  async ({ key, body, receivedAt }) => ({ kind: await raw.putIfAbsent(key, body, receivedAt) })

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
