import type { Cut, JsonTree } from './json-cuts.ts'

/** The ids of one person on a platform, each in every spelling that the platform uses. */
export type Ids = ReadonlySet<string>

/** The parts of a JSON document that are one person's. */
export interface Traces {
  readonly cuts: readonly Cut[]
  /** Further ids that the document gives to the same person. */
  readonly linked: readonly string[]
}

/** Which data of a platform belongs to a person, for `npm run erase`. */
export interface ErasureRules {
  /** The ids that `parse` accepts, for help texts: `a phone number with its country code`. */
  readonly ids: string
  /** Brings an id into the platform's form. @throws RangeError if it cannot be an id of the platform */
  parse(person: string): string
  /** Every spelling of an id that the platform uses, the given one included. */
  spellings(id: string): readonly string[]
  /** Finds the parts of a document that belong to the person with these ids. */
  find(tree: JsonTree, ids: Ids): Traces
  /** The columns that hold a person's id. A row with one of the ids in any of them is the person's. */
  readonly columns: readonly string[]
  /**
   * The JSON text to put before and after a quarantined message. It makes a document in which the message stands where
   * `find` looks for messages.
   */
  readonly frame: readonly [before: string, after: string]
}

/** Whether a row of the platform's table belongs to the person with these ids. */
export const isRowOf = (rules: ErasureRules, row: Readonly<Record<string, unknown>>, ids: Ids): boolean =>
  rules.columns.some(column => row[column] != null && ids.has(String(row[column])))
