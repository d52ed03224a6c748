import type { ColumnInfo } from '@aws-sdk/client-athena'
import { clockText } from './clock-text.ts'
import type { Value } from './engine.ts'

/** Types that Athena's results give by another name, mostly Hive's, with the name that `Column` uses. */
const NAMES: Readonly<Record<string, string>> = {
  int: 'integer',
  float: 'real',
  string: 'varchar',
  char: 'varchar',
  'timestamp with time zone': 'timestamp',
  'time with time zone': 'time',
}

/** The type of a result's column, as in `Column`. */
export function columnType({ Type = 'varchar', Precision, Scale }: ColumnInfo): string {
  if (Type === 'decimal') return `decimal(${Precision},${Scale})`
  return NAMES[Type] ?? Type
}

/** Converts the text of a value to the contract of `Value`. @param text undefined for null */
export function fromAthena(type: string, text: string | undefined): Value {
  if (text === undefined) return null
  switch (type) {
    case 'boolean':
      return text === 'true'
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
    case 'double':
      return Number(text)
    case 'real':
      return Math.fround(Number(text))
    case 'timestamp':
    case 'time':
      return clockText(text)
    default:
      return text
  }
}
