import { Lambda } from './lambda.ts'
import { SOURCES, type SourceName } from './traffic.ts'

/** Execution environments of each source's ingest. */
const POOL_SIZE = { whatsapp: 3, telegram: 2 } as const satisfies Record<SourceName, number>

/** The running ingest functions of every source. One that ends is replaced, as Lambda does. */
export class IngestPools {
  readonly #pools: ReadonlyMap<SourceName, Lambda[]>
  readonly #environment: NodeJS.ProcessEnv
  readonly #readLogLine: (line: string) => void
  #isStopped = false

  constructor(environment: NodeJS.ProcessEnv, readLogLine: (line: string) => void) {
    this.#environment = environment
    this.#readLogLine = readLogLine
    this.#pools = new Map(
      SOURCES.map(source => [source, Array.from({ length: POOL_SIZE[source] }, () => this.#start(source))]),
    )
  }

  /** The running function with the fewest deliveries under way. */
  leastBusy(source: SourceName): Lambda {
    const pool = this.#pools.get(source) ?? []
    return pool.reduce((best, it) => (it.isAlive && (!best.isAlive || it.busy < best.busy) ? it : best))
  }

  stop(): void {
    this.#isStopped = true
    for (const lambda of [...this.#pools.values()].flat()) lambda.kill()
  }

  #start(source: SourceName): Lambda {
    const lambda = new Lambda(`${source}-ingest`, this.#environment, this.#readLogLine)
    lambda.ended.then(() => {
      const pool = this.#pools.get(source)
      if (!this.#isStopped && pool) pool[pool.indexOf(lambda)] = this.#start(source)
    })
    return lambda
  }
}
