import { createHash } from 'node:crypto'

/*
 * The keys of the lake's objects, the same in S3 and in a local directory:
 *
 *   raw       <source>/context_date=YYYY-MM-DD/<sha256 of the body>.json
 *   enriched  <source>/context_date=YYYY-MM-DD/<source>.parquet
 *             quarantine/source=<source>/context_date=YYYY-MM-DD/quarantine.parquet
 */

export const rawPrefix = (source: string, date: string) => `${source}/context_date=${date}/`

/** The key is a function of day and body, so a body that is delivered again on the same day is stored once. */
export const rawKey = (source: string, date: string, body: Uint8Array) =>
  `${rawPrefix(source, date)}${createHash('sha256').update(body).digest('hex')}.json`

export const tableKey = (source: string, date: string) => `${source}/context_date=${date}/${source}.parquet`

export const quarantineKey = (source: string, date: string) =>
  `quarantine/source=${source}/context_date=${date}/quarantine.parquet`
