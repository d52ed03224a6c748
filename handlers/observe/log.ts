import type { MetricName } from './metrics.ts'
import { METRICS_DIMENSION, metricsNamespace } from './metrics.ts'

/**
 * Writes a structured log line. Fields never hold texts of messages, names, phone numbers or secrets; only keys, counts
 * and the ids of requests and group chats.
 */
export type Log = (level: 'info' | 'warn' | 'error', event: string, details?: LogDetails) => void

export interface LogDetails {
  /** Metrics to emit with the line. */
  readonly counts?: Readonly<Partial<Record<MetricName, number>>>
  /** Fields that are dimensions of the metrics besides `source`. */
  readonly dimensions?: readonly string[]
  readonly [field: string]: unknown
}

/**
 * A log of JSON lines. CloudWatch extracts metrics from their counts (embedded metric format).
 * @param context fields of every line; `source` is the dimension of the metrics
 * @param write receives each line; prints it to standard output unless given
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function jsonLog(
  context: { readonly source: string; readonly [field: string]: unknown },
  write: (line: string) => void = line => console.log(line),
): Log {
  return (level, event, { counts, dimensions = [], ...fields } = {}) => {
    const _aws = counts && embeddedMetrics(Object.keys(counts), dimensions)
    write(JSON.stringify({ level, event, ...context, ...fields, ...counts, _aws }))
  }
}

const embeddedMetrics = (names: readonly string[], dimensions: readonly string[]) => ({
  Timestamp: Date.now(),
  CloudWatchMetrics: [
    {
      Namespace: metricsNamespace(process.env),
      Dimensions: [[METRICS_DIMENSION, ...dimensions]],
      Metrics: names.map(Name => ({ Name, Unit: 'Count' })),
    },
  ],
})

/** The kind of an error, for a log line. Its message may quote what people wrote, and is never logged. */
export const errorKind = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
