import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js'
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function/index.js'
import { AssetType, TerraformAsset } from 'cdktf'
import { Construct } from 'constructs'
import { zipBundle } from './bundle.ts'
import { DeadLetterQueue } from './dead-letter-queue.ts'
import type { Deployment } from './deployment.ts'
import type { LakeKey } from './lake-key.ts'
import { type Binding, ServiceRole, service } from './policy.ts'

interface FunctionProps {
  readonly deployment: Deployment
  readonly key: LakeKey
  /** The name of the bundle, and of the function within the stage. */
  readonly bundle: string
  readonly memorySize: number
  /** Seconds. */
  readonly timeout: number
  readonly reservedConcurrency?: number
  /** The environment and the permissions that other resources give it. */
  readonly bindings: readonly Binding[]
}

/** A Lambda function: a built bundle, its log group, its dead-letter queue, and a role with the permissions of its bindings. */
export class LakeFunction extends Construct {
  readonly name: string
  readonly arn: string
  /** Receives asynchronous invocations that failed even after Lambda's retries. */
  readonly failedRuns: DeadLetterQueue

  constructor(scope: Construct, id: string, props: FunctionProps) {
    super(scope, id)
    const { deployment, key, bundle } = props
    const { account, region, runtime, timeZone, codeSigningConfigArn } = deployment
    const name = deployment.name(bundle)

    const logs = logGroupOf(this, bundle, deployment, key)
    this.failedRuns = new DeadLetterQueue(this, 'failed-runs', { deployment, part: `${bundle}-failed-runs` })
    const bindings: readonly Binding[] = [
      ...props.bindings,
      this.failedRuns.grantSend(),
      {
        environment: { TIME_ZONE: timeZone, METRICS_NAMESPACE: deployment.metricsNamespace },
        statements: [
          key.allowDecrypt(), // of its environment
          { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [`${logs.arn}:*`] },
          // X-Ray has no resource-level permissions
          { actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] },
        ],
      },
    ]
    const { role, policy } = new ServiceRole(this, 'role', {
      deployment,
      name,
      trust: { principals: service('lambda') },
      statements: bindings.flatMap(({ statements }) => statements ?? []),
    })
    const { path, sha256 } = zipBundle(bundle, deployment.dist)
    const zip = new TerraformAsset(this, 'zip', { path, type: AssetType.FILE })
    const lambda = new LambdaFunction(this, 'function', {
      functionName: name,
      role: role.arn,
      runtime,
      architectures: ['arm64'],
      handler: 'index.handler',
      filename: zip.path,
      sourceCodeHash: sha256,
      memorySize: props.memorySize,
      timeout: props.timeout,
      reservedConcurrentExecutions: props.reservedConcurrency ?? -1,
      environment: { variables: Object.assign({}, ...bindings.map(({ environment }) => environment)) },
      kmsKeyArn: key.arn,
      ...(codeSigningConfigArn ? { codeSigningConfigArn } : {}),
      // Text: with JSON, Lambda would wrap the lines from which CloudWatch reads metrics
      loggingConfig: { logFormat: 'Text', logGroup: logs.name },
      tracingConfig: { mode: 'Active' },
      deadLetterConfig: { targetArn: this.failedRuns.arn },
      dependsOn: [policy], // Lambda refuses a dead-letter queue that the role may not send to
    })
    this.name = lambda.functionName
    // built from its parts: the function's own ARN is unknown to Terraform's plan when its code changes
    this.arn = `arn:aws:lambda:${region}:${account}:function:${name}`
  }
}

/** The log group of a function that is no longer deployed, under the same address as in its `LakeFunction`. */
export class FormerFunctionLogs extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { deployment, key, bundle }: Pick<FunctionProps, 'deployment' | 'key' | 'bundle'>,
  ) {
    super(scope, id)
    logGroupOf(this, bundle, deployment, key)
  }
}

const logGroupOf = (scope: Construct, bundle: string, { name, logRetentionDays }: Deployment, key: LakeKey) =>
  new CloudwatchLogGroup(scope, 'logs', {
    name: `/aws/lambda/${name(bundle)}`,
    retentionInDays: logRetentionDays,
    kmsKeyId: key.arn,
  })
