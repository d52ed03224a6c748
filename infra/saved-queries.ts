import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A query of sql/queries. */
export interface SavedQuery {
  /** The file's name without `.sql`. */
  readonly name: string
  /** From its header comment: `-- title: …`, `-- description: …`. */
  readonly title: string
  readonly description: string
  readonly sql: string
}

const QUERIES = fileURLToPath(new URL('../sql/queries', import.meta.url))

/** Every saved query, by name. */
export const savedQueries = (folder = QUERIES): SavedQuery[] =>
  readdirSync(folder)
    .filter(file => file.endsWith('.sql'))
    .sort()
    .map(file => {
      const sql = readFileSync(join(folder, file), 'utf8')
      const header = (name: string) => new RegExp(`^-- ${name}: *(.+)$`, 'm').exec(sql)?.[1]?.trim() ?? ''
      return { name: file.slice(0, -'.sql'.length), title: header('title'), description: header('description'), sql }
    })
