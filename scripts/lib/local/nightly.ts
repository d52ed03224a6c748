import { addDays } from '../../../handlers/lake/calendar.ts'

/** How long after midnight a day is transformed: by then the last deliveries of the day are stored. */
const GRACE_MS = 60_000

/** How often the time is checked. A timer that ends at midnight would be late on a machine that was asleep. */
export const TICK_MS = 15_000

/** After how many checks a failed day is tried again: a quarter of an hour. */
export const RETRY_TICKS = 60

export interface Nights {
  /** The first day to transform, `YYYY-MM-DD`. */
  readonly from: string
  /** The lake's date of an instant in epoch milliseconds. */
  readonly day: (epochMs: number) => string
  /** Transforms a day. Resolves to whether that succeeded. */
  readonly transform: (date: string) => Promise<boolean>
}

/** The time and a timer; tests have their own. */
export interface Clock {
  readonly now: () => number
  /** Calls `check` every `ms` milliseconds, until the function that it returns is called. */
  readonly every: (ms: number, check: () => void) => () => void
}

const SYSTEM: Clock = {
  now: Date.now,
  every(ms, check) {
    const timer = setInterval(check, ms)
    return () => clearInterval(timer)
  },
}

/**
 * Transforms every day that is over, once and in the order of the dates: now those from `from` on, then each after its
 * midnight. A failed day is tried again. The days after it wait, because a transform looks back at the days before.
 * @returns `stop` resolves when the running transform has ended
 */
export function nightly({ from, day, transform }: Nights, clock: Clock = SYSTEM): { stop(): Promise<void> } {
  let next = from
  let ticksToWait = 0
  let isStopped = false
  let running: Promise<void> | undefined

  async function transformAll(): Promise<void> {
    while (!isStopped && next <= lastDay(day, clock.now())) {
      if (!(await transform(next))) {
        ticksToWait = RETRY_TICKS
        return
      }
      next = addDays(next, 1)
    }
  }
  function check(): void {
    if (running) return
    if (ticksToWait > 0 && --ticksToWait > 0) return
    running = transformAll().finally(() => {
      running = undefined
    })
  }
  check()
  const stopChecking = clock.every(TICK_MS, check)
  return {
    async stop() {
      isStopped = true
      stopChecking()
      await running
    },
  }
}

/** The last day that is over at an instant in epoch milliseconds. */
export const lastDay = (day: Nights['day'], epochMs: number) => addDays(day(epochMs - GRACE_MS), -1)
