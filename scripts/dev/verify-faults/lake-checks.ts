import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { dayKeys } from '../../../handlers/sources/day-keys.ts'
import { sortedPairs } from '../../../handlers/sources/testing/fixtures.ts'
import type { TestKit } from '../../../handlers/sources/testing/test-kit.ts'
import type { Body } from '../../../handlers/sources/testing/traffic.ts'
import { type Bucket, type Row, rowsOf } from './lake.ts'
import { type ExpectedRow, expectedDays, isRowOf, must, type RawObject } from './oracle.ts'
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
  /** By platform, table and what makes a row the same. */
  readonly #rows: ReadonlyMap<string, readonly ExpectedRow[]>

  constructor(options: LakeChecksOptions) {
    this.#options = options
    this.#bodies = new Map(options.traffic.map(({ body }) => [body.sha256, body]))
    const rows = new Map<string, ExpectedRow[]>()
    for (const { source, expected, sha256 } of this.#bodies.values())
      for (const date of DAYS)
        for (const [table, expectedRows] of Object.entries(expected.rows))
          for (const row of expectedRows) {
            const key = `${source} ${table} ${options.run.kitOf(source).sameness(table, row)}`
            const rawKey = `${source}/context_date=${date}/${sha256}.json`
            rows.set(key, [...(rows.get(key) ?? []), { row, rawKey }])
          }
    this.#rows = rows
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
        this.#checkRowsOfRunningDay(key, rows)
      }
      await sleep(50)
    }
  }

  #checkRowsOfRunningDay(file: string, rows: readonly Row[]): void {
    const [, table = '', sharedBy] = /^(\w+)\/(?:source=(\w+)\/)?/.exec(file) ?? []
    const kit = this.#options.run.kits.find(
      ({ source }) => source.tables.some(({ name }) => name === table) && (sharedBy ?? source.name) === source.name,
    )
    if (!kit) return // identities and quarantine
    const keys = rows.map(row => kit.sameness(table, row))
    must(new Set(keys).size === keys.length, `${file} has a row twice during the run`)
    for (const [i, row] of rows.entries()) {
      const expected = this.#rows.get(`${kit.source.name} ${table} ${keys[i]}`) ?? []
      must(
        expected.some(it => isRowOf(it, row)),
        `${file} has a row of ${keys[i]} that was not sent`,
      )
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
    for (const [name, objects] of days) {
      const kit = this.#options.run.kitOf(name)
      const found = new Set<string>()
      for (const [date, expected] of expectedDays(kit, objects)) {
        const keys = dayKeys(kit.source, date)
        const keyOf = (table: string) => keys.get(table) ?? ''
        for (const [table, expectedRows] of expected.tables) {
          const file = await read(keyOf(table), expectedRows.length)
          this.#checkTable(kit, table, keyOf(table), file, expectedRows, found)
          rows += expectedRows.length
        }
        const pairs = await read(keyOf('identities'), expected.identities.length)
        must(
          isDeepStrictEqual(sortedPairs(pairs.map(pairOf)), expected.identities),
          `${keyOf('identities')} does not tie the ids that it should tie`,
        )
        const quarantine = await read(keyOf('quarantine'), expected.quarantined.length)
        const rawKeys = quarantine.map(row => row.raw_key)
        must(
          isDeepStrictEqual(rawKeys, expected.quarantined),
          `${keyOf('quarantine')} does not have the rows that it should have`,
        )
        quarantinedRows += expected.quarantined.length
      }
      for (const { body } of [...objects.values()].flat())
        for (const [table, sent] of Object.entries(body.expected.rows))
          for (const row of sent)
            must(found.has(`${table}|${kit.sameness(table, row)}`), `in raw, but in no table: ${table} ${jsonOf(row)}`)
    }
    for (const { key } of await this.#options.enriched.list()) {
      must(expectedKeys.has(key), `there should be no table ${key}`)
    }
    return { digests, rows, quarantinedRows }
  }

  /** @param found what makes the rows of the days before the same, to which that of this day is added */
  #checkTable(
    { sameness }: TestKit,
    table: string,
    key: string,
    rows: readonly Row[],
    expected: readonly ExpectedRow[],
    found: Set<string>,
  ): void {
    for (const row of rows) {
      const same = `${table}|${sameness(table, row)}`
      must(!found.has(same), `twice in the table, the second time in ${key}: ${same}`)
      found.add(same)
    }
    for (const [i, it] of expected.entries()) {
      const row = rows[i]
      must(row, `${key} ends after ${i} of ${expected.length} rows; one of ${it.rawKey} is not in it`)
      must(isRowOf(it, row), `row ${i} of ${key} is not that of ${it.rawKey}: ${jsonOf(row)}`)
      const attempts = [...(this.#options.sender.attempted.get(it.rawKey) ?? [])]
      must(
        attempts.some(ms => BigInt(Math.floor(ms / 1000)) === row.received_at),
        `row ${i} of ${key} has a received_at at which it was not sent`,
      )
    }
    must(rows.length === expected.length, `${key} has ${rows.length} rows, not ${expected.length}`)
  }
}

const pairOf = ({ id, same_as }: Row) => ({ id: String(id), same_as: String(same_as) })

/** A value as JSON, also with int64 numbers. */
export const jsonOf = (value: unknown) =>
  JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? String(member) : member))
