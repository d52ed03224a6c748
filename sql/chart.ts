/** How a report draws a query's rows. The fields name columns of the result. */
export type Chart =
  | {
      readonly kind: 'bar' | 'line'
      readonly x: string
      /** One or more measures. Several bars are stacked. */
      readonly y: readonly string[]
      /** The column whose values name the series. */
      readonly series?: string
      /** Number of rows to draw, from the first. Default: all. */
      readonly top?: number
    }
  | { readonly kind: 'heatmap'; readonly x: string; readonly y: string; readonly value: string }

const FIELDS = {
  bar: { required: ['x', 'y'], optional: ['series', 'top'] },
  line: { required: ['x', 'y'], optional: ['series', 'top'] },
  heatmap: { required: ['x', 'y', 'value'], optional: [] },
} as const satisfies Record<Chart['kind'], { required: readonly string[]; optional: readonly string[] }>

const isKind = (text: string): text is Chart['kind'] => Object.hasOwn(FIELDS, text)

/**
 * Parses the `chart` of a query's header: a kind and its fields, such as `bar x=name y=messages top=20`,
 * `line x=day y=messages,mean_7_days`, `line x=day y=messages series=platform`, `heatmap x=hour y=weekday value=messages`.
 * @throws for an unknown kind or field, a missing or repeated field, or a wrong value
 */
export function parseChart(text: string): Chart {
  const [kind = '', ...words] = text.split(/\s+/)
  if (!isKind(kind)) throw new Error(`there is no chart "${kind}": ${Object.keys(FIELDS).join(', ')}`)
  const { required, optional } = FIELDS[kind]
  const known: readonly string[] = [...required, ...optional]
  const fields = new Map<string, string>()
  for (const word of words) {
    const [, name = '', value = ''] = /^(\w+)=(\w+(?:,\w+)*)$/.exec(word) ?? []
    if (!known.includes(name))
      throw new Error(`a ${kind} has no "${word}": ${known.map(name => `${name}=…`).join(' ')}`)
    if (fields.has(name)) throw new Error(`the ${kind} has "${name}" twice`)
    if (value.includes(',') && (name !== 'y' || kind === 'heatmap'))
      throw new Error(`"${name}" of a ${kind} is one column`)
    fields.set(name, value)
  }
  const field = (name: string) => {
    const value = fields.get(name)
    if (value === undefined) throw new Error(`the ${kind} lacks "${name}=…"`)
    return value
  }
  if (kind === 'heatmap') return { kind, x: field('x'), y: field('y'), value: field('value') }
  const top = fields.get('top')
  if (top !== undefined && !/^[1-9]\d{0,3}$/.test(top))
    throw new Error(`"top" is a number from 1 to 9999, not "${top}"`)
  const series = fields.get('series')
  return {
    kind,
    x: field('x'),
    y: field('y').split(','),
    ...(series !== undefined && { series }),
    ...(top !== undefined && { top: Number(top) }),
  }
}

/** The names of the columns that a chart draws. */
export function chartColumns(chart: Chart): string[] {
  if (chart.kind === 'heatmap') return [chart.x, chart.y, chart.value]
  return [chart.x, ...chart.y, ...(chart.series === undefined ? [] : [chart.series])]
}
