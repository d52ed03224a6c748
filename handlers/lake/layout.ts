import { createHash } from 'node:crypto'

/*
 * Where everything lies. The same keys in S3 and in a local lake directory:
 *
 *   raw       <source>/context_date=YYYY-MM-DD/<sha256 of the body>.json
 *   enriched  <source>/context_date=YYYY-MM-DD/<source>.parquet
 *             quarantine/source=<source>/context_date=YYYY-MM-DD/quarantine.parquet
 */

export const rawPrefix = (source: string, date: string) => `${source}/context_date=${date}/`

/** The same body on the same day has the same key, so a repeated delivery finds itself already stored. */
export const rawKey = (source: string, date: string, body: Uint8Array) =>
  `${rawPrefix(source, date)}${createHash('sha256').update(body).digest('hex')}.json`

export const tableKey = (source: string, date: string) => `${source}/context_date=${date}/${source}.parquet`

export const quarantineKey = (source: string, date: string) =>
  `quarantine/source=${source}/context_date=${date}/quarantine.parquet`
