import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Body, Message } from '../../../handlers/sources/testing/traffic.ts'
import { type Bucket, type Row, rowsOf } from './lake.ts'
import { type ExpectedDay, expectedDays, isRowOf, must, type RawObject } from './oracle.ts'
import type { RunState } from './run-state.ts'
import type { Sender } from './sender.ts'
import { DAYS, type Delivery } from './traffic.ts'

/** The raw objects of each source, by day. */
export type RawDays = ReadonlyMap<string, ReadonlyMap<string, readonly RawObject[]>>

export interface CheckedTables {
  /** The SHA-256 of each Parquet file, by key. */
  readonly digests: ReadonlyMap<string, string>
  readonly rows: number
  readonly quarantinedRows: number
}

export interface LakeChecksOptions {
  readonly run: RunState
  readonly traffic: readonly Delivery[]
  readonly sender: Pick<Sender, 'attempted' | 'acknowledged'>
  readonly raw: Bucket
  /** The directory in which the raw objects are files. */
  readonly rawFiles: string
  readonly enriched: Bucket
}

/** Compares the lake with the deliveries that were sent. Every check throws a Violation. */
export class LakeChecks {
  readonly #options: LakeChecksOptions
  readonly #bodies: ReadonlyMap<string, Body>
  /** By source and id. */
  readonly #messages: ReadonlyMap<string, Message>

  constructor(options: LakeChecksOptions) {
    this.#options = options
    this.#bodies = new Map(options.traffic.map(({ body }) => [body.sha256, body]))
    this.#messages = new Map(
      options.traffic.flatMap(({ body }) => body.messages.map(it => [`${body.source} ${it.id}`, it] as const)),
    )
  }

  /** The number of different bodies that were sent. */
  get bodies(): number {
    return this.#bodies.size
  }

  /** Reads every version of every table until the signal aborts: each is complete and has no message twice. */
  async watchTables(signal: AbortSignal): Promise<void> {
    const { run, enriched } = this.#options
    const known = new Map<string, string>()
    while (!signal.aborted && !run.hasFailed) {
      for (const { key, etag } of await enriched.list()) {
        if (known.get(key) === etag) continue
        known.set(key, etag)
        const file = await enriched.get(key)
        if (!file) continue // deleted since the listing
        const rows = await rowsOf(key, file)
        run.count('tables read during the run')
        const [source = ''] = key.split('/')
        if (run.sources.includes(source)) this.#checkRowsOfRunningDay(source, key, rows)
      }
      await sleep(50)
    }
  }

  #checkRowsOfRunningDay(source: string, key: string, rows: readonly Row[]): void {
    const { id: idColumn } = this.#options.run.kitOf(source).source
    const ids = rows.map(row => String(row[idColumn]))
    must(new Set(ids).size === ids.length, `${key} has a message twice during the run`)
    for (const row of rows) {
      const id = String(row[idColumn])
      const message = this.#messages.get(`${source} ${id}`)
      must(message && isRowOf(message, row), `${key} has a row of ${id} that was not sent`)
    }
  }

  /** Compares raw with the deliveries that were sent and acknowledged. @returns its objects */
  async checkRaw(): Promise<RawDays> {
    const { run, sender, raw, rawFiles } = this.#options
    const days = new Map(
      run.sources.map(source => [source, new Map<string, RawObject[]>(DAYS.map(date => [date, []]))]),
    )
    const listed = await raw.list()
    const keys = new Set(listed.map(({ key }) => key))
    must(keys.size === listed.length, 'a key is listed twice')
    for (const key of sender.acknowledged) must(keys.has(key), `acknowledged, but not in raw: ${key}`)
    for (const { key, lastModified } of listed) {
      must(sender.attempted.has(key), `in raw, but never sent under this key: ${key}`)
      const [, source, date = '', sha256 = ''] = /^(\w+)\/context_date=([\d-]+)\/(\w+)\.json$/.exec(key) ?? []
      const body = this.#bodies.get(sha256)
      must(body && body.source === source, `in raw under a name that is not its source and digest: ${key}`)
      must(readFileSync(join(rawFiles, key)).equals(body.bytes), `in raw with bytes that were not sent: ${key}`)
      days.get(body.source)?.get(date)?.push({ key, body, lastModified })
    }
    run.count('raw objects', listed.length)
    run.count('raw objects never acknowledged on that day', listed.length - sender.acknowledged.size)
    return days
  }

  /** Compares every table with what raw has. */
  async checkTables(days: RawDays): Promise<CheckedTables> {
    const digests = new Map<string, string>()
    let [rows, quarantinedRows] = [0, 0]
    const expectedKeys = new Set<string>()
    const read = async (key: string, expectedRows: number): Promise<Row[]> => {
      if (expectedRows > 0) expectedKeys.add(key)
      const file = await this.#options.enriched.get(key)
      if (!file) return []
      digests.set(key, createHash('sha256').update(file).digest('hex'))
      return rowsOf(key, file)
    }
    for (const [source, objects] of days) {
      const found = new Set<string>()
      for (const [date, expected] of expectedDays(source, objects)) {
        const key = `${source}/context_date=${date}/${source}.parquet`
        this.#checkTable(source, key, await read(key, expected.rows.length), expected.rows, found)
        const quarantineKey = `quarantine/source=${source}/context_date=${date}/quarantine.parquet`
        const { quarantined } = expected
        const quarantine = await read(quarantineKey, quarantined.length)
        const rawKeys = quarantine.map(row => row.raw_key)
        must(isDeepStrictEqual(rawKeys, quarantined), `${quarantineKey} does not have the rows that it should have`)
        rows += expected.rows.length
        quarantinedRows += quarantined.length
      }
      const sent = [...objects.values()].flat().flatMap(({ body }) => body.messages.map(({ id }) => id))
      for (const id of sent) must(found.has(id), `in raw, but in no table: ${source} ${id}`)
    }
    for (const { key } of await this.#options.enriched.list()) {
      must(expectedKeys.has(key), `there should be no table ${key}`)
    }
    return { digests, rows, quarantinedRows }
  }

  /** @param found ids of the source's days before, to which the ids of this day are added */
  #checkTable(
    source: string,
    key: string,
    table: readonly Row[],
    expected: ExpectedDay['rows'],
    found: Set<string>,
  ): void {
    const { id: idColumn } = this.#options.run.kitOf(source).source
    for (const row of table) {
      const id = String(row[idColumn])
      must(!found.has(id), `twice in the table, the second time in ${key}: ${id}`)
      found.add(id)
    }
    for (const [i, { message, rawKey }] of expected.entries()) {
      const row = table[i]
      must(row, `${key} ends after ${i} of ${expected.length} rows; ${message.id} of ${rawKey} is not in it`)
      must(isRowOf(message, row), `row ${i} of ${key} is not ${message.id} of ${rawKey}: ${jsonOf(row)}`)
      const arrivals = [...(this.#options.sender.attempted.get(rawKey) ?? [])].map(ms => BigInt(Math.floor(ms / 1000)))
      must(
        arrivals.includes(row.received_at as bigint),
        `${message.id} in ${key} has a received_at at which it was not sent`,
      )
    }
    must(table.length === expected.length, `${key} has ${table.length} rows, not ${expected.length}`)
  }
}

/** A value as JSON, also with int64 numbers. */
export const jsonOf = (value: unknown) =>
  JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? String(member) : member))
