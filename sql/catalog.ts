import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Chart, parseChart } from './chart.ts'
import { type Parameter, parseParameters, RANGE } from './parameters.ts'

/** A query of `sql/queries`: its file's name, what its header says of it, and the file as it is. */
export interface SavedQuery extends Header {
  readonly name: string
  readonly sql: string
}

/** The comment that opens a saved query. */
export interface Header {
  readonly title: string
  readonly description: string
  /** What one row of the result stands for. */
  readonly grain: string
  /** What its `?` stand for, taken in turn; the range of days where the header says nothing. */
  readonly parameters: readonly Parameter[]
  /** How a report draws it; without one it is a table. */
  readonly chart?: Chart
}

const KEYS = ['title', 'description', 'grain', 'parameters', 'chart'] as const satisfies readonly (keyof Header)[]
const DIRECTORY = fileURLToPath(new URL('queries/', import.meta.url))

/**
 * The saved queries, by name.
 * @throws when a header is wrong
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
 * Reads `-- key: value` lines from the top of a query down to its first line of SQL; a line indented by more than one
 * space goes on with the value above.
 * @throws when a key is missing, unknown or there twice, or its value is wrong
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
        throw new Error(`its header has an unknown key "${key}": ${KEYS.join(', ')}`)
      if (fields.has(key)) throw new Error(`its header has "${key}" twice`)
      fields.set(key, value.trim())
      last = key
    } else {
      throw new Error(`its header has a line that is not "-- key: value": ${line}`)
    }
  }
  const field = (key: (typeof KEYS)[number]) => {
    const value = fields.get(key)
    if (!value) throw new Error(`its header lacks "-- ${key}: …"`)
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
