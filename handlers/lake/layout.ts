import { createHash } from 'node:crypto'

/*
 * The keys of the lake's objects, the same in S3 and in a local directory:
 *
 *   raw       <source>/context_date=YYYY-MM-DD/<sha256 of the body>.json
 *             <source>/<folder>/<id>/<id>.json    a pair of ids that the ingest functions share (see SharedPairs)
 *   enriched  <table>/context_date=YYYY-MM-DD/<table>.parquet
 *             <shared table>/source=<source>/context_date=YYYY-MM-DD/<shared table>.parquet
 *   both      lake.json                         the lake's time zone (see time-zone.ts)
 */

/** The only key without a folder: no listing of a day or a table, and no expiry of either, includes it. */
export const LAKE_KEY = 'lake.json'

/** The beginning of the keys of all bodies of a source. */
export const rawDaysPrefix = (source: string) => `${source}/context_date=`

export const rawPrefix = (source: string, date: string) => `${rawDaysPrefix(source)}${date}/`

/** The key is a function of day and body, so a body that is delivered again on the same day is stored once. */
export const rawKey = (source: string, date: string, body: Uint8Array) =>
  `${rawPrefix(source, date)}${createHash('sha256').update(body).digest('hex')}.json`

/** The pairs of an id. Outside of the days, so no day lists them. */
export const pairPrefix = (source: string, folder: string, id: string) => `${source}/${folder}/${id}/`

export const pairKey = (source: string, folder: string, id: string, other: string) =>
  `${pairPrefix(source, folder, id)}${other}.json`

/** The beginning of the keys of a table of one platform. */
export const tablePrefix = (table: string) => `${table}/`

export const tableKey = (table: string, date: string) => dayKey(tablePrefix(table), table, date)

/** The same of a table that every platform has rows in: `events`, `identities`, `quarantine`. */
export const sharedTablePrefix = (table: string, source: string) => `${table}/source=${source}/`

export const sharedTableKey = (table: string, source: string, date: string) =>
  dayKey(sharedTablePrefix(table, source), table, date)

/** The key of a day's rows, below the prefix of their table. */
export const dayKey = (prefix: string, table: string, date: string) => `${prefix}context_date=${date}/${table}.parquet`

export const quarantineKey = (source: string, date: string) => sharedTableKey('quarantine', source, date)
