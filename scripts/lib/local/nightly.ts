import { addDays } from '../../../handlers/lake/calendar.ts'

/** How long after midnight its day is made: what arrived just before it is stored by then. */
const GRACE_MS = 60_000

/** How often the clock is looked at. A timer to midnight would miss it on a machine that sleeps. */
export const TICK_MS = 15_000

/** How many looks later a day that failed is tried again: a quarter of an hour. */
export const RETRY_TICKS = 60

export interface Nights {
  /** The first day to make. */
  readonly from: string
  /** The lake's date of an instant in epoch milliseconds. */
  readonly day: (epochMs: number) => string
  /** Makes a day, and says whether it could. */
  readonly make: (date: string) => Promise<boolean>
}

/** What tells the time, and when to look at it. */
export interface Clock {
  readonly now: () => number
  /** Calls `look` again and again, until the function it returns is called. */
  readonly every: (ms: number, look: () => void) => () => void
}

const SYSTEM: Clock = {
  now: Date.now,
  every(ms, look) {
    const timer = setInterval(look, ms)
    return () => clearInterval(timer)
  },
}

/**
 * Makes every day that is over, once and in the order of the dates, now and after every midnight. A day that fails is
 * tried again, and holds up those after it: they look back at what it had.
 * @returns how to stop: resolved when the day under way is made
 */
export function nightly({ from, day, make }: Nights, clock: Clock = SYSTEM): { stop(): Promise<void> } {
  let next = from
  let ticksToWait = 0
  let isStopped = false
  let making: Promise<void> | undefined

  async function makeAll(): Promise<void> {
    while (!isStopped && next <= lastDay(day, clock.now())) {
      if (!(await make(next))) {
        ticksToWait = RETRY_TICKS
        return
      }
      next = addDays(next, 1)
    }
  }
  function look(): void {
    if (making) return
    if (ticksToWait > 0 && --ticksToWait > 0) return
    making = makeAll().finally(() => {
      making = undefined
    })
  }
  look()
  const stopLooking = clock.every(TICK_MS, look)
  return {
    async stop() {
      isStopped = true
      stopLooking()
      await making
    },
  }
}

/** The last day that is over. */
export const lastDay = (day: Nights['day'], epochMs: number) => addDays(day(epochMs - GRACE_MS), -1)
