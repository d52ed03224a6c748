import { agreedTimeZone, lakeTimeZone } from '../../handlers/lake/time-zone.ts'
import { tables } from '../../handlers/sources/tables.ts'
import { deployed } from '../lib/aws/outputs.ts'
import { regionOf } from '../lib/aws/region.ts'
import { parseS3Uri } from '../lib/aws/s3-uri.ts'
import { UsageError } from '../lib/cli/command.ts'
import { localLake } from '../lib/local/lake.ts'
import { deployedZone, rootsOf, toldTimeZone } from '../lib/time-zone.ts'
import type { Engine } from './engine.ts'
import { EVERY_DAY, type WantedTable } from './lake-part.ts'

/** The options that choose the engine of a command's queries, for `parseArgs`. */
export const ENGINE_OPTIONS = {
  engine: { type: 'string' },
  lake: { type: 'string' },
  database: { type: 'string' },
  workgroup: { type: 'string' },
} as const

export const ENGINE_HELP = `  --engine ENGINE   duckdb: reads a lake's files, on this machine (default)
                    athena: runs in AWS, which charges for the bytes read
  --lake LAKE       for duckdb: a lake's directory (default: lake), or s3://bucket[/prefix] of the tables; the days
                    that the query reads are fetched to a directory, which is removed afterwards
  --database NAME   for athena (default: Terraform's output database)
  --workgroup NAME  for athena (default: Terraform's output workgroup)`

export interface EngineChoice {
  readonly engine?: string | undefined
  readonly lake?: string | undefined
  readonly database?: string | undefined
  readonly workgroup?: string | undefined
}

export interface OpenEngine extends Engine {
  readonly name: 'duckdb' | 'athena'
  /** The lake's time zone, an IANA name: see `agreedTimeZone`. */
  readonly timeZone: string
  /** Remarks on the lake for the user, a sentence each. */
  readonly notes: readonly string[]
}

export interface EngineSettings {
  readonly env: NodeJS.ProcessEnv
  /** The part of a lake in S3 to fetch. Default: all of it. */
  readonly wanted?: readonly WantedTable[]
  /** Cancels requests and running queries, also those in AWS. */
  readonly signal?: AbortSignal
  /** Called with a description of the current step. */
  readonly progress?: (doing: string) => void
}

/**
 * Opens the engine that the options choose.
 * @throws UsageError for an unknown engine, a wrong value or options that exclude each other; TimeZoneConflict; an error
 *   where the lake or the stage's outputs cannot be read
 */
export async function openEngine(
  choice: EngineChoice,
  { env, wanted, signal, progress }: EngineSettings,
): Promise<OpenEngine> {
  const { engine = 'duckdb', lake = 'lake', database, workgroup } = choice
  for (const [name, value] of Object.entries(choice)) if (value === '') throw new UsageError(`--${name} is empty`)
  const stage = deployed(env)
  const stops = signal ? { signal } : {}

  if (engine === 'athena') {
    if (choice.lake !== undefined) throw new UsageError('--lake is for --engine duckdb: Athena reads its own tables')
    const timeZone = await zoneInAthena()
    const { openAthena } = await import('./athena.ts') // loaded on demand: engines load slowly
    const athena = openAthena({
      database: database ?? (await stage.need('database', '--database')),
      workgroup: workgroup ?? (await stage.need('workgroup', '--workgroup')),
      ...(await regionOf(stage, env)),
      ...stops,
      ...(progress && {
        progress: (state, milliseconds, bytes) =>
          progress(`Athena: ${state}, ${(milliseconds / 1000).toFixed(0)} s, ${sizeText(bytes)} read`),
      }),
    })
    return { ...athena, name: engine, timeZone, notes: [] }
  }
  if (engine !== 'duckdb') throw new UsageError(`there is no engine "${engine}": duckdb, athena`)
  if (database !== undefined || workgroup !== undefined)
    throw new UsageError('--database and --workgroup are for --engine athena')

  const location = parseS3Uri(lake)
  const { openDuckDb } = await import('./duckdb.ts')
  if (location) {
    progress?.(`fetching from ${lake}`)
    const everything = tables.map(table => ({ table, ...EVERY_DAY }))
    const [{ fetchLake, s3Root }, { s3Client }] = await Promise.all([
      import('./s3-lake.ts'),
      import('../lib/aws/s3-client.ts'),
    ])
    const client = await s3Client(stage, env)
    const fetchAll = async () => {
      const timeZone = await lakeTimeZone([s3Root(location, { client, ...stops })], await toldTimeZone(env, stage))
      return { timeZone, fetched: await fetchLake(location, wanted ?? everything, { client, ...stops }) }
    }
    const { timeZone, fetched } = await fetchAll().finally(() => client.destroy())
    try {
      const duckdb = await openDuckDb(fetched.directory, tables, { ...stops, timeZone })
      const close = () => duckdb.close().finally(fetched.remove)
      const notes = [
        `${fetched.files} ${fetched.files === 1 ? 'file' : 'files'}, ${sizeText(fetched.bytes)}, fetched from ${lake}`,
      ]
      return { ...duckdb, close, name: engine, timeZone, notes }
    } catch (error) {
      fetched.remove()
      throw error
    }
  }
  const timeZone = await lakeTimeZone(rootsOf(localLake(lake)), await toldTimeZone(env))
  const duckdb = await openDuckDb(lake, tables, { ...stops, timeZone })
  const notes = duckdb.files === 0 ? [`The lake at ${lake} has no tables yet: transform a day first.`] : []
  return { ...duckdb, name: engine, timeZone, notes }

  /** Of another database than the stage's, nothing tells the zone but TIME_ZONE. */
  async function zoneInAthena() {
    const isOfStage = database === undefined || database === (await stage.find('database'))
    const zone = isOfStage ? await stage.find('time_zone') : undefined
    return agreedTimeZone(zone ? [deployedZone(zone)] : [], await toldTimeZone(env, stage))
  }
}

/** A number of bytes as text, such as `12.3 MB`, with 1 KB = 1024 bytes. */
export function sizeText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1024)), UNITS.length - 1)
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${UNITS[power]}`
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB']
