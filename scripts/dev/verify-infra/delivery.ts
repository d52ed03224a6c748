import assert from 'node:assert/strict'
import {
  APIGatewayClient,
  GetIntegrationCommand,
  GetResourcesCommand,
  GetRestApisCommand,
} from '@aws-sdk/client-api-gateway'
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue'
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import type { Source } from '../../../handlers/sources/source.ts'
import { type Fixture, fixturesOf } from '../../../handlers/sources/testing/fixtures.ts'
import type { Functions } from './functions.ts'
import type { Resource } from './project.ts'

/** A request as a platform sends it. */
export interface Delivery {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Epoch milliseconds. */
  readonly at: number
}

/** A fixture's body, and what the contract makes of it. */
export const fixture = (source: Source, name: string): Fixture =>
  fixturesOf(source).find(fixture => fixture.name === `${source.name}/${name}`) ?? assert.fail(`no fixture ${name}`)

/** What API Gateway itself does according to the deployed API. The emulator ignores these parts of the API. */
export interface Gateway {
  /** Whether a body reaches the function as the bytes that were sent, in Base64. */
  readonly isBinary: boolean
  /** The answer to a path or method that does not exist. */
  readonly notFound: { readonly statusCode: number; readonly body: string }
}

export function gatewayOf(state: readonly Resource[]): Gateway {
  const api = state.find(({ type }) => type === 'aws_api_gateway_rest_api')
  const document = JSON.parse(String(api?.values.body))
  const { statusCode = 403, responseTemplates } =
    document['x-amazon-apigateway-gateway-responses']?.MISSING_AUTHENTICATION_TOKEN ?? {}
  return {
    isBinary: document['x-amazon-apigateway-binary-media-types']?.includes('*/*') ?? false,
    notFound: { statusCode, body: responseTemplates?.['application/json'] ?? '' },
  }
}

/** Sends a request through the deployed API: the function of its route gets the event that API Gateway makes. */
export async function deliver(
  functions: Functions,
  { isBinary, notFound }: Gateway,
  { method, path, headers = {}, query = {}, body, at }: Delivery,
) {
  const gateway = new APIGatewayClient()
  const { items: [api] = [] } = await gateway.send(new GetRestApisCommand({}))
  const restApiId = api?.id
  const { items = [] } = await gateway.send(new GetResourcesCommand({ restApiId }))
  const resource = items.find(item => item.path === path)
  if (!resource?.resourceMethods?.[method]) return notFound
  const integration = await gateway.send(
    new GetIntegrationCommand({ restApiId, resourceId: resource.id, httpMethod: method }),
  )
  assert.equal(integration.type, 'AWS_PROXY')
  const name = /:function:([\w-]+)\/invocations$/.exec(integration.uri ?? '')?.[1] ?? ''
  const answer = await functions.invoke(name, {
    httpMethod: method,
    path,
    headers,
    queryStringParameters: query,
    body: body ? Buffer.from(body).toString(isBinary ? 'base64' : 'utf8') : null,
    isBase64Encoded: body !== undefined && isBinary,
    requestContext: { requestTimeEpoch: at },
  })
  return answer as { readonly statusCode: number; readonly body: string }
}

/** The rows of one partition, read from where the Glue table points. */
export async function rowsOf(
  s3: S3Client,
  database: string | undefined,
  table: string,
  partition: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>[]> {
  const { Table } = await new GlueClient().send(new GetTableCommand({ DatabaseName: database, Name: table }))
  const template = Table?.Parameters?.['storage.location.template'] ?? ''
  const location = template.replace(/\$\{(\w+)\}/g, (_, name: string) => partition[name] ?? '')
  const [, Bucket, Prefix] = /^s3:\/\/([^/]+)\/(.*)$/.exec(location) ?? []
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
  const files = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
      const bytes = await Body?.transformToByteArray()
      assert.ok(bytes)
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
      return parquetReadObjects({ file, compressors })
    }),
  )
  return files.flat()
}
