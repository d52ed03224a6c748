import { createHash } from 'node:crypto'

/*
 * The keys of the lake's objects, the same in S3 and in a local directory:
 *
 *   raw       <source>/context_date=YYYY-MM-DD/<sha256 of the body>.json
 *   enriched  <table>/context_date=YYYY-MM-DD/<table>.parquet
 *             <shared table>/source=<source>/context_date=YYYY-MM-DD/<shared table>.parquet
 */

export const rawPrefix = (source: string, date: string) => `${source}/context_date=${date}/`

/** The key is a function of day and body, so a body that is delivered again on the same day is stored once. */
export const rawKey = (source: string, date: string, body: Uint8Array) =>
  `${rawPrefix(source, date)}${createHash('sha256').update(body).digest('hex')}.json`

/** A table of one platform. */
export const tableKey = (table: string, date: string) => `${table}/context_date=${date}/${table}.parquet`

/** A table that every platform has rows in: `events`, `identities`, `quarantine`. */
export const sharedTableKey = (table: string, source: string, date: string) =>
  `${table}/source=${source}/context_date=${date}/${table}.parquet`

export const quarantineKey = (source: string, date: string) => sharedTableKey('quarantine', source, date)
