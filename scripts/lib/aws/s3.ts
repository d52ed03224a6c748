import { S3Client } from '@aws-sdk/client-s3'
import { UsageError } from '../cli/command.ts'
import type { Deployed } from './outputs.ts'
import { regionOf } from './region.ts'

/** A place in S3. */
export interface S3Place {
  readonly bucket: string
  /** What every key starts with: empty, or ending in `/`. */
  readonly prefix: string
}

/** The place that `s3://bucket/prefix` names, undefined for anything but such an address. @throws UsageError */
export function s3Place(address: string): S3Place | undefined {
  if (!address.startsWith('s3://')) return undefined
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(address) ?? []
  if (!bucket) throw new UsageError(`${address} is no place in S3: write s3://bucket or s3://bucket/prefix`)
  return { bucket, prefix: path === '' || path.endsWith('/') ? path : `${path}/` }
}

/** S3 with the user's own credentials (environment, profile, role), where the stage was deployed unless they say. */
export async function s3Client(stage: Deployed, env: NodeJS.ProcessEnv): Promise<S3Client> {
  const hasOwnEndpoint = Boolean(env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL) // a server on a bare address
  return new S3Client({ forcePathStyle: hasOwnEndpoint, ...(await regionOf(stage, env)) })
}
