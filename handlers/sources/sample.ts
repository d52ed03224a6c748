/** What a platform sends, for the demo, the checks and the tests. */
export interface Sample {
  /** Values of the webhook's plain settings, by variable, with which the platform's fixtures and `body` are kept. */
  readonly settings: Readonly<Record<string, string>>
  /**
   * The body of a delivery with one text message.
   * @param n a number from 1 to 999999; another number gives other ids
   */
  body(n: number, text: string): Uint8Array
  /** The handshake with which the platform checks the webhook's URL. Left out where the platform has none. */
  readonly handshake?: (secret: (name: string) => string) => Handshake
}

/** A handshake's request, and the answer that the platform expects: status 200 with this body. */
export interface Handshake {
  readonly method: 'GET' | 'POST'
  readonly query?: Readonly<Record<string, string>>
  /** The body of a POST, which carries the headers of `Webhook.sign`. */
  readonly body?: Uint8Array
  readonly answer: string
}
