import type { Source } from '../source.ts'
import type { Random } from './random.ts'
import type { Body } from './traffic.ts'

/**
 * What the fuzzer, the fault tests and the property tests need to know of a platform. It follows the data contract and
 * shares no code with the platform's parser.
 */
export interface TestKit {
  readonly source: Source
  /**
   * The messages of a body.
   * @param parsed the body's JSON; undefined where it is not UTF-8 or not JSON
   */
  messagesIn(parsed: unknown): readonly ExpectedMessage[]
  /**
   * How an ingest with the sample's settings answers an authentic delivery.
   * @param parsed as of `messagesIn`
   */
  expectedAnswer(parsed: unknown): ExpectedAnswer
  /** The columns with a person's name, number, id or text. */
  readonly personalColumns: readonly string[]
  /** Values of these columns that are the platform's own accounts', and so no person's. */
  readonly systemAccounts: readonly unknown[]
  /** The platform's share of the traffic, relative to the other platforms. */
  readonly trafficShare: number
  /** Returns a generator of bodies that are kept with the sample's settings, unless it marks them. Uses `personal`. */
  traffic(random: Random): () => Body
}

/** A message that becomes a row, with its id (null where the id cannot be kept), or one that is quarantined. */
export type ExpectedMessage = { readonly id: string | null } | 'quarantined'

export interface ExpectedAnswer {
  readonly status: number
  readonly isStored: boolean
}
