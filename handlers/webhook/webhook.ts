import type { MetricName } from '../observe/metrics.ts'
import type { Configuration, Setting } from './configuration.ts'
import type { Answer, Request } from './http.ts'

/**
 * The body with which `npm run webhook` proves that a deployment has the right secret. No platform sends it. An
 * authentic delivery of exactly these bytes is acknowledged and counted, and never stored.
 */
export const CHECK_BODY = Buffer.from('{"chatlake":"check"}')

/** How a platform's deliveries are received. */
export interface Webhook {
  /** The names of the secrets that it needs. */
  readonly secrets: readonly string[]
  /** The plain settings that it needs. */
  readonly settings: readonly Setting[]
  /** The metrics of its warnings. Each has an alarm; the text says what has happened and what to do. */
  readonly warnings: Readonly<Partial<Record<MetricName, string>>>
  /** How to make the platform deliver to `url`: a request or a place in its settings. */
  readonly registration: (url: string) => string
  /**
   * The time in which a delivery is answered, in milliseconds; 9 s unless given. Leave a share of the platform's own limit
   * to the network and to a cold start: where the platform gives up after 3 s, 2 s are right.
   */
  readonly answerWithinMs?: number
  /** Answers a handshake by GET. A platform without one answers GET with 405. See `Decision` for one by POST. */
  readonly verify?: (request: Request, configuration: Configuration) => Promise<Answer>
  /**
   * Whether the platform sent the request. Judges the raw bytes, in constant time. Where the signature covers a time,
   * compares it with `request.receivedAt`, so that a recorded delivery cannot be sent again later.
   */
  readonly isAuthentic: (request: Request, configuration: Configuration) => Promise<boolean>
  /**
   * The headers with which the platform would send `body`. `isAuthentic` accepts a request with these headers.
   * @param secret the value of a secret by its name
   * @param sentAt the time of sending, in epoch milliseconds
   */
  readonly sign: (
    body: Uint8Array,
    secret: (name: string) => string,
    sentAt: number,
  ) => Readonly<Record<string, string>>
  /**
   * What to do with the body of an authentic POST. Returns a promise only if it needs `pairs`, which cost requests.
   * @throws NotConfigured, or what `pairs` throws: the delivery is then answered with 500, and comes again
   */
  readonly decide: (body: Uint8Array, configuration: Configuration, pairs: SharedPairs) => Decision | Promise<Decision>
  /**
   * The folder of `pairs` in the raw bucket, below `<source>/`, for example `chats`. Its ingest function may list it.
   * A platform without one gets no such permission and cannot use `pairs`.
   */
  readonly pairsFolder?: string
  /**
   * The deliveries in a file that holds several, as the platform's own tools write it: slices of the file.
   * @returns null for a file that is one delivery
   * @throws if the file looks like one that holds several, but an item is not a delivery
   */
  readonly deliveriesIn?: (file: Uint8Array) => readonly Uint8Array[] | null
  /** The answer to a delivery that is stored, or that need not be. */
  readonly accepted: Answer
}

/**
 * Pairs of ids, kept in the lake and shared by all ingest functions of a platform: a pair that one function has added,
 * every other function finds at once. Pairs are never removed.
 */
export interface SharedPairs {
  /** Adds a pair, unless it exists. @throws if it cannot be stored */
  add(id: string, other: string): Promise<void>
  /** The ids that `id` is paired with; none for an unknown id. @throws if the lake does not answer */
  of(id: string): Promise<readonly string[]>
}

export type Decision =
  | { readonly keep: true; readonly warning?: Warning | undefined }
  /** Acknowledge, do not store: without the acknowledgement the platform would send it again. `fields` are logged. */
  | {
      readonly keep: false
      readonly fields?: Readonly<Record<string, number>>
      readonly warning?: Warning | undefined
    }
  /** Not a delivery: answer with this, do not store. */
  | { readonly refuse: Answer }
  /** A handshake by POST, for example Slack's `url_verification`: answer with the challenge, do not store. */
  | { readonly handshake: Answer }

/** Something that an operator must see, although the delivery itself is in order. */
export interface Warning {
  readonly event: string
  readonly metric: MetricName
  readonly fields: Readonly<Record<string, number>>
}
