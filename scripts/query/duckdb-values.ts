import {
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { Value } from './engine.ts'

const ATHENA_NAMES: Readonly<Partial<Record<DuckDBTypeId, string>>> = {
  [DuckDBTypeId.BOOLEAN]: 'boolean',
  [DuckDBTypeId.TINYINT]: 'tinyint',
  [DuckDBTypeId.SMALLINT]: 'smallint',
  [DuckDBTypeId.INTEGER]: 'integer',
  [DuckDBTypeId.BIGINT]: 'bigint',
  [DuckDBTypeId.UTINYINT]: 'smallint',
  [DuckDBTypeId.USMALLINT]: 'integer',
  [DuckDBTypeId.UINTEGER]: 'bigint',
  [DuckDBTypeId.UBIGINT]: 'bigint',
  [DuckDBTypeId.HUGEINT]: 'bigint', // a sum of bigints here; Athena's stays a bigint or overflows
  [DuckDBTypeId.UHUGEINT]: 'bigint',
  [DuckDBTypeId.FLOAT]: 'real',
  [DuckDBTypeId.DOUBLE]: 'double',
  [DuckDBTypeId.VARCHAR]: 'varchar',
  [DuckDBTypeId.ENUM]: 'varchar',
  [DuckDBTypeId.UUID]: 'uuid',
  [DuckDBTypeId.BLOB]: 'varbinary',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.TIME]: 'time',
  [DuckDBTypeId.TIME_NS]: 'time',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_S]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_MS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_NS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamp',
  [DuckDBTypeId.LIST]: 'array',
  [DuckDBTypeId.ARRAY]: 'array',
  [DuckDBTypeId.MAP]: 'map',
  [DuckDBTypeId.STRUCT]: 'row',
  [DuckDBTypeId.SQLNULL]: 'unknown',
}

/** Athena's name of a DuckDB type; DuckDB's own where Athena has none. */
export function athenaType(type: DuckDBType): string {
  if (type instanceof DuckDBDecimalType) return `decimal(${type.width},${type.scale})`
  return ATHENA_NAMES[type.typeId] ?? type.toString().toLowerCase()
}

/**
 * Whether there is a row without names in a type, as `row(1, 'a')` is: its values come by their names, so that of several
 * without one only the last would be there.
 */
export function hasAnonymousRow(type: DuckDBType): boolean {
  if (type instanceof DuckDBStructType) return type.entryNames.includes('') || type.entryTypes.some(hasAnonymousRow)
  if (type instanceof DuckDBMapType) return [type.keyType, type.valueType].some(hasAnonymousRow)
  return (type instanceof DuckDBListType || type instanceof DuckDBArrayType) && hasAnonymousRow(type.valueType)
}

/** A DuckDB value as the contract of `Value` says it. */
export function fromDuckDb(value: DuckDBValue): Value {
  switch (typeof value) {
    case 'bigint':
      return -MAX_SAFE <= value && value <= MAX_SAFE ? Number(value) : value
    case 'object':
      return value === null ? null : objectText(value)
    default:
      return value
  }
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

function objectText(value: Exclude<DuckDBValue, null | boolean | number | bigint | string>): string {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return value.isFinite ? timestampText(value.micros * 1000n) : String(value)
  }
  if (value instanceof DuckDBTimestampNanosecondsValue) return timestampText(value.nanos)
  if (value instanceof DuckDBTimestampMillisecondsValue) return timestampText(value.millis * 1_000_000n)
  if (value instanceof DuckDBTimestampSecondsValue) return timestampText(value.seconds * 1_000_000_000n)
  if (value instanceof DuckDBBlobValue)
    return Array.from(value.bytes, byte => byte.toString(16).padStart(2, '0')).join(' ')
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
    return `[${value.items.map(nestedText).join(', ')}]`
  if (value instanceof DuckDBMapValue) {
    return `{${value.entries.map(({ key, value: item }) => `${nestedText(key)}=${nestedText(item)}`).join(', ')}}`
  }
  if (value instanceof DuckDBStructValue) {
    return `{${Object.entries(value.entries)
      .map(([key, item]) => `${key}=${nestedText(item)}`)
      .join(', ')}}`
  }
  return String(value)
}

/** A value within an array, map or row, in the form Athena writes it. */
const nestedText = (value: DuckDBValue) => String(fromDuckDb(value))

/** `YYYY-MM-DD HH:MM:SS` of nanoseconds since the epoch, with a fraction of 3, 6 or 9 digits where it is not zero. */
function timestampText(nanos: bigint): string {
  const fraction = ((nanos % SECOND) + SECOND) % SECOND
  const seconds = (nanos - fraction) / SECOND
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, -5).replace('T', ' ').replace(/^\+0+/, '+')
  if (fraction === 0n) return text
  return `${text}.${String(fraction)
    .padStart(9, '0')
    .replace(/(000)+$/, '')}`
}

const SECOND = 1_000_000_000n
