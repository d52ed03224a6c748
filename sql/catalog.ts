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
  return readdirSync(directory)
    .filter(file => file.endsWith('.sql'))
    .map(file => file.slice(0, -'.sql'.length))
    .sort()
    .map(name => {
      const path = join(directory, `${name}.sql`)
      const sql = readFileSync(path, 'utf8')
      try {
        return { name, sql, ...parseHeader(sql) }
      } catch (error) {
        throw new Error(`${path}: ${error instanceof Error ? error.message : error}`)
      }
    })
}

/**
 * Parses the lines `-- key: value` at the top of a query, up to the first line that is not a comment. A comment indented
 * by two or more spaces continues the value above it.
 * @throws where a key is missing, unknown or repeated, or its value is wrong
 */
export function parseHeader(sql: string): Header {
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
      if (!KEYS.some(known => known === key))
        throw new Error(`the header has an unknown key "${key}": ${KEYS.join(', ')}`)
      if (fields.has(key)) throw new Error(`the header has "${key}" twice`)
      fields.set(key, value.trim())
      last = key
    } else {
      throw new Error(`the header has a line that is not "-- key: value": ${line}`)
    }
  }
  const field = (key: (typeof KEYS)[number]) => {
    const value = fields.get(key)
    if (!value) throw new Error(`the header lacks "-- ${key}: …"`)
    return value
  }
  return {
    title: field('title'),
    description: field('description'),
    grain: field('grain'),
    parameters: fields.has('parameters') ? parseParameters(field('parameters')) : RANGE,
    ...(fields.has('chart') && { chart: parseChart(field('chart')) }),
  }
}
