import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sources } from '../handlers/sources/index.ts'
import { attributes, readable, synth } from './testing/synth.ts'

const stack = readable(synth())

test("each source's transform runs just after the lake's midnight and receives the scheduled time", () => {
  const schedule = (name: string) => ({
    schedule_expression: 'cron(15 0 * * ? *)',
    schedule_expression_timezone: 'America/Sao_Paulo',
    flexible_time_window: { mode: 'OFF' },
    kms_key_arn: 'key.arn',
    target: {
      arn: `arn:aws:lambda:sa-east-1:ACCOUNT:function:chatlake-prod-${name}-transform`,
      role_arn: `${name}-daily_role.arn`,
      input: '{"time":"<aws.scheduler.scheduled-time>"}',
      retry_policy: { maximum_retry_attempts: 10, maximum_event_age_in_seconds: 21_600 },
      dead_letter_config: { arn: `${name}-daily_missed-runs_queue.arn` },
    },
  })
  assert.deepEqual(
    attributes(stack, 'aws_scheduler_schedule', ...Object.keys(schedule(''))),
    Object.fromEntries(sources.map(({ name }) => [`${name}-daily_schedule`, schedule(name)])),
  )
})

test('each function has a queue of failed runs, each schedule one of missed runs; they are encrypted and keep entries for two weeks', () => {
  const queue = { message_retention_seconds: 1_209_600, sqs_managed_sse_enabled: true }
  assert.deepEqual(
    attributes(stack, 'aws_sqs_queue', 'name', ...Object.keys(queue)),
    Object.fromEntries(
      sources.flatMap(({ name }) =>
        [
          [`${name}-ingest_failed-runs_queue`, `${name}-ingest-failed-runs`],
          [`${name}-transform_failed-runs_queue`, `${name}-transform-failed-runs`],
          [`${name}-daily_missed-runs_queue`, `${name}-missed-runs`],
        ].map(([id, part]) => [id, { name: `chatlake-prod-${part}`, ...queue }]),
      ),
    ),
  )
})
