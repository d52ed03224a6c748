import { type Random, randomOf } from '../../../handlers/sources/testing/random.ts'
import type { TestKit } from '../../../handlers/sources/testing/test-kit.ts'
import type { Body } from '../../../handlers/sources/testing/traffic.ts'

/*
 * Deliveries of the platforms, generated from a seed. Each message comes with the row that the contract asks for, so
 * that the tables are compared with nothing that the code under test has computed.
 */

export interface Delivery {
  readonly body: Body
  /** When the platform first sends it, in epoch milliseconds. */
  readonly at: number
  /** Signed with a wrong secret: refused, never stored. */
  readonly isForged: boolean
  /** Sent concurrently with the delivery before it. */
  readonly isConcurrent: boolean
  /** Sent after an earlier delivery of the same body. */
  readonly isRepeat: boolean
}

/** The days of the run: few enough that each is in the look-back of every later one. */
export const DAYS = ['2026-11-09', '2026-11-10', '2026-11-11', '2026-11-12'] as const

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const FIRST_MIDNIGHT = Date.parse(`${DAYS[0]}T03:00:00Z`)
const END = FIRST_MIDNIGHT + DAYS.length * DAY

/** The day of an instant in America/Sao_Paulo, which has been three hours behind UTC since 2019. */
export const dayOf = (ms: number) => new Date(ms - 180 * MINUTE).toISOString().slice(0, 10)

/** An instant, moved to the end of the run's days where it is later. */
export const within = (ms: number) => Math.min(ms, END - 1)

/** Deliveries in the order in which they are sent. */
export function trafficOf(seed: number, count: number, kits: readonly TestKit[]): Delivery[] {
  const random = randomOf(seed, 'traffic')
  const nextBody = bodyGenerator(random, kits)
  const planned: { readonly sortedBy: number; readonly group: Delivery[] }[] = []
  const sent: Body[] = []
  let deliveries = 0
  while (deliveries < count) {
    const body = nextBody()
    const at = randomInstant(random)
    const group = [delivery(body, at)]
    if (random.chance(0.06))
      group.push({ ...delivery(body, within(at + random.int(50))), isConcurrent: true, isRepeat: true })
    if (random.chance(0.01)) group.push({ ...delivery(body, at), isForged: true, isConcurrent: true })
    planned.push({ sortedBy: jittered(random, at), group })
    sent.push(body)
    deliveries += group.length
    if (!random.chance(0.15)) continue
    const repeated = random.pick(sent)
    const later = within(at + (random.chance(0.5) ? random.int(60 * MINUTE) : random.int(3 * DAY)))
    planned.push({ sortedBy: jittered(random, later), group: [{ ...delivery(repeated, later), isRepeat: true }] })
    deliveries++
  }
  return planned.sort((a, b) => a.sortedBy - b.sortedBy).flatMap(({ group }) => group)
}

const delivery = (body: Body, at: number): Delivery => ({
  body,
  at,
  isForged: false,
  isConcurrent: false,
  isRepeat: false,
})

/** A random instant of the days, often so close to midnight that a retry arrives on the next day. */
const randomInstant = (random: Random) =>
  random.chance(0.2)
    ? FIRST_MIDNIGHT + (1 + random.int(DAYS.length - 1)) * DAY - 1 - random.int(2 * MINUTE)
    : FIRST_MIDNIGHT + random.int(DAYS.length * DAY)

/** The instant that decides a delivery's place in the order: most are slightly out of order, some by a day. */
const jittered = (random: Random, at: number) =>
  at + (random.next() - 0.5) * (random.chance(0.05) ? 2 * DAY : 20 * MINUTE)

/** Bodies of the platforms, in proportion to their shares of the traffic. */
function bodyGenerator(random: Random, kits: readonly TestKit[]): () => Body {
  const generators = kits.flatMap(({ trafficShare, traffic }) => {
    const next = traffic(random)
    return Array.from({ length: trafficShare }, () => next)
  })
  return () => random.pick(generators)()
}

/** The largest share of one platform in the traffic, from 0 to 1. */
export function largestShare(kits: readonly TestKit[]): number {
  const shares = kits.map(({ trafficShare }) => trafficShare)
  return Math.max(...shares) / shares.reduce((sum, share) => sum + share)
}
