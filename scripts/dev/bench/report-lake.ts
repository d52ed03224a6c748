import { createHash } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { addDays } from '../../../handlers/lake/calendar.ts'
import { DirectoryStore } from '../../../handlers/lake/directory-store.ts'
import { rawKey } from '../../../handlers/lake/layout.ts'
import { byUtf8, type ObjectReader, type ObjectStore, type ObjectSummary } from '../../../handlers/lake/object-store.ts'
import { sources } from '../../../handlers/sources/index.ts'
import { transformDay } from '../../../handlers/transform/transform-day.ts'
import { cache } from './cache.ts'
import { DAY, MIDNIGHT, SEED } from './days.ts'
import { deliveries } from './deliveries.ts'
import { updates } from './updates.ts'

const DAYS = 30
/** Deliveries of a day, by platform: 300,000 messages in 30 days. */
const PER_DAY = { whatsapp: 7000, telegram: 3000 } as const

/** The bodies of the n-th day, each platform's in the order of their arrival. */
const bodies = (day: number) => {
  const start = MIDNIGHT / 1000 + day * 86_400
  return {
    whatsapp: [...deliveries(PER_DAY.whatsapp, SEED + day, start)],
    telegram: [...updates(PER_DAY.telegram, SEED + day, start)],
  }
}

/**
 * Makes a lake of 30 days and about 300,000 messages on both platforms with the transform, or returns the one made
 * earlier from the same bodies. The raw bodies are not kept.
 */
export async function reportLake(): Promise<string> {
  const sample = createHash('sha256').update(`${DAYS} ${JSON.stringify(PER_DAY)}`)
  for (const body of [...deliveries(100, SEED), ...updates(100, SEED, MIDNIGHT / 1000)]) sample.update(body)
  const lake = join(cache, 'bench', `report-${sample.digest('hex').slice(0, 8)}`)
  if (existsSync(lake)) return lake
  console.error(`making a lake of ${DAYS} days …`)
  const unfinished = `${lake}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  const enriched = new DirectoryStore(join(unfinished, 'enriched'))
  for (let day = 0; day < DAYS; day++) {
    const date = addDays(DAY, day)
    const byPlatform: Readonly<Record<string, readonly Buffer[]>> = bodies(day)
    for (const source of sources) {
      const raw = new DayInMemory()
      const arrived = byPlatform[source.name] ?? []
      for (const [i, body] of arrived.entries())
        await raw.putIfAbsent(
          rawKey(source.name, date, body),
          body,
          MIDNIGHT + (day + i / arrived.length) * 86_400_000 + 2000,
        )
      await transformDay(source, date, { raw, enriched })
    }
  }
  renameSync(unfinished, lake)
  return lake
}

/** The raw objects of a day, in memory. */
class DayInMemory implements ObjectStore {
  readonly #objects = new Map<string, { readonly body: Uint8Array; readonly receivedAt: number }>()

  async putIfAbsent(key: string, body: Uint8Array, receivedAt: number): Promise<'created' | 'exists'> {
    if (this.#objects.has(key)) return 'exists'
    this.#objects.set(key, { body, receivedAt })
    return 'created'
  }

  async get(key: string) {
    return this.#objects.get(key) ?? null
  }

  async readEach(objects: Iterable<ObjectSummary>, reader: ObjectReader): Promise<void> {
    for (const { key } of objects) {
      const object = this.#objects.get(key)
      if (!object) throw new Error(`there is no object ${key}`)
      await reader(key, object)
    }
  }

  async *list(prefix: string, after = ''): AsyncIterable<readonly ObjectSummary[]> {
    const keys = [...this.#objects.keys()].filter(key => key.startsWith(prefix) && key > after).sort(byUtf8)
    yield keys.map(key => {
      const { body, receivedAt } = this.#objects.get(key) ?? { body: new Uint8Array(), receivedAt: 0 }
      return { key, lastModified: receivedAt, size: body.length }
    })
  }

  async put(): Promise<void> {
    throw new Error('raw objects are never replaced')
  }

  async delete(): Promise<void> {
    throw new Error('raw objects are never deleted')
  }
}
