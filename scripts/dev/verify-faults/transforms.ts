import { randomOf } from '../../../handlers/sources/testing/random.ts'
import { HandlerError, Lambda, ProcessKilled } from './lambda.ts'
import { must } from './oracle.ts'
import type { RunState } from './run-state.ts'
import { DAYS } from './traffic.ts'

/** How often a day is tried; each run succeeds with a probability of about one half. */
const MAX_RUNS_PER_DAY = 40

/** Probability that a run is killed. */
const KILL_PROBABILITY = 0.3

/** Longest duration of a run, in milliseconds: Lambda ends a function in the same way. */
const TIMEOUT = 45_000

/** What a run of a day returns: its source, date, key and counts. */
export type DayStats = Readonly<Record<string, unknown>>

/** Runs the transform functions, each run in a process of its own that may be killed. */
export class Transforms {
  readonly #run: RunState
  readonly #environment: NodeJS.ProcessEnv
  readonly #readLogLine: (line: string) => void

  constructor(run: RunState, environment: NodeJS.ProcessEnv, readLogLine: (line: string) => void) {
    this.#run = run
    this.#environment = environment
    this.#readLogLine = readLogLine
  }

  /** Runs a day and kills no process. @returns null where the run failed */
  runUndisturbed(source: string, date: string): Promise<DayStats | null> {
    return this.#invoke(source, date, TIMEOUT)
  }

  /** Runs a random day of a random source, sometimes twice concurrently. */
  async runRandomDay(index: number): Promise<void> {
    const random = randomOf(this.#run.seed, 'aside', index)
    const [source, date] = [random.pick(this.#run.sources), random.pick(DAYS)]
    const names = random.chance(0.4) ? ['a', 'b'] : ['a']
    await Promise.all(names.map(name => this.#runDay(source, date, `aside ${index} ${name}`)))
  }

  /** Runs every day, the oldest first, until it succeeds. */
  async runAllDays(): Promise<void> {
    for (const date of DAYS) await Promise.all(this.#run.sources.map(source => this.#runUntilDone(source, date)))
  }

  async #runUntilDone(source: string, date: string): Promise<void> {
    for (let run = 1; run <= MAX_RUNS_PER_DAY && !this.#run.hasFailed; run++) {
      const isTwice = randomOf(this.#run.seed, 'twice', source, date, run).chance(0.2)
      const names = isTwice ? [`${run} a`, `${run} b`] : [`${run}`]
      const results = await Promise.all(names.map(name => this.#runDay(source, date, name)))
      if (results.some(stats => stats)) return
    }
    must(this.#run.hasFailed, `${source} of ${date} fails ${MAX_RUNS_PER_DAY} times`)
  }

  /** @param name of the run, from which it follows whether it is killed. @returns null where it failed or was killed */
  #runDay(source: string, date: string, name: string): Promise<DayStats | null> {
    const random = randomOf(this.#run.seed, 'transform', source, date, name)
    return this.#invoke(source, date, random.chance(KILL_PROBABILITY) ? 200 + random.int(2_000) : TIMEOUT)
  }

  /** @param killAfter milliseconds */
  async #invoke(source: string, date: string, killAfter: number): Promise<DayStats | null> {
    const lambda = new Lambda(`${source}-transform`, this.#environment, this.#readLogLine, this.#run.dist)
    const timer = setTimeout(() => lambda.kill(), killAfter)
    this.#run.count('transforms')
    try {
      const stats = (await lambda.invoke({ date })) as Record<string, number>
      const { items = -1, rows = 0, duplicates = 0, quarantined = 0 } = stats
      must(items === rows + duplicates + quarantined, `the counts do not add up: ${JSON.stringify(stats)}`)
      return stats
    } catch (error) {
      if (error instanceof ProcessKilled) this.#run.count('transforms killed')
      else if (error instanceof HandlerError) this.#run.count('transforms failed')
      else throw error
      return null
    } finally {
      clearTimeout(timer)
      lambda.kill()
    }
  }
}
