import type { MetricName } from '../observe/metrics.ts'
import type { Configuration, Setting } from './configuration.ts'
import type { Answer, Request } from './http.ts'

/** How a platform's deliveries are received. */
export interface Webhook {
  /** Names of the secrets it needs. */
  readonly secrets: readonly string[]
  /** The plain settings it needs. */
  readonly settings: readonly Setting[]
  /** The metrics of its warnings, each with what has happened and what to do: an alarm says so. */
  readonly warnings: Readonly<Partial<Record<MetricName, string>>>
  /** How the platform is told to deliver to `url`, as its documentation says. */
  readonly registration: (url: string) => string
  /** Answers the platform's handshake; a platform without one has no GET. */
  readonly verify?: (request: Request, configuration: Configuration) => Promise<Answer>
  /** Whether the platform, and nobody else, sent this: judged by the raw bytes, in constant time. */
  readonly isAuthentic: (request: Request, configuration: Configuration) => Promise<boolean>
  /** The headers with which the platform itself would send `body`; a delivery made of them is authentic. */
  readonly sign: (body: Uint8Array, secret: (name: string) => string) => Readonly<Record<string, string>>
  /** What is to be done with an authentic body. */
  readonly decide: (body: Uint8Array, configuration: Configuration) => Decision
  /** The answer to a delivery that is stored, or is known not to be ours. */
  readonly accepted: Answer
}

export type Decision =
  /** What is not kept is not ours: acknowledged, or the platform sends it for ever, but not stored. */
  { readonly keep: boolean; readonly warning?: Warning } | { readonly refuse: Answer }

/** Something that an operator must see, though the delivery itself is in order. */
export interface Warning {
  readonly event: string
  readonly metric: MetricName
  readonly fields: Readonly<Record<string, number>>
}
