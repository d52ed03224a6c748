import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import { DEFAULT_TIME_ZONE, dayIn } from '../lake/calendar.ts'
import type { ObjectStore } from '../lake/object-store.ts'
import { S3Store } from '../lake/s3-store.ts'
import { jsonLog } from '../observe/log.ts'
import type { Source } from '../sources/source.ts'
import { Configuration, NotConfigured } from './configuration.ts'
import { requestOf, resultOf } from './http.ts'
import { receive } from './receive.ts'
import { secretsManager } from './secrets-manager.ts'

/** The Lambda handler that answers a platform's webhook behind an API Gateway REST API (proxy integration). */
export function ingestHandler(source: Source) {
  const { env } = process
  const configuration = new Configuration(env, env.SECRETS_ID ? secretsManager(env.SECRETS_ID) : undefined)
  let dayOf: ReturnType<typeof dayIn> | undefined
  const day = (epochMs: number) => {
    dayOf ??= dayIn(env.TIME_ZONE || DEFAULT_TIME_ZONE)
    return dayOf(epochMs)
  }
  let store: ObjectStore | undefined
  const raw = () => {
    if (!env.AWS_S3_BUCKET) throw new NotConfigured('AWS_S3_BUCKET')
    store ??= new S3Store(env.AWS_S3_BUCKET)
    return store
  }
  return async (
    event: APIGatewayProxyEvent,
    context?: { readonly awsRequestId?: string },
  ): Promise<APIGatewayProxyResult> => {
    const log = jsonLog({
      source: source.name,
      requestId: context?.awsRequestId,
    })
    return resultOf(await receive(source, requestOf(event), { configuration, raw, day, log }))
  }
}
