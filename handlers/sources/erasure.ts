import type { Cut, Node } from './json-tree.ts'

/** The ids of one person on a platform, in every spelling in which it writes them. */
export type Ids = ReadonlySet<string>

/** What of a document is one person's. */
export interface Traces {
  readonly cuts: readonly Cut[]
  /** Ids that the document says are the same person's, beyond those that were asked for. */
  readonly linked: readonly string[]
}

/** What counts as a person's on a platform: anything that it keys by their id. */
export interface ErasureRules {
  /** The id as the platform writes it. @throws RangeError for what cannot be one */
  parse(person: string): string
  /** Every spelling of an id that the platform uses. */
  spellings(id: string): readonly string[]
  /** What of a document is theirs. @param text the document that `root` is the tree of */
  find(root: Node, text: string, ids: Ids): Traces
  /** Columns of the table that hold a person's id; a row where one does is theirs. */
  readonly columns: readonly string[]
  /** What stands before and after a quarantined message to make a document in which it has its place. */
  readonly frame: readonly [before: string, after: string]
}

/** Whether a row is the person's. */
export const owns = (rules: ErasureRules, row: Readonly<Record<string, unknown>>, ids: Ids): boolean =>
  rules.columns.some(column => row[column] != null && ids.has(String(row[column])))
