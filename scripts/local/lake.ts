import { join } from 'node:path'
import { DirectoryStore } from '../../handlers/lake/directory-store.ts'
import type { ObjectStore } from '../../handlers/lake/object-store.ts'

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
