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

/** Requests in five minutes that fail to prove their sender: more than a platform's own slip, or a scanner's. */
const UNAUTHORIZED_SURGE = 50

const FIVE_MINUTES = 300
const HOUR = 3600

interface Alarm {
  readonly description: string
  readonly namespace: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
  /** Raised above it; where silence is the bad news, when nothing is. */
  readonly threshold: number
  readonly statistic?: 'Sum' | 'Maximum'
  readonly period?: number
  /** Periods in a row that have to be bad. */
  readonly periods?: number
  /** Whether silence is the bad news. */
  readonly breachesWhenMissing?: boolean
}

/** What somebody has to know of, sent to one topic. Each watches a metric that AWS or our functions really emit. */
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
   * Every 5xx, also a lone one that the platform's next attempt makes good: a store, a secret or a setting has failed, which
   * happens seldom, and a short outage would be over before more periods were bad. Our metrics Misconfigured, StoreFailed
   * and SecretsFailed are all answered with 500, so this is their alarm as well; the log line says which it was.
   */
  watchApi(api: WebhookApi): void {
    this.#raise('webhooks-5xx', {
      description:
        'A delivery was not stored: the platform repeats it, for days but not for ever. The log says what failed',
      namespace: 'AWS/ApiGateway',
      metric: '5XXError',
      dimensions: { ApiName: api.name, Stage: api.stageName },
      threshold: 0,
    })
  }

  watchIngest(source: Source, ingest: LakeFunction): void {
    this.#watchFunction(ingest)
    this.#raise(`${source.name}-unauthorized`, {
      description: `Many requests to ${source.name}'s webhook do not prove their sender: a wrong secret, or an attack`,
      ...this.#ours(source, 'Unauthorized'),
      threshold: UNAUTHORIZED_SURGE,
    })
    for (const [metric, description] of Object.entries(source.webhook.warnings)) {
      this.#raise(`${source.name}-${kebabCase(metric)}`, {
        description,
        ...this.#ours(source, metric as MetricName),
        threshold: 0,
      })
    }
  }

  watchTransform(source: Source, transform: LakeFunction): void {
    this.#watchFunction(transform)
    this.#raise(`${source.name}-day-missing`, {
      description: `No day of ${source.name} was transformed for more than a day`,
      ...this.#ours(source, 'DayTransformed'),
      threshold: 0,
      breachesWhenMissing: true,
      period: HOUR,
      periods: 26, // a day, the hour that a clock change adds, and one for retries
    })
    this.#raise(`${source.name}-quarantined`, {
      description: `Messages of ${source.name} could not become rows: the table quarantine says why`,
      ...this.#ours(source, 'Quarantined'),
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

  /** A metric that our functions write to their logs. */
  #ours(source: Source, metric: MetricName): Pick<Alarm, 'namespace' | 'metric' | 'dimensions'> {
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
