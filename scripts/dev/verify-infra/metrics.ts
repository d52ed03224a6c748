/**
 * The metrics of a log line in CloudWatch's embedded metric format: `<namespace> <name> <dimension>=<value>…`.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricsIn(line: string): string[] {
  const { _aws, ...values } = JSON.parse(line) as {
    readonly [name: string]: unknown
    readonly _aws?: {
      readonly CloudWatchMetrics: readonly {
        readonly Namespace: string
        readonly Dimensions: readonly (readonly string[])[]
        readonly Metrics: readonly { readonly Name: string }[]
      }[]
    }
  }
  return (_aws?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap(names =>
      Metrics.map(({ Name }) => [Namespace, Name, ...names.map(name => `${name}=${values[name]}`)].join(' ')),
    ),
  )
}
