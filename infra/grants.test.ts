import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayKeys } from '../handlers/sources/day-keys.ts'
import { sources } from '../handlers/sources/index.ts'
import { tables } from '../handlers/sources/tables.ts'
import { attributes, policyLines, readable, synth } from './testing/synth.ts'

const stack = readable(synth())

/** By role: who may assume it, and all its permissions. */
const roles = Object.fromEntries(
  Object.entries(stack.resource.aws_iam_role ?? {}).map(([id, role]) => [
    String(role.name).replace('chatlake-prod-', ''),
    {
      trust: policyLines(stack, role.assume_role_policy),
      may: Object.values(stack.resource.aws_iam_role_policy ?? {})
        .filter(policy => policy.role === `${id}.id`)
        .flatMap(({ policy }) => policyLines(stack, policy)),
    },
  ]),
)

const RAW = 'buckets_raw_bucket.arn'
const ENRICHED = 'buckets_enriched_bucket.arn'
const assumedBy = (service: string) => `Allow ${service}.amazonaws.com sts:AssumeRole`

const ofEveryFunction = (name: string) => [
  `Allow sqs:SendMessage on ${name}_failed-runs_queue.arn`,
  `Allow logs:CreateLogStream logs:PutLogEvents on ${name}_logs.arn:*`,
  'Allow xray:PutTraceSegments xray:PutTelemetryRecords on *',
]

const ofSource = (name: string, ...tables: readonly string[]) => ({
  [`${name}-ingest`]: {
    trust: [assumedBy('lambda')],
    may: [
      `Allow s3:PutObject on ${RAW}/${name}/*`,
      'Allow kms:Decrypt kms:GenerateDataKey on key.arn',
      ...(name === 'telegram' ? [`Allow s3:ListBucket on ${RAW} if StringLike s3:prefix telegram/chats/*`] : []),
      'Allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:sa-east-1:ACCOUNT:secret:chatlake-prod-webhooks-??????',
      ...ofEveryFunction(`${name}-ingest`),
    ],
  },
  [`${name}-transform`]: {
    trust: [assumedBy('lambda')],
    may: [
      `Allow s3:GetObject on ${RAW}/${name}/*`,
      `Allow s3:ListBucket on ${RAW} if StringLike s3:prefix ${name}/*`,
      'Allow kms:Decrypt kms:GenerateDataKey on key.arn',
      'Allow s3:GetObject on buckets_raw_lake-file.arn',
      `Allow s3:ListBucket on ${RAW} if StringLike s3:prefix lake.json*`,
      `Allow s3:GetObject s3:PutObject s3:DeleteObject on ${tables.map(table => `${ENRICHED}/${table}/*`).join(' ')}`,
      `Allow s3:ListBucket on ${ENRICHED} if StringLike s3:prefix ${tables.map(table => `${table}/*`).join(' ')}`,
      ...ofEveryFunction(`${name}-transform`),
    ],
  },
  [`${name}-transform_function.function_name-daily`]: {
    trust: [
      `${assumedBy('scheduler')} if StringEquals aws:SourceAccount ACCOUNT if ArnEquals aws:SourceArn arn:aws:scheduler:sa-east-1:ACCOUNT:schedule-group/default`,
    ],
    may: [
      `Allow lambda:InvokeFunction on arn:aws:lambda:sa-east-1:ACCOUNT:function:chatlake-prod-${name}-transform`,
      `Allow sqs:SendMessage on ${name}-daily_missed-runs_queue.arn`,
      'Allow kms:Decrypt on key.arn',
    ],
  },
})

test('these are the permissions of every role', () => {
  assert.deepEqual(roles, {
    ...ofSource(
      'whatsapp',
      'whatsapp',
      'whatsapp_statuses',
      'events/source=whatsapp',
      'identities/source=whatsapp',
      'quarantine/source=whatsapp',
    ),
    ...ofSource(
      'telegram',
      'telegram',
      'events/source=telegram',
      'identities/source=telegram',
      'quarantine/source=telegram',
    ),
    'api-gateway': {
      trust: [assumedBy('apigateway')],
      may: [
        'Allow logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogGroups logs:DescribeLogStreams logs:PutLogEvents logs:GetLogEvents logs:FilterLogEvents on arn:aws:logs:sa-east-1:ACCOUNT:*',
      ],
    },
    maintenance: {
      trust: [
        'Allow arn:aws:iam::ACCOUNT:root sts:AssumeRole if ArnNotLike aws:PrincipalArn arn:aws:iam::ACCOUNT:role/chatlake-prod-*',
      ],
      may: [
        `Allow s3:ListBucket s3:ListBucketVersions on ${RAW} ${ENRICHED}`,
        `Allow s3:GetObject s3:GetObjectVersion s3:PutObject s3:DeleteObject s3:DeleteObjectVersion on ${RAW}/* ${ENRICHED}/*`,
        'Allow kms:Decrypt kms:GenerateDataKey on key.arn',
      ],
    },
  })
})

test('who may assume the maintenance role is a setting, and never depends on who plans', () => {
  const trust = (env: NodeJS.ProcessEnv) => {
    const stack = readable(synth(env))
    return policyLines(stack, stack.resource.aws_iam_role?.buckets_maintenance?.assume_role_policy)
  }
  const roles = 'arn:aws:iam::123456789012:role/ops,arn:aws:iam::123456789012:user/ana'
  assert.deepEqual(trust({ CHATLAKE_MAINTAINERS: roles }), [`Allow ${roles.replace(',', ' ')} sts:AssumeRole`])
  const { data } = synth().stack
  assert.ok(!('aws_iam_session_context' in data))
  const deployer = JSON.stringify(synth().stack).match(/aws_caller_identity\.deployer\.\w+/g)
  assert.deepEqual([...new Set(deployer)], ['aws_caller_identity.deployer.account_id'])
})

/** Policies that people attach to roles of theirs. */
const policy = (id: string, env: NodeJS.ProcessEnv = {}) => {
  const stack = readable(synth(env))
  return policyLines(stack, stack.resource.aws_iam_policy?.[id]?.policy)
}

test('analysts may use the workgroup, read tables and views, and write results: nothing else, and nothing of raw', () => {
  const RESULTS = 'buckets_results_bucket.arn'
  const prefixes = tables.map(({ name }) => `${name}/*`)
  const may = [
    'Allow athena:GetWorkGroup athena:StartQueryExecution athena:StopQueryExecution athena:GetQueryExecution athena:BatchGetQueryExecution athena:ListQueryExecutions athena:GetQueryResults athena:GetQueryResultsStream athena:GetQueryRuntimeStatistics athena:ListNamedQueries athena:GetNamedQuery athena:BatchGetNamedQuery on arn:aws:athena:sa-east-1:ACCOUNT:workgroup/queries_workgroup.name',
    'Allow athena:GetDataCatalog on arn:aws:athena:sa-east-1:ACCOUNT:datacatalog/AwsDataCatalog',
    'Allow athena:ListWorkGroups on *',
    'Allow glue:GetDatabase glue:GetDatabases glue:GetTable glue:GetTables glue:GetPartition glue:GetPartitions glue:BatchGetPartition on arn:aws:glue:sa-east-1:ACCOUNT:catalog arn:aws:glue:sa-east-1:ACCOUNT:database/catalog_database.name arn:aws:glue:sa-east-1:ACCOUNT:table/catalog_database.name/*',
    `Allow s3:GetObject on ${prefixes.map(prefix => `${ENRICHED}/${prefix}`).join(' ')}`,
    `Allow s3:GetObject s3:PutObject s3:AbortMultipartUpload s3:ListMultipartUploadParts on ${RESULTS}/athena/*`,
    `Allow s3:GetBucketLocation on ${ENRICHED} ${RESULTS}`,
    `Allow s3:ListBucket on ${ENRICHED} if StringLike s3:prefix ${prefixes.join(' ')}`,
    'Allow s3:GetObject on buckets_enriched_lake-file.arn',
    `Allow s3:ListBucket on ${ENRICHED} if StringLike s3:prefix lake.json*`,
    `Allow s3:ListBucket on ${RESULTS} if StringLike s3:prefix athena/*`,
    `Allow kms:Decrypt kms:GenerateDataKey on key.arn if StringEquals kms:EncryptionContext:aws:s3:arn ${ENRICHED} ${RESULTS}`,
  ]
  assert.deepEqual(policy('analysts_policy'), may)
  assert.ok(!may.some(line => line.includes(RAW)))
  const configuration = Object(stack.resource.aws_athena_workgroup?.queries_workgroup?.configuration)
  assert.equal(configuration.result_configuration.output_location, 's3://buckets_results_bucket.id/athena/')
  assert.deepEqual(attributes(stack, 'aws_lakeformation_permissions', 'principal'), {})
})

test('with `analysts` there is a role with that policy; with Lake Formation it gets grants, too', () => {
  const analysts = { CHATLAKE_ANALYSTS: 'arn:aws:iam::123456789012:role/bi', CHATLAKE_LAKE_FORMATION: 'true' }
  const stack = readable(synth(analysts))
  const { assume_role_policy } = stack.resource.aws_iam_role?.analysts_role ?? {}
  assert.deepEqual(policyLines(stack, assume_role_policy), ['Allow arn:aws:iam::123456789012:role/bi sts:AssumeRole'])
  assert.deepEqual(attributes(stack, 'aws_iam_role_policy_attachment', 'role', 'policy_arn'), {
    analysts_attachment: { role: 'analysts_role.name', policy_arn: 'analysts_policy.arn' },
  })
  assert.equal(policy('analysts_policy', analysts).at(-1), 'Allow lakeformation:GetDataAccess on *')
  const grant = { principal: 'analysts_role.arn' }
  assert.deepEqual(
    attributes(stack, 'aws_lakeformation_permissions', 'principal', 'permissions', 'database', 'table'),
    {
      'analysts_database-grant': {
        ...grant,
        permissions: ['DESCRIBE'],
        database: { name: 'catalog_database.name' },
        table: undefined,
      },
      'analysts_tables-grant': {
        ...grant,
        permissions: ['SELECT', 'DESCRIBE'],
        database: undefined,
        table: { database_name: 'catalog_database.name', wildcard: true },
      },
    },
  )
})

test('every role has the permissions boundary and the path of the settings', () => {
  const boundary = 'arn:aws:iam::123456789012:policy/boundary'
  const settings = { CHATLAKE_PERMISSIONS_BOUNDARY: boundary, CHATLAKE_ROLE_PATH: '/acme/chat/' }
  const stack = readable(synth({ ...settings, CHATLAKE_ANALYSTS: 'arn:aws:iam::123456789012:role/bi' }))
  const all = Object.values(attributes(stack, 'aws_iam_role', 'permissions_boundary', 'path'))
  assert.equal(all.length, Object.keys(roles).length + 1)
  for (const role of all) assert.deepEqual(role, { permissions_boundary: boundary, path: '/acme/chat/' })
  assert.match(
    String(policyLines(stack, stack.resource.aws_iam_role?.buckets_maintenance?.assume_role_policy)),
    /if ArnNotLike aws:PrincipalArn arn:aws:iam::ACCOUNT:role\/acme\/chat\/chatlake-prod-\*/,
  )
})

test('a transform may list, read, write and delete every key of a day', () => {
  for (const source of sources) {
    const may = roles[`${source.name}-transform`]?.may.join('\n') ?? ''
    for (const key of dayKeys(source, '2026-11-24').values()) {
      const prefix = key.slice(0, key.indexOf('context_date='))
      assert.ok(may.includes(`${ENRICHED}/${prefix}*`), `objects of ${prefix}`)
      assert.match(may, new RegExp(`s3:prefix (.* )?${prefix}\\*`), `a listing of ${prefix}`)
    }
  }
})

test('the functions and API Gateway have their own roles', () => {
  for (const { name } of sources) {
    for (const part of ['ingest', 'transform']) {
      const { role } = attributes(stack, 'aws_lambda_function', 'role')[`${name}-${part}_function`] ?? {}
      assert.equal(role, `${name}-${part}_role.arn`)
    }
  }
  assert.deepEqual(attributes(stack, 'aws_api_gateway_account', 'cloudwatch_role_arn'), {
    api_account: { cloudwatch_role_arn: 'api_account-role.arn' },
  })
})

/** The statements for those who may publish to the topic. */
const publishers = (may: string) => [
  `Allow cloudwatch.amazonaws.com ${may} if StringEquals aws:SourceAccount ACCOUNT`,
  `Allow events.amazonaws.com ${may} if ArnLike aws:SourceArn arn:aws:events:sa-east-1:ACCOUNT:rule/*`,
  `Allow budgets.amazonaws.com ${may} if StringEquals aws:SourceAccount ACCOUNT if ArnLike aws:SourceArn arn:aws:budgets::ACCOUNT:*`,
]

test("the key may be used by the account's IAM policies, its log groups, alarms, rules and budgets", () => {
  assert.deepEqual(policyLines(stack, stack.resource.aws_kms_key?.key?.policy), [
    'Allow arn:aws:iam::ACCOUNT:root kms:* on *',
    'Allow logs.sa-east-1.amazonaws.com kms:Encrypt* kms:Decrypt* kms:ReEncrypt* kms:GenerateDataKey* kms:Describe* on * if ArnLike kms:EncryptionContext:aws:logs:arn arn:aws:logs:sa-east-1:ACCOUNT:log-group:*',
    ...publishers('kms:Decrypt kms:GenerateDataKey* on *'),
  ])
})

test("only the account's alarms, rules of EventBridge and budgets may publish to the topic", () => {
  const { arn, policy } = stack.resource.aws_sns_topic_policy?.['alarms_topic-policy'] ?? {}
  assert.equal(arn, 'alarms_topic.arn')
  assert.deepEqual(policyLines(stack, policy), publishers('sns:Publish on alarms_topic.arn'))
})

test('buckets accept only TLS; only the maintenance role may overwrite in raw', () => {
  const tls = (bucket: string) => `Deny * s3:* on ${bucket}.arn ${bucket}.arn/* if Bool aws:SecureTransport false`
  const policies = Object.values(stack.resource.aws_s3_bucket_policy ?? {}).map(({ bucket, policy }) => [
    bucket,
    policyLines(stack, policy),
  ])
  assert.deepEqual(Object.fromEntries(policies), {
    'buckets_raw_bucket.id': [
      tls('buckets_raw_bucket'),
      // every key with a folder: Terraform writes lake.json, and cannot send If-None-Match
      `Deny * s3:PutObject on ${RAW}/*/* if Null s3:if-none-match true if Bool s3:ObjectCreationOperation true if ArnNotEquals aws:PrincipalArn buckets_maintenance.arn`,
    ],
    'buckets_enriched_bucket.id': [tls('buckets_enriched_bucket')],
    'buckets_results_bucket.id': [tls('buckets_results_bucket')],
  })
})
