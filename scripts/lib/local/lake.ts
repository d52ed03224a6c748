import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DirectoryStore } from '../../../handlers/lake/directory-store.ts'
import { rawPrefix } from '../../../handlers/lake/layout.ts'
import type { ObjectStore } from '../../../handlers/lake/object-store.ts'
import { dayKeys } from '../../../handlers/sources/day-keys.ts'
import type { Source } from '../../../handlers/sources/source.ts'

/** A lake on this machine: `<directory>/raw/<key>` and `<directory>/enriched/<key>`. */
export interface LocalLake {
  readonly directory: string
  readonly raw: ObjectStore
  readonly enriched: ObjectStore
}

export const localLake = (directory: string): LocalLake => ({
  directory,
  raw: new DirectoryStore(join(directory, 'raw')),
  enriched: new DirectoryStore(join(directory, 'enriched')),
})

/** A lake that is there. @throws for any other place, which would read as a lake where nothing has arrived */
export function existingLake(directory: string): LocalLake {
  if (!isDirectory(directory)) throw new Error(`there is no lake at ${directory}: name its directory with --lake`)
  if (!isDirectory(join(directory, 'raw')))
    throw new Error(`${directory} is no lake: it has no folder raw. Name the lake's directory with --lake`)
  return localLake(directory)
}

/** A lake that is there or begins now. @throws where it cannot be written */
export function openLake(directory: string): LocalLake {
  try {
    mkdirSync(join(directory, 'raw'), { recursive: true })
  } catch (error) {
    throw new Error(`there can be no lake at ${directory}: ${error instanceof Error ? error.message : error}`)
  }
  return localLake(directory)
}

/** The earliest day to which something was delivered that no Parquet has seen; undefined where there is none. */
export function firstUnmadeDay({ directory }: LocalLake, source: Pick<Source, 'name' | 'tables'>): string | undefined {
  const raw = join(directory, 'raw')
  const days = readdirSync(raw).includes(source.name) ? readdirSync(join(raw, source.name)) : []
  return days
    .flatMap(name => /^context_date=(\d{4}-\d\d-\d\d)$/.exec(name)?.[1] ?? [])
    .sort()
    .find(date => {
      const made = [...dayKeys(source, date).values()].map(key => changed(directory, 'enriched', key))
      return Math.max(...made) < changed(directory, 'raw', rawPrefix(source.name, date))
    })
}

/** When a file, or what a folder lists, has changed; never, where there is none. A delivery that arrives changes its folder. */
const changed = (...path: string[]) =>
  statSync(join(...path), { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY

const isDirectory = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
