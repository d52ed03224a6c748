import { tables } from '../../handlers/sources/tables.ts'
import { DIRECTIONS, type Filters, type Relation } from '../../sql/filters.ts'
import { savedViews } from '../../sql/views.ts'
import { UsageError } from '../lib/cli/command.ts'

/** The options that limit a command's queries, for `parseArgs`. */
export const FILTER_OPTIONS = {
  'phone-number-id': { type: 'string' },
  chat: { type: 'string' },
  direction: { type: 'string' },
} as const

export const FILTER_HELP = `  --phone-number-id ID
                    only what belongs to this number of the business, on WhatsApp
  --chat ID         only this chat; on WhatsApp a group, or a person by number or user id
  --direction D     ${DIRECTIONS.join(', ')}: what people wrote, what the business wrote, or both`

/**
 * The filters that the options give.
 * @throws UsageError for an empty value or another direction
 */
export function filtersOf(values: {
  readonly 'phone-number-id'?: string | undefined
  readonly chat?: string | undefined
  readonly direction?: string | undefined
}): Filters {
  const { 'phone-number-id': phoneNumberId, chat } = values
  for (const [name, value] of Object.entries({ 'phone-number-id': phoneNumberId, chat }))
    if (value === '') throw new UsageError(`--${name} is empty`)
  const direction = DIRECTIONS.find(name => name === values.direction)
  if (values.direction !== undefined && direction === undefined)
    throw new UsageError(`there is no direction "${values.direction}": ${DIRECTIONS.join(', ')}`)
  return { phoneNumberId, chat, direction }
}

/** The arguments, with `--chat -1001` as `--chat=-1001`: ids of groups on Telegram are negative. */
export const withNegativeValues = (args: readonly string[]): string[] =>
  args.flatMap((argument, i) => {
    if (argument === '--chat' && /^-\d/.test(args[i + 1] ?? '')) return [`--chat=${args[i + 1]}`]
    return args[i - 1] === '--chat' && /^-\d/.test(argument) ? [] : [argument]
  })

/** The lake's tables and views. */
export const relations = (): Relation[] => [
  ...tables.map(({ name, columns, partitions }) => ({
    name,
    columns: [...Object.keys(columns), ...partitions.map(partition => partition.name)],
  })),
  ...savedViews().map(({ name, columns }) => ({ name, columns: columns.map(column => column.name) })),
]
