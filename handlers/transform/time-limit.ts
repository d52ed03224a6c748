/** Limits how long a run takes. */
export interface TimeLimit {
  /**
   * Call before each object.
   * @param done objects processed so far
   * @param objects objects of the day, as far as they are listed
   * @throws TimeTooShort if the remaining objects cannot be processed in the remaining time
   */
  check(done: number, objects: number): void
}

/** For local runs, which have no time limit. */
export const UNLIMITED: TimeLimit = { check: () => {} }

/** A run ended itself because it cannot finish its day in time. It has written nothing. */
export class TimeTooShort extends Error {
  override readonly name = 'TimeTooShort'
}

/** The share of the time that is reserved for finishing and storing the Parquet, and for a request that hangs. */
export const RESERVE = 0.1

/** The share of the time after which the pace so far predicts how long the day takes. */
const WARM_UP = 0.2

/**
 * A limit that ends a run as soon as its pace shows that it cannot finish. The rest of its time, and that of Lambda's
 * two retries, would be wasted.
 * @param remainingMs milliseconds until Lambda kills the run
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
      if (left > 0 && (needed <= left || allowed - remaining < allowed * WARM_UP)) return
      throw new TimeTooShort(
        `${count(objects)} objects are more than this run can process in ${seconds(allowed)}: ` +
          `${count(done)} were done after ${seconds(allowed - remaining)}. Nothing was written. ` +
          'More memory gives the function more CPU.',
      )
    },
  }
}

const count = (n: number) => n.toLocaleString('en-US')

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`
