import { addDays } from '../../handlers/lake/calendar.ts'
import { type DayStats, LOOK_BACK_DAYS } from '../../handlers/transform/transform-day.ts'

/** One run of a transform. */
export interface Day {
  readonly source: string
  readonly date: string
}

export type Outcome =
  | { readonly state: 'done'; readonly account: DayStats }
  | { readonly state: 'failed'; readonly reason: string }
  /** Not run: a day that it looks back at failed, or the backfill was interrupted. */
  | { readonly state: 'left' }

export interface Schedule {
  readonly run: (day: Day) => Promise<DayStats>
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

  /** Days that are not made, in order: a day that is need not be looked at again. */
  let unmade = [...days].sort((a, b) => (a.date < b.date ? -1 : 1))
  do {
    const open = new LastDays()
    const failed = new LastDays()
    for (const day of unmade) {
      if (running.has(day)) open.add(day)
      else if (outcomes.has(day)) failed.add(day)
      else if (signal?.aborted || failed.areSeenBy(day)) {
        end(day, { state: 'left' })
        failed.add(day)
      } else {
        if (running.size < atOnce && !open.areSeenBy(day)) {
          running.set(
            day,
            start(day).then(() => {
              running.delete(day)
            }),
          )
        }
        open.add(day)
      }
    }
    if (running.size > 0) await Promise.race(running.values())
    unmade = unmade.filter(day => outcomes.get(day)?.state !== 'done')
  } while (running.size > 0 || unmade.some(day => !outcomes.has(day)))
  return outcomes
}

/** The latest of some days of each source, met in the order of their dates. */
class LastDays {
  readonly #last = new Map<string, string>()

  add({ source, date }: Day): void {
    this.#last.set(source, date)
  }

  /** Whether a later day looks back at one of them; if at any, then at the latest. */
  areSeenBy({ source, date }: Day): boolean {
    const last = this.#last.get(source)
    return last !== undefined && addDays(last, LOOK_BACK_DAYS) >= date
  }
}
