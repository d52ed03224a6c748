import type { MetricName } from './metrics.ts'
import { METRICS_DIMENSION, metricsNamespace } from './metrics.ts'

/**
 * Writes one structured line for a decision, with what it counts. Fields never hold message text, names, phone
 * numbers or secrets: only keys, counts, ids of requests and of group chats.
 */
export type Log = (level: 'info' | 'warn' | 'error', event: string, details?: LogDetails) => void

export interface LogDetails {
  readonly counts?: Readonly<Partial<Record<MetricName, number>>>
  readonly [field: string]: unknown
}

/**
 * A log of JSON lines whose counts CloudWatch turns into metrics (embedded metric format).
 * @param context fields of every line; `source` is the metrics' dimension
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function jsonLog(
  context: { readonly source: string; readonly [field: string]: unknown },
  write: (line: string) => void = line => console.log(line),
): Log {
  return (level, event, { counts, ...fields } = {}) => {
    const _aws = counts && embeddedMetrics(Object.keys(counts))
    write(JSON.stringify({ level, event, ...context, ...fields, ...counts, _aws }))
  }
}

const embeddedMetrics = (names: readonly string[]) => ({
  Timestamp: Date.now(),
  CloudWatchMetrics: [
    {
      Namespace: metricsNamespace(process.env),
      Dimensions: [[METRICS_DIMENSION]],
      Metrics: names.map(Name => ({ Name, Unit: 'Count' })),
    },
  ],
})

/** An error in a word or two for a log: its kind, never its message, which may quote what people wrote. */
export const errorKind = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
