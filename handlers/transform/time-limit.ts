/** How long a run may take. */
export interface TimeLimit {
  /** @throws TimeTooShort where the rest of the objects cannot be done in the time that is left */
  check(done: number, objects: number): void
}

/** On a machine of one's own nobody ends a run. */
export const UNLIMITED: TimeLimit = { check: () => {} }

/** A day that a run cannot finish in its time. It ends by its own decision, before anything is written. */
export class TimeTooShort extends Error {
  override readonly name = 'TimeTooShort'
}

/** The share of the time that is kept for the end: finishing the Parquet and storing it, and a request that hangs. */
export const RESERVE = 0.1

/** From this share of the time on, the pace tells how long the day will take. */
const PROBATION = 0.2

/**
 * A limit that ends a hopeless run early rather than late: what has no chance is not worth the rest of its time, nor
 * Lambda's two retries of it.
 * @param remainingMs what is left until the run is killed
 */
export function timeLimit(remainingMs: () => number): TimeLimit {
  const allowed = remainingMs()
  let atStart = allowed
  return {
    check(done, objects) {
      const remaining = remainingMs()
      if (done === 0) atStart = remaining
      const left = remaining - allowed * RESERVE
      const needed = done === 0 ? 0 : ((atStart - remaining) / done) * (objects - done)
      if (left > 0 && (needed <= left || allowed - remaining < allowed * PROBATION)) return
      throw new TimeTooShort(
        `${count(objects)} objects are more than this run can do in its ${seconds(allowed)}: it had done ${count(done)} ` +
          `after ${seconds(allowed - remaining)}. Nothing was written. More memory gives the function more CPU.`,
      )
    },
  }
}

const count = (n: number) => n.toLocaleString('en-US')

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`
