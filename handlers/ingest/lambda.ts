import { DEFAULT_TIME_ZONE, dayIn } from '../lake/calendar.ts'
import { S3Store } from '../lake/s3-store.ts'
import type { Source } from '../sources/source.ts'
import { Configuration, NotConfigured } from '../webhook/configuration.ts'
import { type IngestHandler, ingestHandler } from './handler.ts'
import { secretsManager } from './secrets-manager.ts'

/**
 * Makes the handler that runs in AWS. The environment names the bucket of raw objects (AWS_S3_BUCKET), the secret in
 * Secrets Manager (SECRETS_ID) and the time zone of the lake's days (TIME_ZONE).
 */
export function ingestLambda(source: Source): IngestHandler {
  const { env } = process
  const store = env.SECRETS_ID ? secretsManager(env.SECRETS_ID) : undefined
  return ingestHandler(source, {
    configuration: new Configuration(env, store, Date.now, source.webhook.answerWithinMs),
    raw: once(() => {
      if (!env.AWS_S3_BUCKET) throw new NotConfigured('AWS_S3_BUCKET')
      return new S3Store(env.AWS_S3_BUCKET)
    }),
    day: epochMs => dayOf()(epochMs),
  })
}

const dayOf = once(() => dayIn(process.env.TIME_ZONE || DEFAULT_TIME_ZONE))

/** Makes a value at its first use. A setting that is missing then fails a request with a reason, not the cold start. */
function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
