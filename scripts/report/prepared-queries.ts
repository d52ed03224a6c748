import type { SavedQuery } from '../../sql/catalog.ts'
import type { Chart } from '../../sql/chart.ts'
import { type Filters, withFilters } from '../../sql/filters.ts'
import { type Rate, withRates } from '../../sql/rates.ts'
import { relations } from '../query/filter-options.ts'

/** The query that `--rates` gives prices, and the column of its amounts. */
const PRICED_QUERY = 'whatsapp-prices-per-day'
export const AMOUNT = 'amount'

/**
 * The queries as a report runs them: limited by its filters, and with its prices. Leaves out a query that a filter cannot
 * limit.
 */
export function preparedQueries(
  queries: readonly SavedQuery[],
  { filters, rates }: { readonly filters: Filters; readonly rates: readonly Rate[] | undefined },
): SavedQuery[] {
  const known = relations()
  return queries.flatMap(query => {
    try {
      const limited = { ...query, sql: withFilters(query.sql, filters, known) }
      return [rates && query.name === PRICED_QUERY ? withAmounts(limited, rates) : limited]
    } catch (error) {
      if (error instanceof RangeError) return []
      throw error
    }
  })
}

/** The query with prices. Its chart shows amounts in place of counts. */
const withAmounts = (query: SavedQuery, rates: readonly Rate[]): SavedQuery => ({
  ...query,
  sql: withRates(query.sql, rates),
  ...(query.chart && { chart: ofAmounts(query.chart) }),
})

const ofAmounts = (chart: Chart): Chart => (chart.kind === 'heatmap' ? chart : { ...chart, y: [AMOUNT] })
