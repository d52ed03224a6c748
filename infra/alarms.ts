import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js'
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic/index.js'
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy/index.js'
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription/index.js'
import { Construct } from 'constructs'
import { METRICS, METRICS_DIMENSION, type MetricName } from '../handlers/observe/metrics.ts'
import type { Source } from '../handlers/sources/source.ts'
import type { DeadLetterQueue } from './dead-letter-queue.ts'
import type { Deployment } from './deployment.ts'
import type { LakeFunction } from './lake-function.ts'
import type { LakeKey } from './lake-key.ts'
import { policyDocument, service } from './policy.ts'
import type { WebhookApi } from './webhook-api.ts'

/** Unauthorized requests in five minutes: more than an occasional mistake of a platform, or a scan of the internet. */
const UNAUTHORIZED_SURGE = 50

const FIVE_MINUTES = 300
const HOUR = 3600

interface Alarm {
  readonly description: string
  readonly namespace: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
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
    const { name, alarmEmail, account } = deployment
    const topic = new SnsTopic(this, 'topic', { name: name('alarms'), kmsMasterKeyId: key.arn })
    new SnsTopicPolicy(this, 'topic-policy', {
      arn: topic.arn,
      policy: policyDocument(this, 'topic-policy-document', [
        {
          principals: service('cloudwatch'),
          actions: ['sns:Publish'],
          resources: [topic.arn],
          condition: [{ test: 'StringEquals', variable: 'aws:SourceAccount', values: [account] }],
        },
      ]),
    })
    if (alarmEmail) {
      new SnsTopicSubscription(this, 'email', { topicArn: topic.arn, protocol: 'email', endpoint: alarmEmail })
    }
    this.topic = topic.arn
  }

  /**
   * Raises an alarm for every 5xx, even a single one that the platform's retry makes good: it is rare, and a short
   * outage would be over before several periods breached. It is also the alarm of the metrics Misconfigured,
   * StoreFailed and SecretsFailed, which are all answered with 500. The log line tells which one it was.
   */
  watchApi(api: WebhookApi): void {
    this.#raise('webhooks-5xx', {
      description: 'A delivery was not stored. The platform retries it for some days; the log says what failed',
      namespace: 'AWS/ApiGateway',
      metric: '5XXError',
      dimensions: { ApiName: api.name, Stage: api.stageName },
      threshold: 0,
    })
  }

  watchIngest(source: Source, ingest: LakeFunction): void {
    this.#watchFunction(ingest)
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

  watchTransform(source: Source, transform: LakeFunction): void {
    this.#watchFunction(transform)
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

  watchDeadLetters(queue: DeadLetterQueue, description: string): void {
    this.#raise(queue.node.id, {
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
  #functionMetric(source: Source, metric: MetricName): Pick<Alarm, 'namespace' | 'metric' | 'dimensions'> {
    return {
      namespace: this.#deployment.metricsNamespace,
      metric: METRICS[metric],
      dimensions: { [METRICS_DIMENSION]: source.name },
    }
  }

  #raise(id: string, alarm: Alarm): void {
    const { breachesWhenMissing = false, periods = 1 } = alarm
    new CloudwatchMetricAlarm(this, id, {
      alarmName: this.#deployment.name(id),
      alarmDescription: alarm.description,
      namespace: alarm.namespace,
      metricName: alarm.metric,
      dimensions: { ...alarm.dimensions },
      statistic: alarm.statistic ?? 'Sum',
      period: alarm.period ?? FIVE_MINUTES,
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

const kebabCase = (name: string) => name.replace(/(?<!^)[A-Z]/g, letter => `-${letter}`).toLowerCase()
