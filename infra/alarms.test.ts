import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { sources } from '../handlers/sources/index.ts'
import type { Source } from '../handlers/sources/source.ts'
import { attributes, type Json, readable, synth } from './testing/synth.ts'

const stack = readable(synth({ CHATLAKE_ALARM_EMAIL: 'ops@example.com,data@example.com' }))

const api = 'ApiName=api.name Stage=api_stage.stage_name'

/** A method's requests in API Gateway, as the name of a metric. */
const posts = (source: string) =>
  `AWS/ApiGateway Count ApiName=api.name Method=POST Resource=/${source} Stage=api_stage.stage_name`

/** Name, metric or expression, dimensions, threshold, breaching periods × seconds, treatment of missing data. */
const COMMON = `
webhooks-5xx        AWS/ApiGateway 5XXError ${api}                                                        Sum > 0      1 of 1 × 300  notBreaching
webhooks-4xx        IF(errors >= 10, 100 * errors / requests, 0)                                          > 5          1 of 1        notBreaching
  errors = AWS/ApiGateway 4XXError ${api} Sum × 900
  requests = AWS/ApiGateway Count ${api} Sum × 900
webhooks-throttled  chatlake/prod Throttled                                                               Sum > 0      1 of 1 × 300  notBreaching
`

/** The alarms of a platform. */
const alarmsOf = ({ name, webhook }: Source) => `
${name}-ingest-errors     AWS/Lambda Errors             FunctionName=${name}-ingest_function.function_name      Sum > 0    1 of 1 × 300    notBreaching
${name}-transform-errors  AWS/Lambda Errors             FunctionName=${name}-transform_function.function_name   Sum > 0    1 of 1 × 300    notBreaching
${name}-transform-failed-runs AWS/SQS ApproximateNumberOfMessagesVisible QueueName=${name}-transform_failed-runs_queue.name Maximum > 0 1 of 1 × 300 notBreaching
${name}-missed-runs       AWS/SQS ApproximateNumberOfMessagesVisible QueueName=${name}-daily_missed-runs_queue.name Maximum > 0 1 of 1 × 300 notBreaching
${name}-unauthorized      chatlake/prod Unauthorized    source=${name}                                          Sum > 50   1 of 1 × 300    notBreaching
${name}-refused           IF(refused >= 5, 100 * refused / requests, 0)                                         > 20       1 of 1          notBreaching
  refused = chatlake/prod Unauthorized source=${name} Sum × 900
  requests = ${posts(name)} Sum × 900
${name}-silent            chatlake/prod Stored          source=${name}                                          Sum <= 0   24 of 24 × 3600 breaching
${name}-quarantined       chatlake/prod Quarantined     source=${name}                                          Sum > 0    1 of 1 × 300    notBreaching
${name}-day-missing       chatlake/prod DayTransformed  source=${name}                                          Sum <= 0   26 of 26 × 3600 breaching
${
  webhook.settings.length > 0
    ? `
${name}-all-foreign       IF(turnedAway >= 5, 100 * turnedAway / requests, 0)                                   > 99       1 of 1          notBreaching
  turnedAway = chatlake/prod Foreign source=${name} Sum × 3600
  requests = ${posts(name)} Sum × 3600
`
    : ''
}`

/** The alarm of a warning that a platform's webhook gives. */
const warningAlarm = (source: string, metric: string, name: string) => `
${source}-${name}  chatlake/prod ${metric}  source=${source}  Sum > 0  1 of 1 × 300  notBreaching
`

const OPERATORS: Readonly<Record<string, string>> = {
  GreaterThanThreshold: '>',
  LessThanOrEqualToThreshold: '<=',
}

interface Query {
  readonly id: string
  readonly expression?: string
  readonly metric?: Json
}

/** The words of a table of alarms that say which metric one watches: `<namespace> <name> <dimension>=<value>…`. */
const metricWords = ({ namespace, metric_name, dimensions }: Json) => [
  namespace,
  metric_name,
  ...Object.entries(dimensions ?? {}).map(pair => pair.join('=')),
]

test('these are the alarms, with their metrics and thresholds', () => {
  let watched = 0 // CloudWatch charges for each metric of an alarm
  const alarms = Object.values(stack.resource.aws_cloudwatch_metric_alarm ?? {}).map(alarm => {
    const queries = (alarm.metric_query ?? []) as readonly Query[]
    const metrics = queries.flatMap(({ id, metric }) =>
      metric ? [` ${id} = ${[...metricWords(metric), metric.stat, '×', metric.period].join(' ')}`] : [],
    )
    watched += metrics.length || 1
    const periods = `${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}`
    const line = [
      String(alarm.alarm_name).replace('chatlake-prod-', ''),
      ...(metrics.length > 0 ? queries.map(({ expression }) => expression) : [...metricWords(alarm), alarm.statistic]),
      OPERATORS[String(alarm.comparison_operator)],
      alarm.threshold,
      alarm.period === undefined ? periods : `${periods} × ${alarm.period}`,
      alarm.treat_missing_data,
    ].filter(word => word !== undefined)
    return [line.join(' '), ...metrics].join('\n')
  })
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
    .flatMap(lines => lines.split(/\n(?! )/))
    .map(lines => lines.trim().replace(/ +/g, ' '))
    .filter(lines => lines !== '')
  assert.deepEqual(alarms.sort(), expected.sort())
  const costs = readFileSync(new URL('../docs/costs.md', import.meta.url), 'utf8')
  assert.ok(costs.includes(`${watched} metrics of alarms at 0.10`), `docs/costs.md: ${watched} metrics of alarms`)
})

test('silenceHours sets when a silent platform raises an alarm; 0 turns the alarm off', () => {
  const silent = (hours: string) => {
    const { stack } = synth({ CHATLAKE_SILENCE_HOURS: hours })
    return Object.values(attributes(stack, 'aws_cloudwatch_metric_alarm', 'alarm_name', 'evaluation_periods', 'period'))
      .filter(({ alarm_name }) => String(alarm_name).endsWith('-silent'))
      .map(({ evaluation_periods, period }) => [evaluation_periods, period])
  }
  assert.deepEqual(
    silent('72'),
    sources.map(() => [72, 3600]),
  )
  assert.deepEqual(silent('0'), [])
})

test("a request that API Gateway throttles is counted from the access log's status", () => {
  const { pattern, log_group_name, metric_transformation } =
    stack.resource.aws_cloudwatch_log_metric_filter?.api_throttled ?? {}
  assert.deepEqual([pattern, log_group_name], ['{ $.status = "429" }', 'api_access-logs.name'])
  assert.deepEqual(metric_transformation, { name: 'Throttled', namespace: 'chatlake/prod', unit: 'Count', value: '1' })
  const { format } = Object(stack.resource.aws_api_gateway_stage?.api_stage?.access_log_settings)
  assert.equal(JSON.parse(format).status, '$context.status') // in quotes: a text, as in the pattern
})

test('each alarm notifies the topic when it is raised and when it is over; the addresses are subscribed', () => {
  for (const { alarm_actions, ok_actions, actions_enabled } of Object.values(
    stack.resource.aws_cloudwatch_metric_alarm ?? {},
  )) {
    assert.deepEqual(
      [alarm_actions, ok_actions, actions_enabled],
      [['alarms_topic.arn'], ['alarms_topic.arn'], undefined],
    )
  }
  assert.deepEqual(
    Object.values(attributes(stack, 'aws_sns_topic_subscription', 'topic_arn', 'protocol', 'endpoint')),
    ['data@example.com', 'ops@example.com'].map(endpoint => ({
      topic_arn: 'alarms_topic.arn',
      protocol: 'email',
      endpoint,
    })),
  )
  assert.equal(stack.resource.aws_sns_topic?.alarms_topic?.kms_master_key_id, 'key.arn')
  assert.equal(synth().stack.resource.aws_sns_topic_subscription, undefined)
})

test('the alarms may go to a topic of the company; the stack then makes none', () => {
  const topic = 'arn:aws:sns:sa-east-1:123456789012:acme-alarms'
  const { resource } = synth({ CHATLAKE_ALARM_TOPIC_ARN: topic }).stack
  for (const { alarm_actions, ok_actions } of Object.values(resource.aws_cloudwatch_metric_alarm ?? {}))
    assert.deepEqual([alarm_actions, ok_actions], [[topic], [topic]])
  assert.deepEqual(
    Object.keys(resource).filter(type => type.startsWith('aws_sns_')),
    [],
  )
})
