import { fileURLToPath } from 'node:url'
import { fieldOf, headerFields, readSqlFiles } from './header.ts'
import { maskText } from './mask-text.ts'

/** A view of `sql/views`. */
export interface View extends ViewHeader {
  /** The file's name without `.sql`. */
  readonly name: string
  /** The whole file, the header included. */
  readonly sql: string
}

/** The comment at the top of a view. */
export interface ViewHeader {
  readonly title: string
  readonly description: string
  /** What one row stands for. */
  readonly grain: string
  /** Which days of its tables a query reads: those of its range of `context_date`, or all. */
  readonly days: 'range' | 'all'
  readonly columns: readonly ViewColumn[]
}

export interface ViewColumn {
  readonly name: string
  readonly type: ViewType
}

/** Athena's names of the types that a view's column can have. */
export const VIEW_TYPES = ['varchar', 'bigint', 'double', 'boolean', 'date', 'timestamp'] as const
export type ViewType = (typeof VIEW_TYPES)[number]

const KEYS: readonly (keyof ViewHeader)[] = ['title', 'description', 'grain', 'days', 'columns']
const DIRECTORY = fileURLToPath(new URL('views/', import.meta.url))

/**
 * Reads the views of a directory. A view comes after those that it reads.
 * @throws an error with the file's path where a header is wrong; an error where views read each other
 */
export function savedViews(directory = DIRECTORY): View[] {
  const ordered: View[] = []
  let left = readSqlFiles(directory, (name, sql): View => ({ name, sql, ...parseViewHeader(sql) }))
  while (left.length > 0) {
    const ready = left.filter(view => left.every(other => other === view || !reads(view.sql, other.name)))
    if (ready.length === 0) throw new Error(`these views read each other: ${left.map(({ name }) => name).join(', ')}`)
    ordered.push(...ready)
    left = left.filter(view => !ready.includes(view))
  }
  return ordered
}

/**
 * Parses the header of a view. `columns` is a list such as `platform varchar, sent_at timestamp`.
 * @throws where a key is missing, unknown or repeated, or its value is wrong
 */
export function parseViewHeader(sql: string): ViewHeader {
  const fields = headerFields(sql, KEYS)
  const days = fieldOf(fields, 'days').replace(/^of the range$/, 'range')
  if (days !== 'range' && days !== 'all') throw new Error(`"days" is "of the range" or "all", not "${days}"`)
  const columns = fieldOf(fields, 'columns')
    .split(',')
    .map(item => {
      const [, name = '', word = ''] = /^\s*([a-z]\w*) +(\w+)\s*$/.exec(item) ?? []
      const type = VIEW_TYPES.find(type => type === word)
      if (!type) throw new Error(`"${item.trim()}" is not a column: write "name type", of ${VIEW_TYPES.join(', ')}`)
      return { name, type }
    })
  return {
    title: fieldOf(fields, 'title'),
    description: fieldOf(fields, 'description'),
    grain: fieldOf(fields, 'grain'),
    days,
    columns,
  }
}

/** Whether a query reads a view. A common table expression of the same name hides the view. */
export const reads = (sql: string, name: string): boolean => countReads(sql, name) > 0

/** How often a query names a view after `from` or `join`. */
export function countReads(sql: string, name: string): number {
  const text = maskText(sql, { names: true })
  const word = new RegExp(String.raw`(?<![\w".])"?${name}"?(?![\w".])`, 'gi')
  if (new RegExp(String.raw`(?<![\w".])"?${name}"?\s*(?:\([\w\s,"]*\)\s*)?as\s*\(`, 'i').test(text)) return 0
  const clauses = [...text.matchAll(FROM_CLAUSE)].map(([, relations = '']) => relations)
  return clauses.reduce((sum, relations) => sum + (relations.match(word)?.length ?? 0), 0)
}

/** The names after `from` or `join`, up to the next clause or parenthesis. */
const FROM_CLAUSE =
  /\b(?:from|join)\s+((?:(?!\b(?:where|group|order|having|limit|offset|fetch|union|select|on|using|cross|left|inner|right|full|join|from)\b)[\w".,\s])*)/gi
