import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { VersionedStore } from './versioned-store.ts'

/**
 * A bucket with all its versions, or a part of it.
 * @param prefix what every key starts with, empty or ending in `/`
 */
export function s3VersionedStore(client: S3Client, bucket: string, prefix = ''): VersionedStore {
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + key })
  return {
    name: `s3://${bucket}/${prefix}`,
    async *list(within) {
      let next: { readonly KeyMarker?: string | undefined; readonly VersionIdMarker?: string | undefined } | undefined =
        {}
      while (next) {
        const page: ListObjectVersionsCommandOutput = await client.send(
          new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix + within, ...next }),
        )
        for (const { Key = '', VersionId, IsLatest = true } of page.Versions ?? []) {
          yield { key: Key.slice(prefix.length), id: VersionId, isLatest: IsLatest }
        }
        next = page.IsTruncated
          ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
          : undefined
      }
    },
    async read({ key, id }) {
      try {
        const object = await client.send(new GetObjectCommand({ ...at(key), VersionId: id }))
        if (!object.Body) throw new Error('S3 answered without a body')
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
      const kept =
        arrival === null
          ? {}
          : { ContentType: 'application/json', Metadata: { 'received-at': new Date(arrival).toISOString() } }
      await client.send(new PutObjectCommand({ ...at(key), Body: body, ...kept }))
    },
    async remove({ key, id }) {
      await client.send(new DeleteObjectCommand({ ...at(key), VersionId: id }))
    },
  }
}
