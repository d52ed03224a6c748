import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { sources } from '../handlers/sources/index.ts'
import type { Source } from '../handlers/sources/source.ts'
import { readable, synth } from './testing/synth.ts'

const stack = readable(synth({ CHATLAKE_ALARM_EMAIL: 'ops@example.com' }))

const api = 'ApiName=api.name Stage=api_stage.stage_name'

/** Name, metric, dimensions, threshold, breaching periods × seconds, treatment of missing data. */
const COMMON = `
webhooks-5xx               AWS/ApiGateway 5XXError                         ${api}                                          Sum > 0       1 of 1 × 300    notBreaching
failed-runs                AWS/SQS ApproximateNumberOfMessagesVisible      QueueName=failed-runs_queue.name                Maximum > 0   1 of 1 × 300    notBreaching
missed-runs                AWS/SQS ApproximateNumberOfMessagesVisible      QueueName=missed-runs_queue.name                Maximum > 0   1 of 1 × 300    notBreaching
`

/** The alarms of a platform. */
const alarmsOf = ({ name }: Source) => `
${name}-ingest-errors     AWS/Lambda Errors             FunctionName=${name}-ingest_function.function_name      Sum > 0    1 of 1 × 300    notBreaching
${name}-transform-errors  AWS/Lambda Errors             FunctionName=${name}-transform_function.function_name   Sum > 0    1 of 1 × 300    notBreaching
${name}-unauthorized      chatlake/prod Unauthorized    source=${name}                                          Sum > 50   1 of 1 × 300    notBreaching
${name}-quarantined       chatlake/prod Quarantined     source=${name}                                          Sum > 0    1 of 1 × 300    notBreaching
${name}-day-missing       chatlake/prod DayTransformed  source=${name}                                          Sum <= 0   26 of 26 × 3600 breaching
`

/** The alarm of a warning that a platform's webhook gives. */
const warningAlarm = (source: string, metric: string, name: string) => `
${source}-${name}  chatlake/prod ${metric}  source=${source}  Sum > 0  1 of 1 × 300  notBreaching
`

const OPERATORS: Readonly<Record<string, string>> = {
  GreaterThanThreshold: '>',
  LessThanOrEqualToThreshold: '<=',
}

test('these are the alarms, with their metrics and thresholds', () => {
  const alarms = Object.values(stack.resource.aws_cloudwatch_metric_alarm ?? {}).map(alarm =>
    [
      String(alarm.alarm_name).replace('chatlake-prod-', ''),
      alarm.namespace,
      alarm.metric_name,
      ...Object.entries(alarm.dimensions ?? {}).map(pair => pair.join('=')),
      alarm.statistic,
      OPERATORS[String(alarm.comparison_operator)],
      alarm.threshold,
      `${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods} × ${alarm.period}`,
      alarm.treat_missing_data,
    ].join(' '),
  )
  const warnings = sources.flatMap(({ name, webhook }) =>
    Object.keys(webhook.warnings).map(metric =>
      warningAlarm(name, metric, metric.replace(/(?!^)[A-Z]/g, '-$&').toLowerCase()),
    ),
  )
  assert.deepEqual(warnings, [
    warningAlarm('telegram', 'ChatMigrated', 'chat-migrated'),
    warningAlarm('telegram', 'ChatIdMistyped', 'chat-id-mistyped'),
  ])
  const expected = [COMMON, ...sources.map(alarmsOf), ...warnings]
    .flatMap(lines => lines.trim().split('\n'))
    .map(line => line.replace(/ +/g, ' '))
  assert.deepEqual(alarms.sort(), expected.sort())
  const costs = readFileSync(new URL('../docs/costs.md', import.meta.url), 'utf8')
  assert.ok(costs.includes(`${alarms.length} alarms at 0.10`), 'docs/costs.md has the number of alarms')
})

test('each alarm notifies the topic when it is raised and when it is over; an address is subscribed', () => {
  for (const { alarm_actions, ok_actions, actions_enabled } of Object.values(
    stack.resource.aws_cloudwatch_metric_alarm ?? {},
  )) {
    assert.deepEqual(
      [alarm_actions, ok_actions, actions_enabled],
      [['alarms_topic.arn'], ['alarms_topic.arn'], undefined],
    )
  }
  const { topic_arn, protocol, endpoint } = stack.resource.aws_sns_topic_subscription?.alarms_email ?? {}
  assert.deepEqual([topic_arn, protocol, endpoint], ['alarms_topic.arn', 'email', 'ops@example.com'])
  assert.equal(stack.resource.aws_sns_topic?.alarms_topic?.kms_master_key_id, 'key.arn')
  assert.equal(synth().stack.resource.aws_sns_topic_subscription, undefined)
})
