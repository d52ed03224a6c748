import assert from 'node:assert/strict'
import { APIGatewayClient, GetRestApisCommand } from '@aws-sdk/client-api-gateway'
import {
  AthenaClient,
  GetNamedQueryCommand,
  GetWorkGroupCommand,
  ListWorkGroupsCommand,
  paginateListNamedQueries,
} from '@aws-sdk/client-athena'
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { GetDatabasesCommand, GetTableCommand, GlueClient } from '@aws-sdk/client-glue'
import { GetRolePolicyCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam'
import { GetFunctionConfigurationCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { LAKE_KEY, rawDaysPrefix, tablePrefix } from '../../../handlers/lake/layout.ts'
import { lakeJson } from '../../../handlers/lake/time-zone.ts'
import { METRICS } from '../../../handlers/observe/metrics.ts'
import { tablePrefixes } from '../../../handlers/sources/day-keys.ts'
import { sources } from '../../../handlers/sources/index.ts'
import { tables } from '../../../handlers/sources/tables.ts'
import { savedQueries } from '../../../sql/catalog.ts'

/** The outputs of the stack, by name. */
export type Outputs = Readonly<Record<string, string>>

/*
 * Checks of the deployed resources through the AWS APIs.
 */

export async function assertBuckets(s3: S3Client, outputs: Outputs): Promise<void> {
  for (const Bucket of [outputs.raw_bucket, outputs.enriched_bucket, outputs.results_bucket]) {
    assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Enabled')
    const { PublicAccessBlockConfiguration: access } = await s3.send(new GetPublicAccessBlockCommand({ Bucket }))
    assert.deepEqual(Object.values(access ?? {}), [true, true, true, true])
    const { ServerSideEncryptionConfiguration: encryption } = await s3.send(new GetBucketEncryptionCommand({ Bucket }))
    assert.equal(encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, 'aws:kms')
    const { Statement } = await policyOf(s3, Bucket)
    assert.deepEqual(statement(Statement, 'TlsOnly').Condition, { Bool: { 'aws:SecureTransport': 'false' } })
    const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
    assert.ok(Rules.some(rule => rule.AbortIncompleteMultipartUpload))
    assert.ok(Rules.some(rule => rule.NoncurrentVersionExpiration))
  }
  for (const Bucket of [outputs.raw_bucket, outputs.enriched_bucket]) {
    const { Body, ServerSideEncryption } = await s3.send(new GetObjectCommand({ Bucket, Key: LAKE_KEY }))
    assert.equal(await Body?.transformToString(), lakeJson(outputs.time_zone ?? ''))
    assert.equal(ServerSideEncryption, 'aws:kms')
  }
  const { Statement } = await policyOf(s3, outputs.raw_bucket)
  assert.deepEqual(statement(Statement, 'NoOverwrite').Condition, {
    Null: { 's3:if-none-match': 'true' },
    Bool: { 's3:ObjectCreationOperation': 'true' },
    ArnNotEquals: { 'aws:PrincipalArn': outputs.maintenance_role },
  })
  const expiring = async (Bucket: string | undefined) => {
    const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
    return Rules.flatMap(rule => rule.Filter?.Prefix || []).sort()
  }
  // Only days expire: what else a platform keeps in raw, such as pairs of ids of chats, stays.
  assert.deepEqual(await expiring(outputs.raw_bucket), sources.map(({ name }) => rawDaysPrefix(name)).sort())
  assert.deepEqual(await expiring(outputs.enriched_bucket), tables.map(({ name }) => tablePrefix(name)).sort())
}

export async function assertCatalog({ database, enriched_bucket }: Outputs): Promise<void> {
  const glue = new GlueClient()
  for (const { name, columns, partitions } of tables) {
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: name }))
    const declared = Table?.StorageDescriptor?.Columns?.map(column => [column.Name, column.Type])
    assert.deepEqual(declared, Object.entries(columns))
    assert.deepEqual(
      Table?.PartitionKeys?.map(key => [key.Name, key.Type]),
      partitions.map(({ name, type }) => [name, type]),
    )
    const folders = partitions.map(({ name }) => `${name}=\${${name}}/`).join('')
    const { Parameters = {} } = Table ?? {}
    assert.equal(Parameters['projection.enabled'], 'true')
    assert.equal(Parameters['storage.location.template'], `s3://${enriched_bucket}/${name}/${folders}`)
    assert.equal(Parameters['projection.context_date.range'], '2023-01-01,NOW+1DAYS')
    if (partitions.some(partition => partition.name === 'source')) {
      assert.equal(Parameters['projection.source.values'], sources.map(source => source.name).join(','))
    }
  }
}

export async function assertAthena({ workgroup, results_bucket, database }: Outputs): Promise<number> {
  const athena = new AthenaClient()
  const { WorkGroup } = await athena.send(new GetWorkGroupCommand({ WorkGroup: workgroup }))
  const configuration = WorkGroup?.Configuration
  assert.equal(configuration?.EnforceWorkGroupConfiguration, true)
  assert.ok((configuration?.BytesScannedCutoffPerQuery ?? 0) > 0)
  assert.equal(configuration?.ResultConfiguration?.OutputLocation, `s3://${results_bucket}/athena/`)
  assert.equal(configuration?.ResultConfiguration?.EncryptionConfiguration?.EncryptionOption, 'SSE_KMS')
  const ids: string[] = []
  for await (const { NamedQueryIds = [] } of paginateListNamedQueries({ client: athena }, { WorkGroup: workgroup }))
    ids.push(...NamedQueryIds)
  const named = await Promise.all(
    ids.map(async NamedQueryId => (await athena.send(new GetNamedQueryCommand({ NamedQueryId }))).NamedQuery),
  )
  const deployed = named.map(query => [query?.Name, query?.Database, query?.QueryString])
  assert.deepEqual(
    deployed.sort(),
    savedQueries().map(({ name, sql }) => [name, database, sql]),
  )
  return named.length
}

/** @returns the input of each source's schedule, by the name of the function that it invokes */
export async function assertSchedules(outputs: Outputs): Promise<ReadonlyMap<string, string>> {
  const scheduler = new SchedulerClient()
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}))
  const inputs = new Map<string, string>()
  for (const { Name } of Schedules) {
    const schedule = await scheduler.send(new GetScheduleCommand({ Name }))
    assert.equal(schedule.State, 'ENABLED')
    assert.equal(schedule.ScheduleExpression, 'cron(15 0 * * ? *)')
    assert.equal(schedule.ScheduleExpressionTimezone, outputs.time_zone)
    assert.ok((schedule.Target?.RetryPolicy?.MaximumRetryAttempts ?? 0) > 0)
    assert.match(schedule.Target?.DeadLetterConfig?.Arn ?? '', /missed-runs$/)
    inputs.set(schedule.Target?.Arn?.split(':').at(-1) ?? '', schedule.Target?.Input ?? '')
  }
  const transforms = sources.map(({ name }) => outputs[`${name}_transform_function`] ?? '')
  assert.deepEqual([...inputs.keys()].sort(), transforms.sort())
  return inputs
}

export async function assertFunctions(names: readonly string[]): Promise<void> {
  const lambda = new LambdaClient()
  const iam = new IAMClient()
  for (const name of names) {
    const configuration = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }))
    assert.deepEqual(configuration.Architectures, ['arm64'])
    assert.equal(configuration.TracingConfig?.Mode, 'Active')
    assert.equal(configuration.LoggingConfig?.LogGroup, `/aws/lambda/${name}`)
    assert.ok(configuration.DeadLetterConfig?.TargetArn?.endsWith(`:${name}-failed-runs`))
    const variables = Object.keys(configuration.Environment?.Variables ?? {}).sort()
    assert.deepEqual(variables, variablesOf(name))

    const RoleName = configuration.Role?.split('/').at(-1)
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'chatlake' }))
    const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument ?? '')) as Policy
    const actions = Statement.flatMap(({ Action }) => Action).filter(action => action.startsWith('s3:'))
    const source = sources.find(source => name.includes(source.name)) ?? assert.fail(name)
    const ofIngest = source.webhook.pairsFolder ? ['s3:ListBucket', 's3:PutObject'] : ['s3:PutObject']
    const ofTransform = ['s3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject']
    assert.deepEqual([...new Set(actions)].sort(), name.endsWith('-ingest') ? ofIngest : ofTransform)
    const prefixes = [`${source.name}/`, ...tablePrefixes(source).values()]
    for (const { Action, Resource } of Statement) {
      if (![Action].flat().some(action => action.endsWith('Object'))) continue
      for (const resource of [Resource].flat())
        assert.ok(prefixes.some(prefix => resource.endsWith(`/${prefix}*`)) || isLakeFile(name, resource), resource)
    }
  }
}

/** The transform reads the lake's time zone. */
const isLakeFile = (name: string, resource: string) => name.endsWith('-transform') && resource.endsWith(`/${LAKE_KEY}`)

const variablesOf = (name: string): string[] => {
  const common = ['METRICS_NAMESPACE', 'TIME_ZONE']
  if (name.endsWith('-transform')) return [...common, 'AWS_S3_ENRICHED', 'AWS_S3_RAW'].sort()
  const source = sources.find(source => name.includes(source.name))
  return [...common, 'AWS_S3_BUCKET', 'SECRETS_ID', ...(source?.webhook.settings ?? []).map(({ name }) => name)].sort()
}

/** @returns the metrics that the functions write and alarms watch, each with its namespace and dimensions */
export async function assertAlarms({ alarm_topic }: Outputs): Promise<readonly string[]> {
  const { MetricAlarms = [] } = await new CloudWatchClient().send(new DescribeAlarmsCommand({ MaxRecords: 100 }))
  for (const { AlarmActions } of MetricAlarms) assert.deepEqual(AlarmActions, [alarm_topic])
  const whenMissing = MetricAlarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching')
  assert.deepEqual(
    whenMissing.map(({ MetricName }) => MetricName).sort(),
    sources.flatMap(() => [METRICS.DayTransformed, METRICS.Stored]).sort(),
  )
  const metrics = MetricAlarms.flatMap(alarm => [
    alarm,
    ...(alarm.Metrics ?? []).flatMap(({ MetricStat }) => MetricStat?.Metric ?? []),
  ])
  const { metricFilters } = await request<{ metricFilters: { metricTransformations: { metricName: string }[] }[] }>(
    'logs',
    'Logs_20140328.DescribeMetricFilters',
  )
  const fromLogs = metricFilters.flatMap(filter => filter.metricTransformations.map(({ metricName }) => metricName))
  assert.deepEqual(fromLogs, ['Throttled'])
  const ofFunctions = metrics
    .filter(({ MetricName = '', Namespace }) => Namespace?.startsWith('chatlake/') && !fromLogs.includes(MetricName))
    .map(({ Namespace, MetricName, Dimensions = [] }) =>
      [Namespace, MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`)].join(' '),
    )
  return [...new Set(ofFunctions)]
}

export async function assertSecrets(id: string | undefined, expected: string): Promise<void> {
  const { SecretString } = await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: id }))
  assert.equal(SecretString, expected)
}

/** Names of everything in the account that is of a type of resource that a stage creates. */
export async function leftovers(s3: S3Client): Promise<readonly (string | undefined)[]> {
  const [buckets, functions, roles, databases, queues, alarms, schedules, secrets, apis, workgroups, others] =
    await Promise.all([
      s3.send(new ListBucketsCommand({})),
      new LambdaClient().send(new ListFunctionsCommand({})),
      new IAMClient().send(new ListRolesCommand({})),
      new GlueClient().send(new GetDatabasesCommand({})),
      new SQSClient().send(new ListQueuesCommand({})),
      new CloudWatchClient().send(new DescribeAlarmsCommand({})),
      new SchedulerClient().send(new ListSchedulesCommand({})),
      new SecretsManagerClient().send(new ListSecretsCommand({ IncludePlannedDeletion: true })),
      new APIGatewayClient().send(new GetRestApisCommand({})),
      new AthenaClient().send(new ListWorkGroupsCommand({})),
      logGroupsTopicsAndKeys(),
    ])
  return [
    ...(buckets.Buckets ?? []).map(({ Name }) => Name),
    ...(functions.Functions ?? []).map(({ FunctionName }) => FunctionName),
    ...(roles.Roles ?? []).map(({ RoleName }) => RoleName),
    ...(databases.DatabaseList ?? []).map(({ Name }) => Name),
    ...(queues.QueueUrls ?? []),
    ...(alarms.MetricAlarms ?? []).map(({ AlarmName }) => AlarmName),
    ...(schedules.Schedules ?? []).map(({ Name }) => Name),
    ...(secrets.SecretList ?? []).map(({ Name }) => Name),
    ...(apis.items ?? []).map(({ name }) => name),
    ...(workgroups.WorkGroups ?? []).map(({ Name }) => Name).filter(name => name !== 'primary'), // it belongs to AWS
    ...others,
  ]
}

/** Log groups, topics, and keys not scheduled for deletion. Plain requests: nothing else needs these SDK clients. */
async function logGroupsTopicsAndKeys(): Promise<readonly string[]> {
  const { logGroups } = await request<{ logGroups: { logGroupName: string }[] }>(
    'logs',
    'Logs_20140328.DescribeLogGroups',
  )
  const { Keys } = await request<{ Keys: { KeyId: string }[] }>('kms', 'TrentService.ListKeys')
  const keys = await Promise.all(
    Keys.map(({ KeyId }) =>
      request<{ KeyMetadata: { KeyId: string; KeyState: string } }>('kms', 'TrentService.DescribeKey', { KeyId }),
    ),
  )
  const topics = await post('sns', 'application/x-www-form-urlencoded', 'Action=ListTopics&Version=2010-03-31')
  return [
    ...logGroups.map(({ logGroupName }) => logGroupName),
    ...keys.filter(({ KeyMetadata }) => KeyMetadata.KeyState !== 'PendingDeletion').map(key => key.KeyMetadata.KeyId),
    ...[...topics.matchAll(/<TopicArn>(.*?)<\/TopicArn>/g)].map(([, arn = '']) => arn),
  ]
}

const request = async <T>(service: string, target: string, body: object = {}): Promise<T> =>
  JSON.parse(await post(service, 'application/x-amz-json-1.1', JSON.stringify(body), { 'x-amz-target': target }))

/** Sends a request to the emulator, which reads the service from the signature and does not verify it. */
async function post(service: string, type: string, body: string, headers: Readonly<Record<string, string>> = {}) {
  const scope = `verify/20260101/${process.env.AWS_REGION}/${service}/aws4_request`
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`
  const answer = await fetch(process.env.AWS_ENDPOINT_URL ?? '', {
    method: 'POST',
    headers: { ...headers, authorization, 'content-type': type },
    body,
  })
  assert.ok(answer.ok, `${service}: ${answer.status}`)
  return answer.text()
}

interface PolicyStatement {
  readonly Sid?: string
  readonly Action: string | string[]
  readonly Resource: string | string[]
  readonly Condition?: unknown
}
interface Policy {
  readonly Statement: readonly PolicyStatement[]
}

async function policyOf(s3: S3Client, Bucket: string | undefined): Promise<Policy> {
  const { Policy = '' } = await s3.send(new GetBucketPolicyCommand({ Bucket }))
  const { Statement } = JSON.parse(Policy)
  return { Statement: [Statement].flat() }
}

function statement(statements: readonly PolicyStatement[], sid: string): PolicyStatement {
  const found = statements.find(({ Sid }) => Sid === sid)
  assert.ok(found, `no statement ${sid}`)
  return found
}
