import { addDays } from '../../handlers/lake/calendar.ts'
import { LOOK_BACK_DAYS } from '../../handlers/transform/look-back.ts'
import type { DayStats } from '../../handlers/transform/transform-day.ts'

/** One day of one platform: the unit that a transform processes. */
export interface Day {
  readonly source: string
  readonly date: string
}

export type Outcome =
  | { readonly state: 'done'; readonly stats: DayStats }
  | { readonly state: 'failed'; readonly reason: string }
  /** Not run, because a day that it looks back at failed or because of an interruption. */
  | { readonly state: 'skipped' }

export interface Schedule {
  readonly run: (day: Day) => Promise<DayStats>
  /** The most days to run at the same time. */
  readonly atOnce: number
  /** When aborted, no further day starts. */
  readonly signal?: AbortSignal
  readonly onStart?: (day: Day) => void
  readonly onEnd?: (day: Day, outcome: Outcome) => void
}

/*
 * Which days may run at the same time. A day drops the messages that the Parquet of the LOOK_BACK_DAYS days before it
 * already has. Its result therefore depends on those days, and through them on all earlier ones: a day may start only
 * when no earlier day of its source within the look-back is waiting or running. Days of different sources are
 * independent, and so are days of one source that are further apart than the look-back with no day in between. The
 * days of a continuous range run one after another in each source. A failed day blocks the days that look back at it.
 * (Running all days at once, repeatedly until nothing changes, would give the same result, but an interruption would
 * leave duplicates in the tables.)
 */

/**
 * Runs days with the same result as running them one after another by date. Never rejects: a day's error is part of
 * its outcome.
 */
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
      end(day, { state: 'done', stats: await run(day) })
    } catch (error) {
      end(day, { state: 'failed', reason: error instanceof Error ? error.message : String(error) })
    }
  }

  /** The last day that looks back at each date. Computed once, because every day is compared in every round. */
  const lastLookBacks = new Map(days.map(({ date }) => [date, addDays(date, LOOK_BACK_DAYS)]))
  /** The days that are not done, by date. */
  let unfinished = [...days].sort((a, b) => (a.date < b.date ? -1 : 1))
  do {
    const pending = new LatestDays(lastLookBacks)
    const failed = new LatestDays(lastLookBacks)
    for (const day of unfinished) {
      if (running.has(day)) pending.add(day)
      else if (outcomes.has(day)) failed.add(day)
      else if (signal?.aborted || failed.areWithinLookBackOf(day)) {
        end(day, { state: 'skipped' })
        failed.add(day)
      } else {
        if (running.size < atOnce && !pending.areWithinLookBackOf(day)) {
          running.set(
            day,
            start(day).then(() => {
              running.delete(day)
            }),
          )
        }
        pending.add(day)
      }
    }
    if (running.size > 0) await Promise.race(running.values())
    unfinished = unfinished.filter(day => outcomes.get(day)?.state !== 'done')
  } while (running.size > 0 || unfinished.some(day => !outcomes.has(day)))
  return outcomes
}

/** Keeps the latest day of each source. Days must be added in the order of their dates. */
class LatestDays {
  readonly #latest = new Map<string, string>()
  readonly #lastLookBacks: ReadonlyMap<string, string>

  /** @param lastLookBacks the last date that looks back at each date */
  constructor(lastLookBacks: ReadonlyMap<string, string>) {
    this.#lastLookBacks = lastLookBacks
  }

  add({ source, date }: Day): void {
    this.#latest.set(source, date)
  }

  /** Whether a later day looks back at any of the days: if at any, then at the latest. */
  areWithinLookBackOf({ source, date }: Day): boolean {
    const latest = this.#latest.get(source)
    return latest !== undefined && (this.#lastLookBacks.get(latest) ?? '') >= date
  }
}
