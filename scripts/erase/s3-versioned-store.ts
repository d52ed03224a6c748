import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { Version, VersionedStore } from './versioned-store.ts'

/**
 * A bucket, or a folder in it.
 * @param prefix of every key in the bucket: empty or ending in `/`; keys of the store are without it
 */
export function s3VersionedStore(client: S3Client, bucket: string, prefix = ''): VersionedStore {
  const address = (key: string) => ({ Bucket: bucket, Key: prefix + key })
  async function* list(within: string): AsyncIterable<Version> {
    let next: { readonly KeyMarker?: string | undefined; readonly VersionIdMarker?: string | undefined } | undefined =
      {}
    while (next) {
      const page: ListObjectVersionsCommandOutput = await client.send(
        new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix + within, ...next }),
      )
      for (const { Key = '', VersionId, IsLatest = true } of page.Versions ?? []) {
        yield { key: Key.slice(prefix.length), id: VersionId, isLatest: IsLatest }
      }
      next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined
    }
  }
  return {
    name: `s3://${bucket}/${prefix}`,
    list,
    async *versions(key) {
      for await (const version of list(key)) if (version.key === key) yield version
    },
    async read({ key, id }) {
      try {
        const object = await client.send(new GetObjectCommand({ ...address(key), VersionId: id }))
        if (!object.Body) throw new Error('the response of S3 has no body')
        const received = Date.parse(object.Metadata?.['received-at'] ?? '')
        return {
          body: await object.Body.transformToByteArray(),
          arrival: Number.isNaN(received) ? (object.LastModified?.getTime() ?? 0) : received,
        }
      } catch (error) {
        if (error instanceof NoSuchKey) return null
        throw error
      }
    },
    async replace(key, body, arrival) {
      const metadata =
        arrival === null
          ? {}
          : { ContentType: 'application/json', Metadata: { 'received-at': new Date(arrival).toISOString() } }
      await client.send(new PutObjectCommand({ ...address(key), Body: body, ...metadata }))
    },
    async remove({ key, id }) {
      await client.send(new DeleteObjectCommand({ ...address(key), VersionId: id }))
    },
  }
}
