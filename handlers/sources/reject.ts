import type { Reason } from '../lake/quarantine.ts'
import type { Utf8Slice } from '../lake/utf8-slice.ts'

/** An element, or a whole body, that cannot become a row. */
export interface Reject {
  readonly reason: Reason
  /** A sentence for people. */
  readonly detail: string
  /** The element's JSON as it stands in the body, or the whole body; base64 where it is not UTF-8. */
  readonly payload: Utf8Slice | string
  /** Where the element begins in the body, in bytes. */
  readonly start: number
}
