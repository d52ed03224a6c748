import type { Columns, Int64, Row } from '../lake/columns.ts'
import type { Utf8Slice } from '../lake/utf8-slice.ts'
import type { Webhook } from '../webhook/webhook.ts'
import type { ErasureRules } from './erasure.ts'
import type { Reject } from './reject.ts'
import type { Sample } from './sample.ts'
import type { Language, SourceTranslations } from './translations.ts'

/** A platform: how its deliveries are received, and how a stored body becomes rows. */
export interface Source<Name extends string = string> {
  /** The API's path, the prefix in the raw bucket and the partition value in the tables that platforms share. */
  readonly name: Name
  /** Every table that `parse` yields rows of; `events` is one of them. */
  readonly tables: readonly SourceTable[]
  readonly webhook: Webhook
  readonly erasure: ErasureRules
  readonly translations: Readonly<Record<Language, SourceTranslations>>
  readonly sample: Sample
  /**
   * Parses one stored body. Pure; never throws, whatever the bytes.
   * @param receivedAt arrival, in epoch milliseconds
   */
  parse(body: Uint8Array, receivedAt: number): ParseResult
}

/** A table that a platform yields rows of. */
export interface SourceTable<R extends Row<Columns> = Row<Columns>> {
  readonly name: string
  readonly columns: Columns
  /** Whether other platforms have rows in it too: then it is partitioned by `source` as well. */
  readonly isShared: boolean
  /** The columns that `writeKey` reads. The 7 days of look-back read only these. */
  readonly keyColumns: readonly (keyof R & string)[]
  /** Whether `writeKey` also needs the row's payload; the row has only `keyColumns`. */
  keyNeedsPayload?(row: Partial<R>): boolean
  /** Writes what tells a row from every other row of the table. Two rows with the same key are one. */
  writeKey(row: Partial<R>, key: KeyWriter): void
}

/** Takes the parts of a row's key, in order. */
export interface KeyWriter {
  add(part: Utf8Slice | string | Int64 | null | undefined): void
}

/** What a body held. Each element of the body is in `rows` or in `rejects`, never in both. */
export interface ParseResult {
  /** Ordered by `start`. */
  readonly rows: readonly TableRow[]
  /** Ordered by `start`. */
  readonly rejects: readonly Reject[]
  /** Each unordered pair once. */
  readonly identities: readonly Identity[]
}

export interface TableRow {
  readonly table: string
  /** Where the element begins in the body, in bytes. */
  readonly start: number
  readonly row: Row<Columns>
}

/** Two ids of one person, as the column `person` writes them. */
export interface Identity {
  readonly id: string
  readonly same_as: string
}
