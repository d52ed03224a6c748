import { S3Client } from '@aws-sdk/client-s3'
import { pathStyle } from '../../../handlers/lake/s3-store.ts'
import type { Deployed } from './outputs.ts'
import { regionOf } from './region.ts'

/**
 * An S3 client with the user's own credentials (environment, profile or role), in the region of `regionOf`. It keeps the
 * SDK's own timeouts: the short ones of `S3Store` suit a function in the bucket's region, not a slow line.
 */
export const s3Client = async (stage: Deployed, env: NodeJS.ProcessEnv): Promise<S3Client> =>
  new S3Client({ ...pathStyle(env), ...(await regionOf(stage, env)) })
