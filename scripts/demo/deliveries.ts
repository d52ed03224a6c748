import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Source } from '../../handlers/sources/source.ts'

/** One POST of a platform. */
export interface Delivery {
  readonly source: Source
  /** What is sent, in a word or two. */
  readonly name: string
  readonly body: Uint8Array
  /** Epoch milliseconds. */
  readonly arrivesAt: number
  /** False for a delivery that somebody else has made up. */
  readonly isAuthentic: boolean
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The week that the fixtures tell of, in epoch milliseconds: Monday to Sunday, in UTC−3. */
export const WEEK = { start: Date.parse('2026-11-09T00:00:00-03:00'), end: Date.parse('2026-11-16T00:00:00-03:00') }

/** The Telegram chats of ours that they are about: a group, the older one that became it, a channel, a private chat. */
export const OUR_CHATS = [-1001987654321, -4012345678, -1001555500001, 7000000103]

/** How long a message is under way. */
const TRANSIT_MS = 2_000

/**
 * A week of deliveries in the order of their arrival: every fixture once, and among them what platforms and strangers
 * do besides: retries, redeliveries on a later day, forgeries.
 */
export function deliveries(fixtures: string, sources: readonly Source[]): Delivery[] {
  const originals = sources.flatMap(source =>
    readdirSync(join(fixtures, source.name))
      .filter(file => file.endsWith('.rows.json'))
      .map((file, i): Delivery => {
        const name = file.slice(0, -'.rows.json'.length)
        const body = readFileSync(join(fixtures, source.name, `${name}.json`))
        // those that tell no time of this week come in its afternoons
        const arrivesAt = arrivalOf(source, body) ?? WEEK.start + (i % 7) * DAY_MS + (13 + (i % 6)) * HOUR_MS
        return { source, name, body, arrivesAt, isAuthentic: true }
      }),
  )
  return originals
    .flatMap((delivery, i) => [delivery, ...besides(delivery, i)])
    .filter(({ arrivesAt }) => arrivesAt < WEEK.end)
    .sort((a, b) => a.arrivesAt - b.arrivesAt)
}

/** A little after the last of its messages was written, where that is within the week. */
function arrivalOf(source: Source, body: Uint8Array): number | undefined {
  const written = source.parse(body, 0).rows.map(({ date }) => Number(date) * 1000)
  const last = Math.max(...written.filter(ms => ms >= WEEK.start && ms < WEEK.end))
  return Number.isFinite(last) ? Math.min(last + TRANSIT_MS, WEEK.end - 1) : undefined
}

function besides(delivery: Delivery, i: number): Delivery[] {
  const { name, arrivesAt } = delivery
  if (i % 10 === 3) return [{ ...delivery, name: `${name} (retried)`, arrivesAt: arrivesAt + 1 }]
  if (i % 10 === 6) return [{ ...delivery, name: `${name} (delivered again next day)`, arrivesAt: arrivesAt + DAY_MS }]
  if (i % 40 === 9) return [{ ...delivery, name: `${name} (forged)`, arrivesAt: arrivesAt + 2, isAuthentic: false }]
  return []
}
