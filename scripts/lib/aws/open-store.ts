import { existsSync } from 'node:fs'
import { DirectoryStore } from '../../../handlers/lake/directory-store.ts'
import type { ObjectStore } from '../../../handlers/lake/object-store.ts'
import type { Deployed } from './outputs.ts'
import { parseS3Uri } from './s3-uri.ts'

/**
 * Opens the object store at a place.
 * @param place the path of a directory, or `s3://bucket/prefix`
 * @throws where the directory does not exist; UsageError for a wrong S3 address
 */
export async function openStore(place: string, stage: Deployed, env: NodeJS.ProcessEnv): Promise<ObjectStore> {
  const s3 = parseS3Uri(place)
  if (s3) {
    const [{ S3Store }, { s3Client }] = await Promise.all([
      import('../../../handlers/lake/s3-store.ts'),
      import('./s3-client.ts'),
    ])
    return within(new S3Store(s3.bucket, await s3Client(stage, env)), s3.prefix)
  }
  if (!existsSync(place)) throw new Error(`there is no directory ${place}`)
  return new DirectoryStore(place)
}

/** The objects of a store whose keys start with a prefix, as a store. @param prefix empty, or ending in `/` */
function within(store: ObjectStore, prefix: string): ObjectStore {
  if (prefix === '') return store
  return {
    putIfAbsent: (key, ...more) => store.putIfAbsent(prefix + key, ...more),
    put: (key, body) => store.put(prefix + key, body),
    get: key => store.get(prefix + key),
    readEach: (objects, visit) =>
      store.readEach(
        Array.from(objects, object => ({ ...object, key: prefix + object.key })),
        (key, object) => visit(key.slice(prefix.length), object),
      ),
    delete: key => store.delete(prefix + key),
    async *list(start, after) {
      for await (const page of store.list(prefix + start, after && prefix + after)) {
        yield page.map(object => ({ ...object, key: object.key.slice(prefix.length) }))
      }
    },
  }
}
