import type { Columns, Row } from '../lake/columns.ts'
import type { Webhook } from '../webhook/webhook.ts'
import type { ErasureRules } from './erasure.ts'
import type { Reject } from './reject.ts'
import type { Sample } from './sample.ts'
import type { Language, SourceTranslations } from './translations.ts'

/** A platform: how its deliveries are received, and how a stored body becomes rows. */
export interface Source<Name extends string = string> {
  /** The API's path, the prefix in both buckets and the table's name. */
  readonly name: Name
  readonly columns: Columns
  /** The column whose value appears once in the table, however often the platform delivers the message. */
  readonly id: string
  readonly webhook: Webhook
  readonly erasure: ErasureRules
  readonly translations: Readonly<Record<Language, SourceTranslations>>
  readonly sample: Sample
  /**
   * Reads one stored body. Pure; never throws, whatever the bytes.
   * @param receivedAt arrival, in epoch milliseconds
   */
  parse(body: Uint8Array, receivedAt: number): ParseResult
}

/** What a body held: `rows.length + rejects.length` messages, and `ignored` things that give no row by rule. */
export interface ParseResult<C extends Columns = Columns> {
  readonly rows: readonly Row<C>[]
  readonly rejects: readonly Reject[]
  readonly ignored: number
}
