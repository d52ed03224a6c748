import { resolve } from 'node:path'
import { DirectoryStore } from '../../handlers/lake/directory-store.ts'
import type { VersionedStore } from './versioned-store.ts'

/** A local directory. A file's modification time is its arrival, as in `DirectoryStore`. */
export function directoryVersionedStore(directory: string): VersionedStore {
  const store = new DirectoryStore(directory)
  const onlyVersion = (key: string) => ({ key, id: undefined, isLatest: true })
  return {
    name: resolve(directory),
    async *list(prefix) {
      for await (const page of store.list(prefix)) for (const { key } of page) yield onlyVersion(key)
    },
    // Not by `list`, which would read the whole folder for each object.
    async *versions(key) {
      yield onlyVersion(key)
    },
    async read({ key }) {
      const object = await store.get(key)
      return object && { body: object.body, arrival: object.receivedAt }
    },
    replace: (key, body, arrival) => store.put(key, body, arrival ?? undefined),
    remove: ({ key }) => store.delete(key),
  }
}
