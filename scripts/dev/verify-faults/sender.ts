import { setTimeout as sleep } from 'node:timers/promises'
import { secretOf, signedPost } from '../../../handlers/ingest/testing/deliveries.ts'
import { type Random, randomOf } from '../../../handlers/sources/testing/random.ts'
import type { Body } from '../../../handlers/sources/testing/traffic.ts'
import type { IngestPools } from './ingest-pools.ts'
import type { LakeBucket } from './lake.ts'
import { ProcessKilled } from './lambda.ts'
import { must } from './oracle.ts'
import type { RunState } from './run-state.ts'
import { type Delivery, dayOf, within } from './traffic.ts'

/** Deliveries under way at once; those that are sent concurrently with another count as one. */
const SENDERS = 24

/** A platform retries for days; here a delivery that is refused so often counts as one that never gets through. */
const MAX_ATTEMPTS = 60

/** Probability that an attempt kills the ingest that it was sent to. */
const KILL_PROBABILITY = 0.006

/** Longest wait for an answer, in milliseconds. */
const ANSWER_TIMEOUT = 60_000

/** How an attempt was answered where there was no HTTP status: the process was killed, or the time was up. */
const KILLED = 0
const TIMED_OUT = -1

/** Sends deliveries to the ingest functions as the platforms do, and records what was sent and acknowledged. */
export class Sender {
  /** The arrival times of the attempts that may be stored under each raw key, in epoch milliseconds. */
  readonly attempted = new Map<string, Set<number>>()
  /** Raw keys of the deliveries that were answered with 2xx. */
  readonly acknowledged = new Set<string>()
  readonly #run: RunState
  readonly #ingests: IngestPools
  readonly #raw: LakeBucket

  constructor(run: RunState, ingests: IngestPools, raw: LakeBucket) {
    this.#run = run
    this.#ingests = ingests
    this.#raw = raw
  }

  /**
   * Sends every delivery until it is acknowledged.
   * @param beforeGroup is called before each group of concurrent deliveries, with the indexes of its first and last
   */
  async sendAll(traffic: readonly Delivery[], beforeGroup: (first: number, last: number) => void): Promise<void> {
    let next = 0
    const send = async () => {
      while (next < traffic.length && !this.#run.hasFailed) {
        const first = next++
        const group = [first]
        while (traffic[next]?.isConcurrent) group.push(next++)
        if (first % 1000 === 0) this.#run.progress(`${first} of ${traffic.length} deliveries sent`)
        beforeGroup(first, next - 1)
        await Promise.all(group.map(index => this.#deliver(traffic[index] as Delivery, index)))
      }
    }
    await Promise.all(Array.from({ length: SENDERS }, send))
  }

  /** Sends a delivery until it is acknowledged; a forged one until it is refused. */
  async #deliver(delivery: Delivery, index: number): Promise<void> {
    const { body, at, isForged } = delivery
    this.#run.count(kindOf(delivery))
    for (let attempt = 1; !this.#run.hasFailed; attempt++) {
      const random = randomOf(this.#run.seed, 'attempt', index, attempt)
      const receivedAt = within(at + (attempt - 1) * (20_000 + random.int(60_000)))
      const key = rawKeyOf(body, dayOf(receivedAt))
      const mayBeStored = !isForged && !body.isOfOtherChat
      if (mayBeStored) this.attempted.set(key, (this.attempted.get(key) ?? new Set()).add(receivedAt))
      const status = await this.#attempt(delivery, receivedAt, random)
      must(status !== TIMED_OUT, `an ingest does not answer within a minute: ${key}`)
      if (isForged && status === 401) return
      must(!isForged || status === KILLED, `a forged delivery is answered with ${status}`)
      if (status >= 200 && status < 300) {
        if (!mayBeStored) return
        this.acknowledged.add(key)
        if (random.chance(0.05)) await this.#mustBeStored(key, body)
        return
      }
      must(status === 500 || status === KILLED, `an authentic delivery is answered with ${status}: ${key}`)
      must(attempt < MAX_ATTEMPTS, `a delivery is refused ${MAX_ATTEMPTS} times: ${key}`)
      await sleep(random.int(40 * Math.min(attempt, 10)))
    }
  }

  /** Sends a delivery once; sometimes kills the ingest before it answers. @returns the HTTP status, KILLED or TIMED_OUT */
  async #attempt({ body, isForged }: Delivery, receivedAt: number, random: Random): Promise<number> {
    const lambda = this.#ingests.leastBusy(body.source)
    if (random.chance(KILL_PROBABILITY)) {
      setTimeout(() => lambda.kill(), random.int(30))
      this.#run.count('ingests killed')
    }
    this.#run.count('attempts')
    const answer = lambda.invoke(this.#eventOf(body, receivedAt, isForged)).catch(error => {
      must(error instanceof ProcessKilled, `an ingest threw: ${error}`)
      return { statusCode: KILLED }
    })
    const timeout = sleep(ANSWER_TIMEOUT, { statusCode: TIMED_OUT })
    const { statusCode } = (await Promise.race([answer, timeout])) as { statusCode: number }
    if (statusCode !== TIMED_OUT)
      this.#run.count(statusCode === KILLED ? 'attempts whose ingest was killed' : `answered ${statusCode}`)
    return statusCode
  }

  #eventOf({ source, bytes }: Body, at: number, isForged: boolean) {
    return signedPost(this.#run.kitOf(source).source, bytes, { at }, isForged ? () => 'guessed' : secretOf)
  }

  async #mustBeStored(key: string, { bytes }: Body): Promise<void> {
    const stored = await this.#raw.get(key)
    must(stored, `acknowledged, but not stored: ${key}`)
    must(stored.equals(bytes), `acknowledged, but stored with other bytes: ${key}`)
    this.#run.count('read from raw right after the answer')
  }
}

const kindOf = ({ body, isForged, isRepeat }: Delivery): string => {
  if (isForged) return 'forged'
  if (body.isOfOtherChat) return 'of chats that are not kept'
  return isRepeat ? 'sent again' : 'sent first'
}

const rawKeyOf = ({ source, sha256 }: Body, date: string) => `${source}/context_date=${date}/${sha256}.json`
