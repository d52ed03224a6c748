import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Source } from '../../handlers/sources/source.ts'

/** One webhook request of a platform. */
export interface Delivery {
  readonly source: Source
  /** The name of the fixture, and whether this is a retry, a redelivery or a forgery. */
  readonly name: string
  readonly body: Uint8Array
  /** Epoch milliseconds. */
  readonly arrivesAt: number
  /** Whether the signature is valid. */
  readonly isAuthentic: boolean
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The week of the fixtures, Monday to Sunday in UTC−3, in epoch milliseconds. `end` is exclusive. */
export const WEEK = { start: Date.parse('2026-11-09T00:00:00-03:00'), end: Date.parse('2026-11-16T00:00:00-03:00') }

/**
 * The fixtures of the demo: the week, deliveries that belong together, and bodies that give no row. The others test one
 * rule each, often with the same text, which would be the most frequent of the week.
 */
const OF_THE_DEMO = /^(?:week|case|body|bad|quarantine)-/

/** The time between sending and arrival of a message. */
const TRANSIT_MS = 2_000

/**
 * A week of deliveries in order of arrival: the fixtures of the demo, plus retries, redeliveries on a later day and
 * forgeries.
 * @param fixtures the path of the folder of fixtures
 */
export function deliveries(fixtures: string, sources: readonly Source[]): Delivery[] {
  const originals = sources.flatMap(source =>
    readdirSync(join(fixtures, source.name))
      .sort()
      .filter(file => file.endsWith('.expected.json') && OF_THE_DEMO.test(file))
      .map((file, i): Delivery => {
        const name = file.slice(0, -'.expected.json'.length)
        const body = readFileSync(join(fixtures, source.name, `${name}.json`))
        // spread fixtures of no day of this week over the afternoons
        const arrivesAt =
          arrivalOf(source, body) ?? eveningOf(name) ?? WEEK.start + (i % 7) * DAY_MS + (13 + (i % 6)) * HOUR_MS
        return { source, name, body, arrivesAt, isAuthentic: true }
      }),
  )
  return originals
    .flatMap((delivery, i) => [delivery, ...extraDeliveries(delivery, i)])
    .filter(({ arrivesAt }) => arrivesAt < WEEK.end)
    .sort((a, b) => a.arrivesAt - b.arrivesAt)
}

/** Shortly after the body's latest message of the week; undefined when it has none. Epoch milliseconds. */
function arrivalOf(source: Source, body: Uint8Array): number | undefined {
  const written = source.parse(body, 0).rows.map(({ row }) => Number(row.date) * 1000)
  const last = Math.max(...written.filter(ms => ms >= WEEK.start && ms < WEEK.end))
  return Number.isFinite(last) ? Math.min(last + TRANSIT_MS, WEEK.end - 1) : undefined
}

/** 21:00 of the day in a name like `week-2026-11-09-01`, for a body without a time; undefined for other names. */
function eveningOf(name: string): number | undefined {
  const day = /^week-(\d{4}-\d\d-\d\d)-/.exec(name)?.[1]
  return day === undefined ? undefined : Date.parse(`${day}T21:00:00-03:00`)
}

/** A retry, redelivery or forgery for some of the fixtures. @param i the fixture's index */
function extraDeliveries(delivery: Delivery, i: number): Delivery[] {
  const { name, arrivesAt } = delivery
  if (i % 10 === 3) return [{ ...delivery, name: `${name} (retried)`, arrivesAt: arrivesAt + 1 }]
  if (i % 10 === 6) return [{ ...delivery, name: `${name} (delivered again next day)`, arrivesAt: arrivesAt + DAY_MS }]
  if (i % 40 === 9) return [{ ...delivery, name: `${name} (forged)`, arrivesAt: arrivesAt + 2, isAuthentic: false }]
  return []
}
