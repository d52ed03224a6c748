import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

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
