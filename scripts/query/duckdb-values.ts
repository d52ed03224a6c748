import {
  arrayFromArrayValue,
  arrayFromListValue,
  booleanFromValue,
  bytesFromBlobValue,
  DuckDBArrayType,
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  type DuckDBValueConverter,
  numberFromValue,
  objectArrayFromMapValue,
  objectFromStructValue,
  stringFromValue,
} from '@duckdb/node-api'
import { clockText } from './clock-text.ts'
import type { Value } from './engine.ts'

type Converter = DuckDBValueConverter<NonNullable<Value>>

const integer: Converter = value =>
  typeof value === 'bigint' && (value < -MAX_SAFE || MAX_SAFE < value) ? value : Number(value)

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/** A year beyond 9999 has a sign, as Java writes it. */
const timestamp: Converter = value => clockText(String(value)).replace(/^\d{5}/, '+$&')

/** In UTC: `String` would use the time zone of this process. */
const zonedTimestamp: Converter = (value, ...more) =>
  timestamp(value instanceof DuckDBTimestampTZValue ? new DuckDBTimestampValue(value.micros) : value, ...more)

/** Bytes as Athena writes them: `61 c3 a9`. */
const bytes: Converter = value =>
  Array.from(bytesFromBlobValue(value), byte => byte.toString(16).padStart(2, '0')).join(' ')

/** Arrays, maps and rows as Athena writes them: `[1, null]`, `{k=1}`, `{a=1, b=x}`. */
const list = (items: readonly Value[]) => `[${items.map(String).join(', ')}]`
const pairs = (entries: readonly (readonly [Value, Value])[]) =>
  `{${entries.map(([key, value]) => `${key}=${value}`).join(', ')}}`

/** For each of DuckDB's types Athena's name, and the converter of its values to the contract of `Value`. */
const TYPES: Readonly<Partial<Record<DuckDBTypeId, readonly [name: string, converter: Converter]>>> = {
  [DuckDBTypeId.BOOLEAN]: ['boolean', booleanFromValue],
  [DuckDBTypeId.TINYINT]: ['tinyint', numberFromValue],
  [DuckDBTypeId.SMALLINT]: ['smallint', numberFromValue],
  [DuckDBTypeId.INTEGER]: ['integer', numberFromValue],
  [DuckDBTypeId.BIGINT]: ['bigint', integer],
  [DuckDBTypeId.UTINYINT]: ['smallint', numberFromValue],
  [DuckDBTypeId.USMALLINT]: ['integer', numberFromValue],
  [DuckDBTypeId.UINTEGER]: ['bigint', numberFromValue],
  [DuckDBTypeId.UBIGINT]: ['bigint', integer],
  [DuckDBTypeId.HUGEINT]: ['bigint', integer], // the sum of bigints; in Athena it is a bigint, or overflows
  [DuckDBTypeId.UHUGEINT]: ['bigint', integer],
  [DuckDBTypeId.BIGNUM]: ['bignum', integer],
  [DuckDBTypeId.FLOAT]: ['real', numberFromValue],
  [DuckDBTypeId.DOUBLE]: ['double', numberFromValue],
  [DuckDBTypeId.VARCHAR]: ['varchar', stringFromValue],
  [DuckDBTypeId.ENUM]: ['varchar', stringFromValue],
  [DuckDBTypeId.UUID]: ['uuid', stringFromValue],
  [DuckDBTypeId.BLOB]: ['varbinary', bytes],
  [DuckDBTypeId.DATE]: ['date', stringFromValue],
  [DuckDBTypeId.TIME]: ['time', stringFromValue],
  [DuckDBTypeId.TIME_NS]: ['time', stringFromValue],
  [DuckDBTypeId.TIMESTAMP]: ['timestamp', timestamp],
  [DuckDBTypeId.TIMESTAMP_S]: ['timestamp', timestamp],
  [DuckDBTypeId.TIMESTAMP_MS]: ['timestamp', timestamp],
  [DuckDBTypeId.TIMESTAMP_NS]: ['timestamp', timestamp],
  [DuckDBTypeId.TIMESTAMP_TZ]: ['timestamp', zonedTimestamp],
  [DuckDBTypeId.LIST]: ['array', (...value) => list(arrayFromListValue(...value))],
  [DuckDBTypeId.ARRAY]: ['array', (...value) => list(arrayFromArrayValue(...value))],
  [DuckDBTypeId.MAP]: [
    'map',
    (...value) => pairs(objectArrayFromMapValue(...value).map(({ key, value }) => [key, value])),
  ],
  [DuckDBTypeId.STRUCT]: ['row', (...value) => pairs(Object.entries(objectFromStructValue(...value)))],
  [DuckDBTypeId.SQLNULL]: ['unknown', () => null],
}

/** Converts a value to the contract of `Value`. A value of a type that Athena lacks becomes text. */
export const convertValue: Converter = (value: DuckDBValue, type, converter) => {
  if (value === null) return null
  const [, convert = stringFromValue] = TYPES[type.typeId] ?? []
  return convert(value, type, converter)
}

/** Athena's name of a DuckDB type; DuckDB's name in lower case where Athena lacks the type. */
export function athenaType(type: DuckDBType): string {
  if (type instanceof DuckDBDecimalType) return `decimal(${type.width},${type.scale})`
  const [name = type.toString().toLowerCase()] = TYPES[type.typeId] ?? []
  return name
}

/**
 * Whether a type contains a row with unnamed fields, such as `row(1, 'a')`. The API gives a row's values by name, so only
 * the last of several unnamed fields would remain.
 */
export function hasAnonymousRow(type: DuckDBType): boolean {
  if (type instanceof DuckDBStructType) return type.entryNames.includes('') || type.entryTypes.some(hasAnonymousRow)
  if (type instanceof DuckDBMapType) return [type.keyType, type.valueType].some(hasAnonymousRow)
  return (type instanceof DuckDBListType || type instanceof DuckDBArrayType) && hasAnonymousRow(type.valueType)
}
