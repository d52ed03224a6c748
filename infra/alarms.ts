import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmMetricQuery,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js'
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic/index.js'
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy/index.js'
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription/index.js'
import { Construct } from 'constructs'
import { METRICS, METRICS_DIMENSION, type MetricName } from '../handlers/observe/metrics.ts'
import type { Source } from '../handlers/sources/source.ts'
import type { DailyTransform } from './daily-transform.ts'
import type { DeadLetterQueue } from './dead-letter-queue.ts'
import type { Deployment } from './deployment.ts'
import type { LakeFunction } from './lake-function.ts'
import type { LakeKey } from './lake-key.ts'
import { policyDocument, publishersOf } from './policy.ts'
import type { WebhookApi } from './webhook-api.ts'

/** Unauthorized requests in five minutes: more than an occasional mistake of a platform, or a scan of the internet. */
const UNAUTHORIZED_SURGE = 50

/** Refused requests without which a share is not judged: one run of `npm run webhook -- whatsapp check` causes up to 3. */
const FEW_REFUSALS = 5

/** Percent of the requests that may be refused: a rotation or a scan of the internet stays below it. */
const REFUSED_SHARE = 20

/** 4XX answers without which their share is not judged: scans of the internet cause some. */
const FEW_4XX = 10

/** Percent of the requests that may be answered with 4XX. */
const SHARE_OF_4XX = 5

/** Updates of chats that are not kept, without which a missing kept one means nothing. */
const FEW_FOREIGN = 5

const FIVE_MINUTES = 300
const QUARTER_HOUR = 900
const HOUR = 3600

/** A metric in CloudWatch. */
export interface Metric {
  readonly namespace: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
}

/** A value that CloudWatch computes of the sums of metrics. Where one of them has no data, the value has none. */
interface Share {
  readonly expression: string
  /** The metrics, by their names in the expression. */
  readonly of: Readonly<Record<string, Metric>>
}

type Alarm = (Metric | Share) & {
  readonly description: string
  /** Above it the alarm is raised. With `breachesWhenMissing`: at or below it, and where there is no data. */
  readonly threshold: number
  readonly statistic?: 'Sum' | 'Maximum'
  /** Seconds. */
  readonly period?: number
  /** Consecutive periods that must breach the threshold. */
  readonly periods?: number
  /** Whether missing data breaches the threshold. */
  readonly breachesWhenMissing?: boolean
}

/** The CloudWatch alarms, and the SNS topic that every alarm notifies. */
export class Alarms extends Construct {
  readonly topic: string
  readonly #deployment: Deployment

  constructor(scope: Construct, id: string, { deployment, key }: { deployment: Deployment; key: LakeKey }) {
    super(scope, id)
    this.#deployment = deployment
    this.topic = deployment.alarmTopicArn || this.#makeTopic(deployment, key)
  }

  /** @returns its ARN */
  #makeTopic(deployment: Deployment, key: LakeKey): string {
    const { name, alarmEmail } = deployment
    const topic = new SnsTopic(this, 'topic', { name: name('alarms'), kmsMasterKeyId: key.arn })
    new SnsTopicPolicy(this, 'topic-policy', {
      arn: topic.arn,
      policy: policyDocument(this, 'topic-policy-document', [
        ...publishersOf(deployment).map(publisher => ({
          ...publisher,
          actions: ['sns:Publish'],
          resources: [topic.arn],
        })),
      ]),
    })
    for (const endpoint of alarmEmail)
      new SnsTopicSubscription(this, `email-${endpoint}`, { topicArn: topic.arn, protocol: 'email', endpoint })
    return topic.arn
  }

  /**
   * Raises an alarm for every 5xx, even a single one that the platform's retry makes good: it is rare, and a short
   * outage would be over before several periods breached. It is also the alarm of the metrics Misconfigured,
   * StoreFailed and SecretsFailed, which are all answered with 500. The log line tells which one it was.
   */
  watchApi(api: WebhookApi): void {
    this.#raise('webhooks-5xx', {
      description: 'A delivery was not stored. The platform retries it for some days; the log says what failed',
      ...api.metric('5XXError'),
      threshold: 0,
    })
    this.#raise('webhooks-4xx', {
      description: `More than ${SHARE_OF_4XX} % of the requests are answered with 4XX: the access log has path and status`,
      expression: `IF(errors >= ${FEW_4XX}, 100 * errors / requests, 0)`,
      of: { errors: api.metric('4XXError'), requests: api.metric('Count') },
      threshold: SHARE_OF_4XX,
      period: QUARTER_HOUR,
    })
    this.#raise('webhooks-throttled', {
      description: 'API Gateway answers deliveries with 429, and the platforms retry them: raise throttleRate',
      ...api.throttled,
      threshold: 0,
    })
  }

  watchIngest(source: Source, ingest: LakeFunction, api: WebhookApi): void {
    const deliveries = api.metric('Count', source)
    this.#watchFunction(ingest)
    this.#raise(`${source.name}-refused`, {
      description: `More than ${REFUSED_SHARE} % of the requests to ${source.name}'s webhook are unauthorized: a wrong secret`,
      expression: `IF(refused >= ${FEW_REFUSALS}, 100 * refused / requests, 0)`,
      // the API counts the requests: a metric that was never written, such as Stored with a wrong secret, has no data
      of: { refused: this.#functionMetric(source, 'Unauthorized'), requests: deliveries },
      threshold: REFUSED_SHARE,
      period: QUARTER_HOUR,
    })
    // only a webhook with settings turns deliveries away
    if (source.webhook.settings.length > 0) {
      this.#raise(`${source.name}-all-foreign`, {
        description: `For an hour nothing of ${source.name} was kept, only turned away: compare the ids with the log's`,
        expression: `IF(turnedAway >= ${FEW_FOREIGN}, 100 * turnedAway / requests, 0)`,
        of: { turnedAway: this.#functionMetric(source, 'Foreign'), requests: deliveries },
        threshold: 99,
        period: HOUR,
      })
    }
    const { silenceHours } = this.#deployment
    if (silenceHours > 0) {
      this.#raise(`${source.name}-silent`, {
        description: `Nothing of ${source.name} was stored for ${silenceHours} hours: does the platform still deliver?`,
        ...this.#functionMetric(source, 'Stored'),
        threshold: 0,
        breachesWhenMissing: true,
        period: HOUR,
        periods: silenceHours,
      })
    }
    this.#raise(`${source.name}-unauthorized`, {
      description: `Many requests to ${source.name}'s webhook are unauthorized: a wrong secret, or an attack`,
      ...this.#functionMetric(source, 'Unauthorized'),
      threshold: UNAUTHORIZED_SURGE,
    })
    for (const [metric, description] of Object.entries(source.webhook.warnings)) {
      this.#raise(`${source.name}-${kebabCase(metric)}`, {
        description,
        ...this.#functionMetric(source, metric as MetricName),
        threshold: 0,
      })
    }
  }

  watchTransform(source: Source, transform: LakeFunction, daily: DailyTransform): void {
    this.#watchFunction(transform)
    this.#watchDeadLetters(
      transform.failedRuns,
      `A day of ${source.name} could not be transformed, not even by the retries: run it by hand`,
    )
    this.#watchDeadLetters(
      daily.missedRuns,
      `The scheduler could not invoke ${source.name}'s transform: run that day by hand`,
    )
    this.#raise(`${source.name}-day-missing`, {
      description: `No day of ${source.name} was transformed for more than a day`,
      ...this.#functionMetric(source, 'DayTransformed'),
      threshold: 0,
      breachesWhenMissing: true,
      period: HOUR,
      periods: 26, // a day, one hour for a clock change, one hour for retries
    })
    this.#raise(`${source.name}-quarantined`, {
      description: `Messages of ${source.name} could not become rows: the table quarantine says why`,
      ...this.#functionMetric(source, 'Quarantined'),
      threshold: 0,
    })
  }

  #watchDeadLetters(queue: DeadLetterQueue, description: string): void {
    this.#raise(queue.part, {
      description,
      namespace: 'AWS/SQS',
      metric: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: queue.name },
      statistic: 'Maximum',
      threshold: 0,
    })
  }

  #watchFunction({ name, node }: LakeFunction): void {
    this.#raise(`${node.id}-errors`, {
      description: `${name} threw, ran out of time or out of memory`,
      namespace: 'AWS/Lambda',
      metric: 'Errors',
      dimensions: { FunctionName: name },
      threshold: 0,
    })
  }

  /** A metric that the functions write to their logs in embedded metric format. */
  #functionMetric(source: Source, metric: MetricName): Metric {
    return {
      namespace: this.#deployment.metricsNamespace,
      metric: METRICS[metric],
      dimensions: { [METRICS_DIMENSION]: source.name },
    }
  }

  #raise(id: string, alarm: Alarm): void {
    const { breachesWhenMissing = false, periods = 1, period = FIVE_MINUTES, statistic = 'Sum' } = alarm
    new CloudwatchMetricAlarm(this, id, {
      alarmName: this.#deployment.name(id),
      alarmDescription: alarm.description,
      ...('expression' in alarm
        ? { metricQuery: queriesOf(alarm, period) }
        : { namespace: alarm.namespace, metricName: alarm.metric, dimensions: alarm.dimensions, statistic, period }),
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
      comparisonOperator: breachesWhenMissing ? 'LessThanOrEqualToThreshold' : 'GreaterThanThreshold',
      threshold: alarm.threshold,
      treatMissingData: breachesWhenMissing ? 'breaching' : 'notBreaching',
      alarmActions: [this.topic],
      okActions: [this.topic],
    })
  }
}

/** The queries of an alarm on a computed value: one for each metric, and the expression. */
const queriesOf = ({ expression, of }: Share, period: number): CloudwatchMetricAlarmMetricQuery[] => [
  ...Object.entries(of).map(([id, { namespace, metric, dimensions }]) => ({
    id,
    metric: { namespace, metricName: metric, dimensions, stat: 'Sum', period },
  })),
  { id: 'share', label: 'percent of the requests', expression, returnData: true },
]

const kebabCase = (name: string) => name.replace(/(?<!^)[A-Z]/g, letter => `-${letter}`).toLowerCase()
