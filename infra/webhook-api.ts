import { ApiGatewayAccount } from '@cdktf/provider-aws/lib/api-gateway-account/index.js'
import { ApiGatewayDeployment } from '@cdktf/provider-aws/lib/api-gateway-deployment/index.js'
import { ApiGatewayGatewayResponse } from '@cdktf/provider-aws/lib/api-gateway-gateway-response/index.js'
import { ApiGatewayIntegration } from '@cdktf/provider-aws/lib/api-gateway-integration/index.js'
import { ApiGatewayMethod } from '@cdktf/provider-aws/lib/api-gateway-method/index.js'
import { ApiGatewayMethodSettings } from '@cdktf/provider-aws/lib/api-gateway-method-settings/index.js'
import { ApiGatewayResource } from '@cdktf/provider-aws/lib/api-gateway-resource/index.js'
import { ApiGatewayRestApi } from '@cdktf/provider-aws/lib/api-gateway-rest-api/index.js'
import { ApiGatewayStage } from '@cdktf/provider-aws/lib/api-gateway-stage/index.js'
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js'
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js'
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js'
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission/index.js'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import type { Source } from '../handlers/sources/source.ts'
import type { Deployment } from './deployment.ts'
import type { LakeFunction } from './lake-function.ts'
import type { LakeKey } from './lake-key.ts'
import { policyDocument, service } from './policy.ts'

interface ApiProps {
  readonly deployment: Deployment
  readonly key: LakeKey
  /** The function that answers each source's webhook. */
  readonly routes: readonly { readonly source: Source; readonly ingest: LakeFunction }[]
}

/** The REST API that the platforms deliver to: `/<source>`, a Lambda proxy behind each. */
export class WebhookApi extends Construct {
  readonly name: string
  readonly stageName: string
  readonly #invokeUrl: string

  constructor(scope: Construct, id: string, { deployment, key, routes }: ApiProps) {
    super(scope, id)
    const { name, stage, throttleRate, throttleBurst, logRetentionDays } = deployment
    const api = new ApiGatewayRestApi(this, 'api', {
      name: name('webhooks'),
      description: 'Receives the deliveries of messaging platforms',
      binaryMediaTypes: ['*/*'], // signatures are over the bytes that were sent
      endpointConfiguration: { types: ['REGIONAL'] },
      lifecycle: { createBeforeDestroy: true },
    })
    const restApiId = api.id
    const parts: ITerraformDependable[] = [
      // by itself API Gateway says 403 of a path that is not there
      new ApiGatewayGatewayResponse(this, 'unknown-path', {
        restApiId,
        responseType: 'MISSING_AUTHENTICATION_TOKEN',
        statusCode: '404',
        responseTemplates: { 'application/json': '{"message":"not found"}' },
      }),
    ]
    for (const { source, ingest } of routes) {
      const { id: resourceId } = new ApiGatewayResource(this, source.name, {
        restApiId,
        parentId: api.rootResourceId,
        pathPart: source.name,
      })
      for (const httpMethod of methodsOf(source)) {
        const route = `${source.name}-${httpMethod.toLowerCase()}`
        const method = new ApiGatewayMethod(this, route, {
          restApiId,
          resourceId,
          httpMethod,
          authorization: 'NONE', // the function proves the sender, by signature or secret
        })
        const integration = new ApiGatewayIntegration(this, `${route}-integration`, {
          restApiId,
          resourceId,
          httpMethod: method.httpMethod,
          type: 'AWS_PROXY',
          integrationHttpMethod: 'POST', // how Lambda is called, whatever the route's method
          uri: ingest.invokeArn,
        })
        parts.push(integration)
        new LambdaPermission(this, `${route}-permission`, {
          functionName: ingest.name,
          action: 'lambda:InvokeFunction',
          principal: 'apigateway.amazonaws.com',
          sourceArn: `${api.executionArn}/${stage}/${httpMethod}/${source.name}`,
        })
      }
    }
    const deployed = new ApiGatewayDeployment(this, 'deployment', {
      restApiId,
      // what the routes are: another answer is another deployment
      triggers: Object.fromEntries(routes.map(({ source }) => [`/${source.name}`, methodsOf(source).join(' ')])),
      dependsOn: parts,
      lifecycle: { createBeforeDestroy: true },
    })
    const accessLogs = new CloudwatchLogGroup(this, 'access-logs', {
      name: `/aws/apigateway/${name('webhooks')}`,
      retentionInDays: logRetentionDays,
      kmsKeyId: key.arn,
    })
    const apiStage = new ApiGatewayStage(this, 'stage', {
      restApiId,
      deploymentId: deployed.id,
      stageName: stage,
      xrayTracingEnabled: true,
      accessLogSettings: { destinationArn: accessLogs.arn, format: ACCESS_LOG_FORMAT },
      dependsOn: deployment.apiGatewayAccount ? [this.#accountRole(name('api-gateway'))] : [],
    })
    new ApiGatewayMethodSettings(this, 'settings', {
      restApiId,
      stageName: apiStage.stageName,
      methodPath: '*/*',
      settings: {
        throttlingRateLimit: throttleRate,
        throttlingBurstLimit: throttleBurst,
        metricsEnabled: true,
        loggingLevel: 'ERROR',
        dataTraceEnabled: false, // it would log what people wrote
      },
    })
    this.name = api.name
    this.stageName = apiStage.stageName
    this.#invokeUrl = apiStage.invokeUrl
  }

  /** Where a source's platform delivers to. */
  urlOf({ name }: Source): string {
    return `${this.#invokeUrl}/${name}`
  }

  /** The role with which API Gateway writes its logs, for all APIs of the account in this region. */
  #accountRole(name: string): ApiGatewayAccount {
    const role = new IamRole(this, 'account-role', {
      name,
      assumeRolePolicy: policyDocument(this, 'account-trust', [
        { principals: service('apigateway'), actions: ['sts:AssumeRole'] },
      ]),
    })
    const logs = new IamRolePolicyAttachment(this, 'account-logs', {
      role: role.name,
      policyArn: 'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs',
    })
    return new ApiGatewayAccount(this, 'account', { cloudwatchRoleArn: role.arn, dependsOn: [logs] })
  }
}

const methodsOf = ({ webhook }: Source) => (webhook.verify ? ['GET', 'POST'] : ['POST'])

/** One JSON object a request; nothing of its body or query, which hold messages and the verification token. */
const ACCESS_LOG_FORMAT = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  ip: '$context.identity.sourceIp',
  userAgent: '$context.identity.userAgent',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  latency: '$context.responseLatency',
  integrationStatus: '$context.integration.status',
  integrationLatency: '$context.integration.latency',
  error: '$context.error.message',
  traceId: '$context.xrayTraceId',
})
