import { addDays } from '../../handlers/lake/calendar.ts'
import { type DayAccount, LOOK_BACK_DAYS } from '../../handlers/transform/transform-day.ts'

/** One run of a transform. */
export interface Day {
  readonly source: string
  readonly date: string
}

export type Outcome =
  | { readonly state: 'done'; readonly account: DayAccount }
  | { readonly state: 'failed'; readonly reason: string }
  /** Not run: a day that it looks back at failed, or the backfill was interrupted. */
  | { readonly state: 'left' }

export interface Schedule {
  readonly run: (day: Day) => Promise<DayAccount>
  /** Runs at once, at most. */
  readonly atOnce: number
  /** Aborted, it starts no other day. */
  readonly signal?: AbortSignal
  readonly onStart?: (day: Day) => void
  readonly onEnd?: (day: Day, outcome: Outcome) => void
}

/*
 * Which days may run side by side. A day drops the ids that the Parquet of the LOOK_BACK_DAYS days before it has, so
 * what it makes depends on what those days have made, and through them on all the days before: a day may start only
 * when every earlier day of its source that is within its look-back and still to be made is made. Days of different
 * sources share nothing, and days of one source further apart than the look-back, with none to be made in between, do
 * not either: those run side by side. The days of an unbroken range therefore go one after another in each source.
 * (Running them all at once and again until nothing changes would be right too, in the end; but whoever interrupted it
 * would leave duplicates in the table.) For the same reason a failed day holds up those that look back at it.
 */

/** Runs days in an order that gives what a run of one after another by date would give. Never throws. */
export async function runDays(days: readonly Day[], schedule: Schedule): Promise<Map<Day, Outcome>> {
  const { run, atOnce, signal, onStart, onEnd } = schedule
  const outcomes = new Map<Day, Outcome>()
  const running = new Map<Day, Promise<void>>()
  let waiting = [...days].sort((a, b) => (a.date < b.date ? -1 : 1))

  const end = (day: Day, outcome: Outcome) => {
    outcomes.set(day, outcome)
    onEnd?.(day, outcome)
  }
  const start = async (day: Day) => {
    onStart?.(day)
    try {
      end(day, { state: 'done', account: await run(day) })
    } catch (error) {
      end(day, { state: 'failed', reason: error instanceof Error ? error.message : String(error) })
    }
  }
  const state = (day: Day) => outcomes.get(day)?.state

  while (waiting.length > 0 || running.size > 0) {
    const later: Day[] = []
    const [before, open] = [[...outcomes.keys()], [...running.keys()]]
    for (const day of waiting) {
      if (signal?.aborted || before.some(other => state(other) !== 'done' && looksBackAt(day, other))) {
        end(day, { state: 'left' })
        before.push(day)
      } else if (running.size < atOnce && !open.some(other => looksBackAt(day, other))) {
        running.set(
          day,
          start(day).then(() => {
            running.delete(day)
          }),
        )
        open.push(day)
      } else {
        later.push(day)
        open.push(day)
      }
    }
    waiting = later
    if (running.size > 0) await Promise.race(running.values())
  }
  return outcomes
}

const looksBackAt = (day: Day, other: Day) =>
  day.source === other.source && other.date < day.date && addDays(other.date, LOOK_BACK_DAYS) >= day.date
