import { UsageError } from '../cli/command.ts'

/** A bucket, or the objects in it whose keys start with a prefix. */
export interface S3Location {
  readonly bucket: string
  /** Empty, or ending in `/`. */
  readonly prefix: string
}

/**
 * Parses `s3://bucket` and `s3://bucket/prefix`; slashes at the end make no difference.
 * @returns undefined for text that does not start with `s3:`, such as the path of a directory
 * @throws UsageError for text that starts with `s3:` and does not name a bucket
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function parseS3Uri(text: string): S3Location | undefined {
  if (!/^s3:/i.test(text)) return undefined
  const [, bucket, path] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/*$/.exec(text) ?? []
  if (!bucket) throw new UsageError(`"${text}" is not an S3 address: write s3://bucket or s3://bucket/prefix`)
  return { bucket, prefix: path ? `${path}/` : '' }
}
