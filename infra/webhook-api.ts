import { ApiGatewayAccount } from '@cdktf/provider-aws/lib/api-gateway-account/index.js'
import { ApiGatewayDeployment } from '@cdktf/provider-aws/lib/api-gateway-deployment/index.js'
import { ApiGatewayMethodSettings } from '@cdktf/provider-aws/lib/api-gateway-method-settings/index.js'
import { ApiGatewayRestApi } from '@cdktf/provider-aws/lib/api-gateway-rest-api/index.js'
import { ApiGatewayStage } from '@cdktf/provider-aws/lib/api-gateway-stage/index.js'
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js'
import { CloudwatchLogMetricFilter } from '@cdktf/provider-aws/lib/cloudwatch-log-metric-filter/index.js'
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission/index.js'
import { Wafv2WebAclAssociation } from '@cdktf/provider-aws/lib/wafv2-web-acl-association/index.js'
import { Fn, type ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import type { Source } from '../handlers/sources/source.ts'
import type { Metric } from './alarms.ts'
import type { Deployment } from './deployment.ts'
import type { LakeFunction } from './lake-function.ts'
import type { LakeKey } from './lake-key.ts'
import { ServiceRole, service } from './policy.ts'

/** The limit of methods that a platform calls once in a while, such as a handshake: requests per second, and at once. */
const RARE = { rate: 10, burst: 20 } as const

interface ApiProps {
  readonly deployment: Deployment
  readonly key: LakeKey
  /** Each source's webhook with the function that answers it. */
  readonly routes: readonly { readonly source: Source; readonly ingest: LakeFunction }[]
}

/** The REST API that receives the platforms' deliveries at `/<source>`, with a Lambda proxy integration for each. */
export class WebhookApi extends Construct {
  readonly name: string
  readonly stageName: string
  /** Requests that API Gateway answered with 429, as its access log has them: it has no such metric of its own. */
  readonly throttled: Metric
  readonly #invokeUrl: string

  constructor(scope: Construct, id: string, { deployment, key, routes }: ApiProps) {
    super(scope, id)
    const { name, stage, throttleRate, throttleBurst, logRetentionDays, webAclArn } = deployment
    const api = new ApiGatewayRestApi(this, 'api', {
      name: name('webhooks'),
      description: "Receives messaging platforms' deliveries",
      body: JSON.stringify(openApiOf(name('webhooks'), routes, deployment)),
      endpointConfiguration: { types: ['REGIONAL'] },
      lifecycle: { createBeforeDestroy: true },
    })
    const restApiId = api.id
    for (const { source, ingest } of routes) {
      new LambdaPermission(this, `${source.name}-permission`, {
        functionName: ingest.name,
        action: 'lambda:InvokeFunction',
        principal: 'apigateway.amazonaws.com',
        sourceArn: `${api.executionArn}/${stage}/*/${source.name}`,
      })
    }
    const deployed = new ApiGatewayDeployment(this, 'deployment', {
      restApiId,
      triggers: { api: Fn.sha1(api.body) }, // every change of the document makes a new deployment
      lifecycle: { createBeforeDestroy: true },
    })
    const accessLogs = new CloudwatchLogGroup(this, 'access-logs', {
      name: `/aws/apigateway/${name('webhooks')}`,
      retentionInDays: logRetentionDays,
      kmsKeyId: key.arn,
    })
    this.throttled = { namespace: deployment.metricsNamespace, metric: 'Throttled', dimensions: {} }
    new CloudwatchLogMetricFilter(this, 'throttled', {
      name: name('throttled'),
      logGroupName: accessLogs.name,
      pattern: '{ $.status = "429" }',
      metricTransformation: {
        namespace: this.throttled.namespace,
        name: this.throttled.metric,
        value: '1',
        unit: 'Count',
      },
    })
    // for errors. API Gateway would create it itself, unencrypted and without expiry, and `destroy` would not delete it
    const executionLogs = new CloudwatchLogGroup(this, 'execution-logs', {
      name: `API-Gateway-Execution-Logs_${restApiId}/${stage}`,
      retentionInDays: logRetentionDays,
      kmsKeyId: key.arn,
    })
    const apiStage = new ApiGatewayStage(this, 'stage', {
      restApiId,
      deploymentId: deployed.id,
      stageName: stage,
      xrayTracingEnabled: true,
      accessLogSettings: { destinationArn: accessLogs.arn, format: ACCESS_LOG_FORMAT },
      dependsOn: [executionLogs, ...(deployment.apiGatewayAccount ? [this.#accountRole(deployment)] : [])],
    })
    if (webAclArn) {
      const owner = webAclArn.split(':')[4] ?? '' // arn:aws:wafv2:<region>:<account>:…
      new Wafv2WebAclAssociation(this, 'web-acl', {
        resourceArn: apiStage.arn,
        webAclArn,
        lifecycle: {
          precondition: [
            {
              condition: `\${"${owner}" == data.aws_caller_identity.deployer.account_id}`,
              errorMessage: `webAclArn is of the account ${owner}: write the ARN of a web ACL of the account ${deployment.account}.`,
            },
          ],
        },
      })
    }
    const settings = (id: string, methodPath: string, rate: number, burst: number, after: ITerraformDependable[]) =>
      new ApiGatewayMethodSettings(this, id, {
        restApiId,
        stageName: apiStage.stageName,
        methodPath,
        settings: {
          throttlingRateLimit: rate,
          throttlingBurstLimit: burst,
          metricsEnabled: true,
          loggingLevel: 'ERROR',
          dataTraceEnabled: false, // it would log message bodies
        },
        dependsOn: after, // one after the other: each is a change of the stage
      })
    // each method has a limit of its own, so that a flood of one does not take the others' requests
    let last = settings('settings', '*/*', RARE.rate, RARE.burst, [])
    for (const { source } of routes) {
      const { name } = source
      last = settings(`${name}-post-settings`, `${name}/POST`, throttleRate, throttleBurst, [last])
      if (source.webhook.verify) last = settings(`${name}-get-settings`, `${name}/GET`, RARE.rate, RARE.burst, [last])
    }
    this.name = api.name
    this.stageName = apiStage.stageName
    this.#invokeUrl = apiStage.invokeUrl
  }

  /** The URL of a source's webhook. */
  urlOf({ name }: Source): string {
    return `${this.#invokeUrl}/${name}`
  }

  /**
   * A metric that API Gateway writes: of the whole stage or, for a source, of the POSTs to its webhook.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
   */
  metric(metric: '4XXError' | '5XXError' | 'Count' | 'Latency', source?: Source): Metric {
    const ofSource = source ? { Resource: `/${source.name}`, Method: 'POST' } : {}
    return {
      namespace: 'AWS/ApiGateway',
      metric,
      dimensions: { ApiName: this.name, Stage: this.stageName, ...ofSource },
    }
  }

  /** The role with which API Gateway writes logs. The account has one for all APIs of a region. */
  #accountRole(deployment: Deployment): ApiGatewayAccount {
    const { name, region, account } = deployment
    const { role, policy } = new ServiceRole(this, 'account-role', {
      deployment,
      name: name('api-gateway'),
      trust: { principals: service('apigateway') },
      // of every log group, because the role serves all APIs of the account
      statements: [{ actions: ACCOUNT_LOG_ACTIONS, resources: [`arn:aws:logs:${region}:${account}:*`] }],
    })
    return new ApiGatewayAccount(this, 'account', { cloudwatchRoleArn: role.arn, dependsOn: [policy] })
  }
}

/**
 * The API as an OpenAPI document: the path and methods of each source, and the function that answers them. A plan shows
 * it completely, even before the functions exist.
 */
const openApiOf = (title: string, routes: ApiProps['routes'], { region }: Deployment) => ({
  openapi: '3.0.1',
  info: { title, version: '1' },
  'x-amazon-apigateway-binary-media-types': ['*/*'], // signatures cover the bytes that were sent
  'x-amazon-apigateway-gateway-responses': {
    // by default API Gateway answers 403 for an unknown path
    MISSING_AUTHENTICATION_TOKEN: {
      statusCode: 404,
      responseTemplates: { 'application/json': '{"message":"not found"}' },
    },
  },
  paths: Object.fromEntries(
    routes.map(({ source, ingest }) => {
      const method = {
        responses: {},
        // no authorizer: the function verifies the signature or token
        'x-amazon-apigateway-integration': {
          type: 'AWS_PROXY',
          httpMethod: 'POST', // Lambda's API needs POST, whatever the route's method
          uri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${ingest.arn}/invocations`,
        },
      }
      return [`/${source.name}`, source.webhook.verify ? { get: method, post: method } : { post: method }]
    }),
  ),
})

/** The actions of the managed policy AmazonAPIGatewayPushToCloudWatchLogs. With fewer, API Gateway refuses the role. */
const ACCOUNT_LOG_ACTIONS = [
  'logs:CreateLogGroup',
  'logs:CreateLogStream',
  'logs:DescribeLogGroups',
  'logs:DescribeLogStreams',
  'logs:PutLogEvents',
  'logs:GetLogEvents',
  'logs:FilterLogEvents',
]

/** One JSON object per request, without the body and the query: they contain messages and the verification token. */
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
