import { Lambda } from './lambda.ts'
import type { RunState } from './run-state.ts'

/** Execution environments of each source's ingest. */
const POOL_SIZE = 3

/** The running ingest functions of every source. One that ends is replaced, as Lambda does. */
export class IngestPools {
  readonly #pools: ReadonlyMap<string, Lambda[]>
  readonly #run: RunState
  readonly #environment: NodeJS.ProcessEnv
  readonly #readLogLine: (line: string) => void
  #isStopped = false

  constructor(run: RunState, environment: NodeJS.ProcessEnv, readLogLine: (line: string) => void) {
    this.#run = run
    this.#environment = environment
    this.#readLogLine = readLogLine
    this.#pools = new Map(
      run.sources.map(source => [source, Array.from({ length: POOL_SIZE }, () => this.#start(source))]),
    )
  }

  /** The running function with the fewest deliveries under way. */
  leastBusy(source: string): Lambda {
    const pool = this.#pools.get(source) ?? []
    return pool.reduce((best, it) => (it.isAlive && (!best.isAlive || it.busy < best.busy) ? it : best))
  }

  stop(): void {
    this.#isStopped = true
    for (const lambda of [...this.#pools.values()].flat()) lambda.kill()
  }

  #start(source: string): Lambda {
    const lambda = new Lambda(`${source}-ingest`, this.#environment, this.#readLogLine, this.#run.dist)
    lambda.ended.then(() => {
      const pool = this.#pools.get(source)
      if (!this.#isStopped && pool) pool[pool.indexOf(lambda)] = this.#start(source)
    })
    return lambda
  }
}
