import type { Source } from '../source.ts'
import type { Random } from './random.ts'
import type { Expected } from './reference.ts'
import type { Body } from './traffic.ts'

/**
 * What the fuzzer, the fault tests and the property tests need to know of a platform. It follows the data contract and
 * shares no code with the platform's parser.
 */
export interface TestKit {
  readonly source: Source
  /** What the data contract makes of a body. */
  expected(body: Uint8Array): Expected
  /** What makes two rows of a table of the platform, or of `events`, the same, by the words of the contract. */
  sameness(table: string, row: Readonly<Record<string, unknown>>): string
  /**
   * How the ingests of a new lake, with the sample's settings, answer authentic deliveries. Call the function that it
   * returns with each delivery in turn: an earlier one may decide whether a later one is stored.
   */
  expectedAnswers(): AnswerOracle
  /** The columns with a person's name, number, id or text. */
  readonly personalColumns: readonly string[]
  /** Values of these columns that are the platform's own accounts', and so no person's. */
  readonly systemAccounts: readonly unknown[]
  /** The platform's share of the traffic, relative to the other platforms. */
  readonly trafficShare: number
  /** Returns a generator of bodies that are kept with the sample's settings, unless it marks them. Uses `personal`. */
  traffic(random: Random): () => Body
}

/** @param parsed the body's JSON; undefined where it is not UTF-8 or not JSON */
export type AnswerOracle = (parsed: unknown) => ExpectedAnswer

export interface ExpectedAnswer {
  readonly status: number
  readonly isStored: boolean
}
