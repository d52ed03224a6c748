import type { TestKit } from '../../../handlers/sources/testing/test-kit.ts'

/** What the parts of one run share: its seed, its platforms, the counts of its report, and the first violation, which ends the run. */
export class RunState {
  readonly seed: number
  readonly kits: readonly TestKit[]
  /** The folder of the built bundles. */
  readonly dist: string
  /** The report's counts by name, in the order in which each was first counted. */
  readonly counts: Record<string, number> = {}
  /** Prints how far the run is. */
  readonly progress: (text: string) => void
  #violation: unknown

  constructor(seed: number, kits: readonly TestKit[], dist: string, progress: (text: string) => void = () => {}) {
    this.seed = seed
    this.kits = kits
    this.dist = dist
    this.progress = progress
  }

  /** The names of the platforms. */
  get sources(): readonly string[] {
    return this.kits.map(({ source }) => source.name)
  }

  /** The test kit of a platform. @throws where the run has no such platform */
  kitOf(source: string): TestKit {
    const kit = this.kits.find(kit => kit.source.name === source)
    if (!kit) throw new Error(`no platform ${source}`)
    return kit
  }

  count(name: string, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by
  }

  /** Keeps the first error. Loops that check `hasFailed` stop at their next step. */
  readonly fail = (error: unknown): void => {
    this.#violation ??= error
  }

  get hasFailed(): boolean {
    return this.#violation !== undefined
  }

  /** Waits for a part of the run. @throws the first violation, also one of another part */
  async unlessFailed(part: Promise<void>): Promise<void> {
    await part
    if (this.hasFailed) throw this.#violation
  }
}
