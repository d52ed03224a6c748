import type { Reason } from '../lake/quarantine.ts'

/** A message, or a whole body, that cannot become a row. */
export interface Reject {
  readonly reason: Reason
  /** A sentence for people. */
  readonly detail: string
  /** The message's JSON as it stands in the body, or the whole body; base64 where it is not UTF-8. */
  readonly payload: string
}
