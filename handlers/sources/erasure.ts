import type { Columns, Row } from '../lake/columns.ts'
import type { Cut, JsonTree } from './json-cuts.ts'

/** The ids of one person on a platform, each in every spelling that the platform uses. */
export type Ids = ReadonlySet<string>

/** Which data of a platform belongs to a person, for `npm run erase`. */
export interface ErasureRules {
  /** The ids that `parse` accepts, for help texts: `a phone number with its country code`. */
  readonly ids: string
  /** Brings an id into the platform's form. @throws RangeError if it cannot be an id of the platform */
  parse(person: string): string
  /** Every spelling of an id that the platform uses, the given one first. */
  spellings(id: string): readonly string[]
  /** Finds the values of a document that belong to the person with these ids. */
  find(tree: JsonTree, ids: Ids): readonly Cut[]
  /** How a person is found by username; undefined for a platform without usernames. */
  readonly usernames?: UsernameRules
  /** A rule for each table of the platform, and for `quarantine`. */
  readonly tables: Readonly<Record<string, TableRules>>
}

/** Where a platform writes usernames. People change them, so a username is no id. */
export interface UsernameRules {
  /** The ids of the people who have the username in a document: one id for each place. */
  holders(tree: JsonTree, username: string): readonly string[]
  /** By table, the column that has the username of the row's person. */
  readonly columns: Readonly<Record<string, string>>
}

/** Usernames are the same in upper and lower case, and with or without the `@` before them. */
export const isSameUsername = (a: string, b: string): boolean =>
  a.replace(/^@/, '').toLowerCase() === b.replace(/^@/, '').toLowerCase()

/** What of a table belongs to a person. */
export interface TableRules {
  /**
   * The columns that hold the id of the one person that a row is about. A row with an id of the person in any of them is
   * removed. Of other rows, what belongs to the person is cut out of the payload.
   */
  readonly columns: readonly string[]
  /**
   * The JSON before and after a row's payload that makes a body in which the platform's `parse` reads the payload as this
   * row. Where the row does not tell its place in a body, every place in question.
   */
  frames(row: Cells): readonly Frame[]
}

export type Frame = readonly [before: string, after: string]

/** The values of a row by column. */
export type Cells = Readonly<Partial<Row<Columns>>>

/** Whether a row of one of the platform's tables belongs to the person with these ids. */
export const isRowOf = ({ tables }: ErasureRules, table: string, row: Cells, ids: Ids): boolean =>
  tables[table]?.columns.some(column => row[column] != null && ids.has(String(row[column]))) ?? false
