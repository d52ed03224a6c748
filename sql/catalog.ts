import { fileURLToPath } from 'node:url'
import { sources as registeredSources } from '../handlers/sources/index.ts'
import type { Source } from '../handlers/sources/source.ts'
import { type Chart, parseChart } from './chart.ts'
import { withConditions } from './filters.ts'
import { fieldOf, headerFields, readSqlFiles } from './header.ts'
import { type Parameter, parseParameters, RANGE } from './parameters.ts'

/** A query of `sql/queries`. */
export interface SavedQuery extends Header {
  /** The file's name without `.sql`; of a query about one platform, the platform before it: `whatsapp-per-day`. */
  readonly name: string
  /** The whole SQL, the header included. */
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
  /** How a report draws the result. A report leaves out a query without it: `isDrawn`. */
  readonly chart?: Chart
  /** `each`: a query over all platforms, of which there is also one per platform. */
  readonly platforms?: 'each'
}

const KEYS = ['title', 'description', 'grain', 'parameters', 'chart', 'platforms'] as const
const DIRECTORY = fileURLToPath(new URL('queries/', import.meta.url))

/**
 * Reads the saved queries of a directory, ordered by name. A file with `-- platforms: each` is a query over all platforms,
 * and also one per platform.
 * @throws an error with the file's path where a header is wrong
 */
export function savedQueries(
  directory = DIRECTORY,
  sources: readonly Pick<Source, 'name' | 'translations'>[] = registeredSources,
): SavedQuery[] {
  return readSqlFiles(directory, (name, sql) => {
    const query = { name, sql, ...parseHeader(sql) }
    return query.platforms ? [query, ...sources.map(source => ofPlatform(query, source))] : [query]
  })
    .flat()
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Whether a report draws a query. Of a query of each platform it draws one per platform. */
export const isDrawn = ({ chart, platforms }: SavedQuery): boolean => chart !== undefined && platforms === undefined

/** The query about one platform: `messages` and the other views have a column `platform`. */
function ofPlatform(
  { platforms: _, ...query }: SavedQuery,
  { name, translations }: Pick<Source, 'name' | 'translations'>,
): SavedQuery {
  const title = `${query.title} on ${translations.en.name}`
  const sql = query.sql.replace(/^-- title:.*$/m, () => `-- title: ${title}`).replace(/^-- platforms:.*\n/m, '')
  return { ...query, name: `${name}-${query.name}`, title, sql: withConditions(sql, { platform: name }) }
}

/**
 * Parses the header of a saved query.
 * @throws where a key is missing, unknown or repeated, or its value is wrong
 */
export function parseHeader(sql: string): Header {
  const fields = headerFields(sql, KEYS)
  const platforms = fields.get('platforms')
  if (platforms !== undefined && platforms !== 'each') throw new Error(`"platforms" is "each", not "${platforms}"`)
  return {
    title: fieldOf(fields, 'title'),
    description: fieldOf(fields, 'description'),
    grain: fieldOf(fields, 'grain'),
    parameters: fields.has('parameters') ? parseParameters(fieldOf(fields, 'parameters')) : RANGE,
    ...(fields.has('chart') && { chart: parseChart(fieldOf(fields, 'chart')) }),
    ...(platforms && { platforms }),
  }
}
