import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sources } from '../handlers/sources/index.ts'
import { attributes, readable, synth } from './testing/synth.ts'

const stack = readable(synth())

const INGEST = { AWS_S3_BUCKET: 'buckets_raw_bucket.id', SECRETS_ID: 'secrets_secret.arn' }
const TRANSFORM = { AWS_S3_RAW: 'buckets_raw_bucket.id', AWS_S3_ENRICHED: 'buckets_enriched_bucket.id' }

/** Each function's memory in MB, timeout in seconds, and the part of its environment that not all functions have. */
const FUNCTIONS: Readonly<Record<string, readonly [memory: number, seconds: number, environment: object]>> =
  Object.fromEntries(
    sources.flatMap(({ name, webhook }) => {
      const settings = Object.fromEntries(webhook.settings.map(({ name, example }) => [name, example]))
      return [
        [`${name}-ingest`, [512, 15, { ...INGEST, ...settings }]],
        [`${name}-transform`, [2048, 900, TRANSFORM]],
      ]
    }),
  )

test('these are the functions, with all their attributes', () => {
  assert.deepEqual(FUNCTIONS['telegram-ingest']?.[2], { ...INGEST, TELEGRAM_CHAT_ID: '-1001234567890' })
  const expected = Object.entries(FUNCTIONS).map(([name, [memory_size, timeout, own]]) => [
    `${name}_function`,
    {
      function_name: `chatlake-prod-${name}`,
      role: `${name}_role.arn`,
      runtime: 'nodejs22.x',
      architectures: ['arm64'],
      memory_size,
      timeout,
      reserved_concurrent_executions: -1,
      environment: {
        variables: { ...own, TIME_ZONE: 'America/Sao_Paulo', METRICS_NAMESPACE: 'chatlake/prod' },
      },
      kms_key_arn: 'key.arn',
      logging_config: { log_format: 'Text', log_group: `${name}_logs.name` },
      tracing_config: { mode: 'Active' },
      dead_letter_config: { target_arn: `${name}_failed-runs_queue.arn` },
      depends_on: [`aws_iam_role_policy.${name}_role_policy`],
    },
  ])
  const names = Object.keys(Object(expected[0]?.[1]))
  assert.deepEqual(attributes(stack, 'aws_lambda_function', ...names), Object.fromEntries(expected))
})

test('log groups are encrypted and kept for logRetentionDays', () => {
  const groups = attributes(
    readable(synth({ CHATLAKE_LOG_RETENTION_DAYS: '90' })),
    'aws_cloudwatch_log_group',
    'name',
    'retention_in_days',
    'kms_key_id',
  )
  const kept = (name: string) => ({ name, retention_in_days: 90, kms_key_id: 'key.arn' })
  assert.deepEqual(groups, {
    'api_access-logs': kept('/aws/apigateway/chatlake-prod-webhooks'),
    'api_execution-logs': kept('API-Gateway-Execution-Logs_api.id/prod'),
    ...Object.fromEntries(
      Object.keys(FUNCTIONS).map(name => [`${name}_logs`, kept(`/aws/lambda/chatlake-prod-${name}`)]),
    ),
  })
})

test('the settings of the functions are applied', () => {
  const stack = readable(
    synth({
      CHATLAKE_RUNTIME: 'nodejs24.x',
      CHATLAKE_PROVIDER_VERSION: '6.25.0',
      CHATLAKE_INGEST_CONCURRENCY: '5',
      CHATLAKE_INGEST_MEMORY_MB: '256',
      CHATLAKE_TRANSFORM_MEMORY_MB: '4096',
    }),
  )
  const { 'whatsapp-ingest_function': ingest, 'whatsapp-transform_function': transform } = attributes(
    stack,
    'aws_lambda_function',
    'runtime',
    'memory_size',
    'reserved_concurrent_executions',
  )
  assert.deepEqual(ingest, { runtime: 'nodejs24.x', memory_size: 256, reserved_concurrent_executions: 5 })
  assert.deepEqual(transform, { runtime: 'nodejs24.x', memory_size: 4096, reserved_concurrent_executions: -1 })
})
