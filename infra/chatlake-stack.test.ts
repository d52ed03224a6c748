import assert from 'node:assert/strict'
import { test } from 'node:test'
import { METRICS } from '../handlers/observe/metrics.ts'
import { sources } from '../handlers/sources/index.ts'
import { tables } from '../handlers/sources/tables.ts'
import { savedViews } from '../sql/views.ts'
import { skipsMidnight } from './daily-transform.ts'
import { examples, type Json, readable, synth, synthesize } from './testing/synth.ts'

const { stack, files } = synth()
const of = (type: string, from = stack) => Object.values(from.resource[type] ?? {})
const functionNames = sources.flatMap(({ name }) => [`${name}-ingest`, `${name}-transform`])
const policies = Object.entries(stack.data.aws_iam_policy_document)

test('two syntheses are the same, byte for byte', () => {
  assert.deepEqual(synthesize().files, files)
})

test('no policy allows actions on all resources', () => {
  const everything = policies.flatMap(([id, { statement }]) =>
    statement
      .filter(({ effect, resources }) => effect !== 'Deny' && resources?.includes('*'))
      .map(({ actions }) => `${id.replace(/_[0-9A-F]{8}$/, '')}: ${actions}`),
  )
  const xray = 'xray:PutTraceSegments,xray:PutTelemetryRecords' // X-Ray has no resource-level permissions
  assert.deepEqual(
    everything.filter(grant => !grant.startsWith('key_policy: kms:')).sort(), // there `*` means the key itself
    // nor has Athena for the names of workgroups
    [
      'analysts_permissions: athena:ListWorkGroups',
      ...functionNames.map(name => `${name}_role_permissions: ${xray}`),
    ].sort(),
  )
})

test('no policy allows all actions', () => {
  const wide = policies.flatMap(([id, { statement }]) =>
    statement
      .filter(
        ({ effect, actions }) => effect !== 'Deny' && actions.some(action => action.endsWith(':*') || action === '*'),
      )
      .map(() => id.replace(/_[0-9A-F]{8}$/, '')),
  )
  assert.deepEqual(wide, ['key_policy'])
})

test('every function has a log group, a dead-letter queue, traces and an alarm', () => {
  const functions = of('aws_lambda_function')
  assert.equal(functions.length, functionNames.length)
  const logGroups = of('aws_cloudwatch_log_group').map(({ name }) => name)
  const queues = Object.keys(stack.resource.aws_sqs_queue ?? {})
  const watched = JSON.stringify(of('aws_cloudwatch_metric_alarm').filter(alarm => alarm.metric_name === 'Errors'))
  for (const [id, { function_name, dead_letter_config, tracing_config, kms_key_arn }] of Object.entries(
    stack.resource.aws_lambda_function ?? {},
  )) {
    assert.ok(logGroups.includes(`/aws/lambda/${function_name}`))
    const { target_arn } = dead_letter_config as { target_arn: string }
    assert.ok(queues.some(queue => target_arn === `\${aws_sqs_queue.${queue}.arn}`))
    assert.deepEqual(tracing_config, { mode: 'Active' })
    assert.ok(kms_key_arn)
    assert.ok(watched.includes(`aws_lambda_function.${id}.function_name`))
  }
})

test('every log group is encrypted and expires', () => {
  for (const { kms_key_id, retention_in_days } of of('aws_cloudwatch_log_group')) {
    assert.ok(kms_key_id)
    assert.equal(retention_in_days, 365)
  }
})

test('every bucket is versioned, encrypted, private and accepts only TLS', () => {
  const buckets = Object.keys(stack.resource.aws_s3_bucket ?? {})
  assert.equal(buckets.length, 3)
  for (const type of [
    'aws_s3_bucket_versioning',
    'aws_s3_bucket_server_side_encryption_configuration',
    'aws_s3_bucket_public_access_block',
    'aws_s3_bucket_ownership_controls',
    'aws_s3_bucket_lifecycle_configuration',
    'aws_s3_bucket_policy',
  ]) {
    assert.deepEqual(
      of(type)
        .map(({ bucket }) => bucket)
        .sort(),
      buckets.map(id => `\${aws_s3_bucket.${id}.id}`).sort(),
      type,
    )
  }
  const tls = policies.filter(([, { statement }]) =>
    statement.some(({ effect, condition }) => effect === 'Deny' && condition?.[0]?.variable === 'aws:SecureTransport'),
  )
  assert.equal(tls.length, 3)
})

test('the Glue tables have the declared columns and partitions', () => {
  for (const { name, columns, partitions } of tables) {
    const table = of('aws_glue_catalog_table').find(table => table.name === name)
    const glue = table?.storage_descriptor as { columns: Json[] } | undefined
    assert.deepEqual(
      glue?.columns,
      Object.entries(columns).map(([name, type]) => ({ name, type })),
    )
    assert.deepEqual(table?.partition_keys, partitions)
  }
})

test("the tables' days go from `since` to tomorrow in UTC: east of UTC the day begins earlier", () => {
  const days = (env: NodeJS.ProcessEnv) =>
    new Set(
      of('aws_glue_catalog_table', synth(env).stack).flatMap(
        ({ parameters }) => Object(parameters)['projection.context_date.range'] ?? [],
      ),
    )
  assert.deepEqual([...days({})], ['2023-01-01,NOW+1DAYS'])
  assert.deepEqual([...days({ CHATLAKE_SINCE: '2019-07-01' })], ['2019-07-01,NOW+1DAYS'])
})

test('the Glue views have the SQL and the columns of sql/views, in the time zone of the lake', () => {
  const { stack } = synth({ CHATLAKE_TIME_ZONE: 'Asia/Kolkata' })
  const [database] = of('aws_glue_catalog_database', stack)
  for (const { name, sql, columns } of savedViews()) {
    const view = of('aws_glue_catalog_table', stack).find(table => table.name === name)
    assert.ok(view, name)
    assert.equal(view.table_type, 'VIRTUAL_VIEW')
    assert.deepEqual(view.parameters, { presto_view: 'true' })
    assert.equal(view.view_expanded_text, '/* Presto View */')
    assert.deepEqual(
      (view.storage_descriptor as { columns: Json[] }).columns,
      columns.map(({ name, type }) => ({ name, type: type === 'varchar' ? 'string' : type })),
    )
    const [, base64 = ''] = /^\/\* Presto View: ([\w+/]+=*) \*\/$/.exec(String(view.view_original_text)) ?? []
    assert.deepEqual(JSON.parse(Buffer.from(base64, 'base64').toString()), {
      originalSql: sql.replaceAll("'America/Sao_Paulo'", "'Asia/Kolkata'"),
      catalog: 'awsdatacatalog',
      schema: database?.name,
      columns: columns.map(({ name, type }) => ({ name, type: type === 'timestamp' ? 'timestamp(3)' : type })),
      runAsInvoker: true,
    })
  }
})

test('every alarm of the stack watches a metric that the functions write, and notifies a topic', () => {
  const filtered = of('aws_cloudwatch_log_metric_filter').map(filter => (filter.metric_transformation as Json).name)
  for (const alarm of of('aws_cloudwatch_metric_alarm')) {
    const queries = (alarm.metric_query ?? [{ metric: alarm }]) as readonly { readonly metric?: Json }[]
    for (const { metric } of queries) {
      if (metric?.namespace !== 'chatlake/prod') continue
      const name = String(metric.metric_name)
      assert.ok(name in METRICS || filtered.includes(name), String(alarm.alarm_name))
    }
    assert.equal((alarm.alarm_actions as unknown[]).length, 1)
  }
})

test('secrets are ephemeral and are written again only with another secretsVersion', () => {
  assert.equal(stack.variable.secrets?.ephemeral, true)
  const names = sources.flatMap(({ webhook }) => webhook.secrets)
  const validations = stack.variable.secrets?.validation as readonly Json[] | undefined
  const validation = validations?.[0]
  assert.match(String(validation?.condition), /jsondecode/)
  assert.ok(String(validation?.condition).includes(` in ${JSON.stringify(names)} :`))
  assert.ok(String(validation?.error_message).includes(` with ${names.join(', ')}, `))
  const raised = synth({ CHATLAKE_SECRETS_VERSION: '3' }).stack
  const [version] = of('aws_secretsmanager_secret_version', raised)
  assert.equal(version?.secret_string_wo, `\${contains(["", "{}"], var.secrets) ? "" : var.secrets}`)
  assert.equal(version?.secret_string_wo_version, 3)
})

test('a new secretsVersion without TF_VAR_secrets is refused; the applied one is in a tag of the secret', () => {
  const { stack } = synth({ CHATLAKE_SECRETS_VERSION: '3' })
  const [secret] = of('aws_secretsmanager_secret', stack)
  assert.deepEqual(secret?.tags, { 'chatlake:secretsVersion': '3' })
  const [version] = of('aws_secretsmanager_secret_version', stack)
  const { precondition } = Object(version?.lifecycle) as { precondition: readonly Json[] }
  const deployed = 'data.aws_secretsmanager_secret.ID[*].tags'
  assert.deepEqual(
    precondition.map(({ condition }) => String(condition).replace(/secrets_deployed_[0-9A-F]{8}/, 'ID')),
    [`\${!(contains(["", "{}"], var.secrets)) || try(one(${deployed})["chatlake:secretsVersion"], "") == "3"}`],
  )
  assert.match(
    String(precondition[0]?.error_message),
    /^secretsVersion 3 is not deployed yet and TF_VAR_secrets is not set/,
  )
})

test('a stage keeps its region and its buckets: tags of a role have them, and a plan with others is refused', () => {
  const { resource } = readable(synth({ CHATLAKE_BUCKET_PREFIX: 'acme' }))
  const { tags, lifecycle } = resource.aws_iam_role?.buckets_maintenance ?? {}
  assert.deepEqual(tags, { 'chatlake:region': 'sa-east-1', 'chatlake:bucketPrefix': 'acme' })
  const { precondition } = Object(lifecycle) as { precondition: readonly Json[] }
  const texts = precondition.map(({ error_message }) => String(error_message).replace(/\$\{.*?\}/, '<deployed>'))
  assert.deepEqual(texts, [
    'The stage prod of this account is in <deployed>, and its names do not have the region: set region back, or choose another stage for sa-east-1, such as prod2.',
    'The buckets of the stage prod begin with <deployed>, and S3 cannot rename them to acme: set bucketPrefix back, or deploy another stage and bring the messages there with npm run replay.',
  ])
  for (const { depends_on } of of('aws_s3_bucket'))
    assert.match(String(depends_on), /^aws_iam_role\.buckets_maintenance_/)
})

test('with secretsByHand the secret has no value of the stack, and no variable', () => {
  const { stack } = synth({ CHATLAKE_SECRETS_BY_HAND: 'true' })
  assert.equal(of('aws_secretsmanager_secret', stack).length, 1)
  assert.deepEqual(of('aws_secretsmanager_secret_version', stack), [])
  assert.equal(stack.variable, undefined)
})

for (const { name, tables } of sources) {
  test(`a stage without ${name} has its Glue tables and named queries, and nothing else of it`, () => {
    const others = sources.filter(source => source.name !== name).map(source => source.name)
    const unset = Object.fromEntries(
      Object.keys(examples(sources.filter(source => source.name === name))).map(setting => [setting, '']),
    )
    const { stack } = synth({ CHATLAKE_SOURCES: others.join(), ...unset })
    const named = Object.entries(stack.resource).flatMap(([type, byId]) => Object.keys(byId).map(id => `${type}.${id}`))
    assert.deepEqual(
      named
        .filter(id => id.includes(name) && !id.startsWith('aws_athena_named_query.'))
        .map(id => id.replace(/_[0-9A-F]{8}$/, '')),
      tables.flatMap(table => (table.isShared ? [] : [`aws_glue_catalog_table.catalog_${table.name}`])),
    )
  })
}

test('a platform that is being switched off keeps its transform, schedule and logs, and receives nothing', () => {
  const addresses = (env: NodeJS.ProcessEnv) =>
    Object.entries(synth(env).stack.resource).flatMap(([type, byId]) => Object.keys(byId).map(id => `${type}.${id}`))
  const [first, ...others] = sources.map(({ name }) => name)
  const names = (env: NodeJS.ProcessEnv) => addresses(env).map(id => id.replace(/_[0-9A-F]{8}$/, ''))
  const without = new Set(names({ CHATLAKE_SOURCES: others.join() }))
  const retiring = { CHATLAKE_SOURCES: others.join(), CHATLAKE_RETIRING_SOURCES: first }
  assert.deepEqual(
    names(retiring)
      .filter(id => !without.has(id))
      .sort(),
    [
      `aws_cloudwatch_log_group.${first}-ingest_logs`,
      `aws_cloudwatch_log_group.${first}-transform_logs`,
      `aws_cloudwatch_metric_alarm.alarms_${first}-day-missing`,
      `aws_cloudwatch_metric_alarm.alarms_${first}-missed-runs`,
      `aws_cloudwatch_metric_alarm.alarms_${first}-quarantined`,
      `aws_cloudwatch_metric_alarm.alarms_${first}-transform-errors`,
      `aws_cloudwatch_metric_alarm.alarms_${first}-transform-failed-runs`,
      `aws_iam_role.${first}-daily_role`,
      `aws_iam_role.${first}-transform_role`,
      `aws_iam_role_policy.${first}-daily_role_policy`,
      `aws_iam_role_policy.${first}-transform_role_policy`,
      `aws_lambda_function.${first}-transform_function`,
      `aws_scheduler_schedule.${first}-daily_schedule`,
      `aws_sqs_queue.${first}-daily_missed-runs_queue`,
      `aws_sqs_queue.${first}-transform_failed-runs_queue`,
    ],
  )
  const deployed = new Set(addresses({}))
  assert.deepEqual(
    addresses(retiring).filter(address => !deployed.has(address)),
    [],
    'the same addresses, so that Terraform keeps the resources',
  )
})

test('a plan may be for the allowed accounts only', () => {
  const allowed = (env: NodeJS.ProcessEnv) => synth(env).stack.provider.aws[0]?.allowed_account_ids
  assert.equal(allowed({}), undefined)
  assert.deepEqual(allowed({ CHATLAKE_ALLOWED_ACCOUNT_IDS: '123456789012' }), ['123456789012'])
})

test('every resource has the tags of the settings', () => {
  const tags = (env: NodeJS.ProcessEnv) => synth(env).stack.provider.aws.map(({ default_tags }) => default_tags)
  const own = { 'chatlake:stack': 'chatlake-prod' }
  assert.deepEqual(tags({}), [[{ tags: { project: 'chatlake', stage: 'prod', ...own } }]])
  assert.deepEqual(tags({ CHATLAKE_TAGS: 'team=data,project=acme-chat' }), [
    [{ tags: { project: 'acme-chat', stage: 'prod', team: 'data', ...own } }],
  ])
})

test('two stages of an account have no resource name in common', () => {
  const names = (env: NodeJS.ProcessEnv) => {
    const { resource } = synth(env).stack
    return Object.entries(resource)
      .flatMap(([type, byId]) =>
        Object.values(byId).flatMap(({ name, function_name, bucket, alarm_name }) =>
          [name, function_name, bucket, alarm_name]
            .filter(value => typeof value === 'string')
            .map(value => `${type} ${value}`),
        ),
      )
      .filter(name => !name.includes('${aws_') && !/glue_catalog_table|named_query|iam_role_policy /.test(name))
  }
  const shared = new Set(names({ CHATLAKE_STAGE: 'dev' }))
  assert.deepEqual(
    names({}).filter(name => shared.has(name)),
    [],
  )
})

test('the state can be in a bucket, with a lock file beside it', () => {
  const { backend } = synth({ CHATLAKE_STATE_BUCKET: 'acme-state', CHATLAKE_STATE_REGION: 'us-east-1' }).stack
    .terraform as { backend: { s3: Json } }
  assert.deepEqual(backend.s3, {
    bucket: 'acme-state',
    key: 'chatlake-prod.tfstate',
    region: 'us-east-1',
    encrypt: true,
    use_lockfile: true,
  })
})

test('in a zone where 00:15 does not exist on some day, the transform runs at 01:15', () => {
  const cron = (timeZone: string) =>
    of('aws_scheduler_schedule', synth({ CHATLAKE_TIME_ZONE: timeZone }).stack)[0]?.schedule_expression
  assert.equal(cron('America/Sao_Paulo'), 'cron(15 0 * * ? *)')
  assert.equal(skipsMidnight('America/Santiago', Date.UTC(2026, 0, 1)), true)
  assert.equal(skipsMidnight('America/Sao_Paulo', Date.UTC(2018, 0, 1)), true) // it had daylight saving until 2019
  assert.equal(skipsMidnight('America/New_York', Date.UTC(2026, 0, 1)), false)
})
