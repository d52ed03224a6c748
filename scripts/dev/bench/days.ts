import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rawKey } from '../../../handlers/lake/layout.ts'
import type { ObjectStore } from '../../../handlers/lake/object-store.ts'
import { forEach } from '../../lib/cli/pool.ts'
import { cache } from './cache.ts'
import { deliveries } from './deliveries.ts'

export const DAY = '2026-11-20'

export const SEED = 1

/** The longest that Lambda lets a function run. */
export const LAMBDA_MS = 900_000

/** The beginning of the day, in epoch milliseconds. */
export const MIDNIGHT = Date.parse('2026-11-20T03:00:00Z')

/**
 * Makes a lake directory with a day of deliveries, one per file, or returns the one made earlier from the same deliveries.
 */
export function lakeOf(objects: number): string {
  const sample = createHash('sha256')
  for (const body of deliveries(100, SEED)) sample.update(body)
  const lake = join(cache, 'bench', `day-${sample.digest('hex').slice(0, 8)}-${objects}`)
  if (existsSync(lake)) return lake
  console.error(`making a day of ${objects.toLocaleString('en-US')} files …`)
  const unfinished = `${lake}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  let i = 0
  for (const body of deliveries(objects, SEED)) {
    const path = join(unfinished, 'raw', rawKey('whatsapp', DAY, body))
    if (i === 0) mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, body)
    const arrival = (MIDNIGHT + (i++ / objects) * 86_400_000) / 1000
    utimesSync(path, arrival, arrival)
  }
  renameSync(unfinished, lake)
  return lake
}

/** Puts the same day into a store, like an ingest. */
export async function fill(store: ObjectStore, objects: number): Promise<void> {
  await forEach(deliveries(objects, SEED), 32, async body => {
    await store.putIfAbsent(rawKey('whatsapp', DAY, body), body, MIDNIGHT)
  })
}
