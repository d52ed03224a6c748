import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Chart, parseChart } from './chart.ts'
import { type Parameter, parseParameters, RANGE } from './parameters.ts'

/** A query of `sql/queries`. */
export interface SavedQuery extends Header {
  /** The file's name without `.sql`. */
  readonly name: string
  /** The whole file, the header included. */
  readonly sql: string
}

/** The comment at the top of a saved query. */
export interface Header {
  readonly title: string
  readonly description: string
  /** What one row of the result stands for. */
  readonly grain: string
  /** The parameters that its `?` take in turn. Default: `RANGE`. */
  readonly parameters: readonly Parameter[]
  /** How a report draws the result. A report leaves out a query without it. */
  readonly chart?: Chart
}

const KEYS = ['title', 'description', 'grain', 'parameters', 'chart'] as const satisfies readonly (keyof Header)[]
const DIRECTORY = fileURLToPath(new URL('queries/', import.meta.url))

/**
 * Reads the saved queries of a directory, ordered by name.
 * @throws an error with the file's path where a header is wrong
 */
export function savedQueries(directory = DIRECTORY): SavedQuery[] {
  return readSqlFiles(directory, (name, sql) => ({ name, sql, ...parseHeader(sql) }))
}

/**
 * Parses the SQL files of a directory, ordered by name.
 * @param parse gets a file's name without `.sql`, and its text
 * @throws the error of `parse`, with the file's path
 */
export function readSqlFiles<T>(directory: string, parse: (name: string, sql: string) => T): T[] {
  return readdirSync(directory)
    .filter(file => file.endsWith('.sql'))
    .map(file => file.slice(0, -'.sql'.length))
    .sort()
    .map(name => {
      const path = join(directory, `${name}.sql`)
      const sql = readFileSync(path, 'utf8')
      try {
        return parse(name, sql)
      } catch (error) {
        throw new Error(`${path}: ${error instanceof Error ? error.message : error}`)
      }
    })
}

/**
 * Parses the header of a saved query.
 * @throws where a key is missing, unknown or repeated, or its value is wrong
 */
export function parseHeader(sql: string): Header {
  const fields = headerFields(sql, KEYS)
  return {
    title: fieldOf(fields, 'title'),
    description: fieldOf(fields, 'description'),
    grain: fieldOf(fields, 'grain'),
    parameters: fields.has('parameters') ? parseParameters(fieldOf(fields, 'parameters')) : RANGE,
    ...(fields.has('chart') && { chart: parseChart(fieldOf(fields, 'chart')) }),
  }
}

/**
 * Reads the lines `-- key: value` at the top of a file, up to the first line that is not a comment. A comment indented by
 * two or more spaces continues the value above it.
 * @throws where a key is unknown or repeated
 */
export function headerFields(sql: string, keys: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let last: string | undefined
  for (const line of sql.split(/\r?\n/)) {
    const comment = /^--(.*)$/.exec(line)?.[1]
    if (comment === undefined) break
    const more = /^ {2,}(\S.*)$/.exec(comment)?.[1]
    const field = /^ ?(\w+): *(.*)$/.exec(comment)
    if (more !== undefined && last !== undefined) {
      fields.set(last, `${fields.get(last)} ${more}`.trim())
    } else if (field) {
      const [, key = '', value = ''] = field
      if (!keys.includes(key)) throw new Error(`the header has an unknown key "${key}": ${keys.join(', ')}`)
      if (fields.has(key)) throw new Error(`the header has "${key}" twice`)
      fields.set(key, value.trim())
      last = key
    } else {
      throw new Error(`the header has a line that is not "-- key: value": ${line}`)
    }
  }
  return fields
}

/**
 * The value of a key.
 * @throws where it is missing or empty
 */
export function fieldOf(fields: ReadonlyMap<string, string>, key: string): string {
  const value = fields.get(key)
  if (!value) throw new Error(`the header lacks "-- ${key}: …"`)
  return value
}
