import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js'
import { Construct } from 'constructs'
import { METRICS, METRICS_DIMENSION, type MetricName } from '../handlers/observe/metrics.ts'
import type { Source } from '../handlers/sources/source.ts'
import type { Metric } from './alarms.ts'
import type { Deployment } from './deployment.ts'
import type { LakeBuckets } from './lake-buckets.ts'
import type { LakeFunction } from './lake-function.ts'
import type { WebhookApi } from './webhook-api.ts'

interface DashboardProps {
  readonly deployment: Deployment
  readonly api: WebhookApi
  readonly routes: readonly { readonly source: Source; readonly ingest: LakeFunction }[]
  readonly transforms: readonly { readonly source: Source; readonly transform: LakeFunction }[]
  readonly buckets: LakeBuckets
  readonly workgroup: string
}

const FIVE_MINUTES = 300
const HOUR = 3600
const DAY = 86_400

/** A line of a graph. */
interface Line {
  readonly metric: Metric
  readonly label: string
  /** Sum unless given. */
  readonly stat?: string
}

interface Graph {
  readonly title: string
  /** Seconds. */
  readonly period: number
  readonly lines: readonly Line[]
}

/** A CloudWatch dashboard: what arrives, how fast, what the nights made of it, and what drives the costs. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id)
    const { deployment, api, routes, transforms, buckets, workgroup } = props
    const own = (source: Source, metric: MetricName): Line => ({
      metric: {
        namespace: deployment.metricsNamespace,
        metric: METRICS[metric],
        dimensions: { [METRICS_DIMENSION]: source.name },
      },
      label: `${source.name}: ${metric}`,
    })
    const ofFunction = (metric: string, { name }: LakeFunction): Metric => ({
      namespace: 'AWS/Lambda',
      metric,
      dimensions: { FunctionName: name },
    })
    const functions = [...routes.map(({ ingest }) => ingest), ...transforms.map(({ transform }) => transform)]
    const graphs: readonly Graph[] = [
      ...routes.map(({ source }) => ({
        title: `Deliveries of ${source.name}, by outcome`,
        period: FIVE_MINUTES,
        lines: OUTCOMES.map(metric => own(source, metric)),
      })),
      {
        title: 'Answers: milliseconds',
        period: FIVE_MINUTES,
        lines: ['p50', 'p95', 'p99'].map(stat => ({ metric: api.metric('Latency'), label: stat, stat })),
      },
      {
        title: 'Answers: errors and throttling',
        period: FIVE_MINUTES,
        lines: [
          { metric: api.metric('4XXError'), label: '4XX' },
          { metric: api.metric('5XXError'), label: '5XX' },
          { metric: api.throttled, label: '429' },
        ],
      },
      ...transforms.map(({ source }) => ({
        title: `The night's account of ${source.name}`,
        period: DAY,
        lines: ACCOUNT.map(metric => own(source, metric)),
      })),
      {
        title: 'Freshness: days transformed',
        period: DAY,
        lines: transforms.map(({ source }) => own(source, 'DayTransformed')),
      },
      {
        title: 'Quarantined',
        period: DAY,
        lines: transforms.map(({ source }) => own(source, 'Quarantined')),
      },
      {
        title: 'Cost: requests and invocations',
        period: HOUR,
        lines: [
          { metric: api.metric('Count'), label: 'API Gateway' },
          ...functions.map(lambda => ({ metric: ofFunction('Invocations', lambda), label: lambda.node.id })),
        ],
      },
      {
        title: 'Cost: milliseconds of functions',
        period: HOUR,
        lines: functions.map(lambda => ({ metric: ofFunction('Duration', lambda), label: lambda.node.id })),
      },
      {
        title: 'Cost: bytes in S3',
        period: DAY,
        lines: [
          [buckets.raw.bucket, 'raw'],
          [buckets.enriched.bucket, 'enriched'],
        ].map(([BucketName = '', label = '']) => ({
          metric: {
            namespace: 'AWS/S3',
            metric: 'BucketSizeBytes',
            dimensions: { BucketName, StorageType: 'StandardStorage' },
          },
          label,
          stat: 'Average',
        })),
      },
      {
        title: 'Cost: bytes that Athena read',
        period: HOUR,
        lines: [
          {
            metric: {
              namespace: 'AWS/Athena',
              metric: 'ProcessedBytes',
              dimensions: { QueryState: 'SUCCEEDED', QueryType: 'DML', WorkGroup: workgroup },
            },
            label: 'queries',
          },
        ],
      },
    ]
    new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: deployment.name('lake'),
      dashboardBody: JSON.stringify({
        start: '-P7D',
        widgets: graphs.map((graph, i) => widget(graph, i, deployment)),
      }),
    })
  }
}

const OUTCOMES = ['Stored', 'Repeated', 'Foreign', 'Unauthorized', 'BadRequest', 'StoreFailed'] as const

const ACCOUNT = ['Objects', 'Items', 'Rows', 'Duplicates', 'Quarantined'] as const

/** CloudWatch's grid has 24 columns: two graphs stand side by side. */
const widget = ({ title, period, lines }: Graph, i: number, { region }: Deployment) => ({
  type: 'metric',
  x: (i % 2) * 12,
  y: Math.floor(i / 2) * 6,
  width: 12,
  height: 6,
  properties: {
    title,
    region,
    period,
    stat: 'Sum',
    view: 'timeSeries',
    metrics: lines.map(({ metric: { namespace, metric, dimensions }, label, stat }) => [
      namespace,
      metric,
      ...Object.entries(dimensions).flat(),
      stat ? { label, stat } : { label },
    ]),
  },
})
