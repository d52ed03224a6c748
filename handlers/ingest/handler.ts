import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import { jsonLog } from '../observe/log.ts'
import type { Source } from '../sources/source.ts'
import { requestOf, resultOf } from '../webhook/http.ts'
import { LakePairs } from './lake-pairs.ts'
import { type Ingest, receive } from './receive.ts'

/** A Lambda handler behind an API Gateway REST API with Lambda proxy integration. */
export type IngestHandler = (event: APIGatewayProxyEvent, context?: InvocationContext) => Promise<APIGatewayProxyResult>

export interface InvocationContext {
  readonly awsRequestId?: string
}

/**
 * Makes the handler that answers a platform's webhook.
 * @param writeLine takes the log lines; standard output unless given
 */
export function ingestHandler(source: Source, ingest: Ingest, writeLine?: (line: string) => void): IngestHandler {
  const pairs = new LakePairs(source, ingest.raw)
  return async (event, context) => {
    const requestId = context?.awsRequestId
    const gatewayRequestId = event.requestContext?.requestId // the id in API Gateway's access log
    const log = jsonLog({ source: source.name, requestId, gatewayRequestId }, writeLine)
    return resultOf(await receive(source, requestOf(event), ingest, pairs, log))
  }
}
