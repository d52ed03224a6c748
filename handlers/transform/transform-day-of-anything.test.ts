import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { addDays } from '../lake/calendar.ts'
import { rawKey } from '../lake/layout.ts'
import { copyIn } from '../lake/testing/stores.ts'
import { dayKeys } from '../sources/day-keys.ts'
import { sources } from '../sources/index.ts'
import type { Source } from '../sources/source.ts'
import { fixturesOf, plainResult } from '../sources/testing/fixtures.ts'
import { isWritable, type Mutation, mutate, mutation, parsedOf, writeJson } from '../sources/testing/mutations.ts'
import { testKits } from '../sources/testing/test-kits.ts'
import { at, countsOf, DAY } from './testing/days.ts'
import { inDirectories, rowsOf } from './testing/transforms.ts'

describe('two days of anything at all', () => {
  const kind = inDirectories()
  before(() => kind.start())
  after(() => kind.stop())

  for (const source of sources) {
    test(`${source.name}: items = rows + duplicates + quarantined, and the tables read back equal`, async () => {
      const fixtures = new Map(fixturesOf(source).map(({ name, body }) => [name, body]))
      const bodyOf = (name: string) => fixtures.get(name) ?? Buffer.from(name)
      const names = [...fixtures.keys()].filter(name => isWritable(parsedOf(bodyOf(name))))
      const body = fc.oneof(
        fc.constantFrom(...names),
        fc.record({ name: fc.constantFrom(...names), mutations: fc.array(mutation, { maxLength: 3 }) }),
        fc.uint8Array({ maxLength: 50 }),
      )
      const day = fc.array(fc.record({ body, second: fc.nat(3) }), { maxLength: 12 })
      await fc.assert(
        fc.asyncProperty(day, day, async (...days) => {
          const lake = await kind.open()
          const seen = new Set<string>()
          for (const [i, deliveries] of days.entries()) {
            const date = addDays(DAY, i)
            const arrivals = new Map<string, { body: Uint8Array; second: number }>()
            for (const { body: it, second } of deliveries) {
              const body =
                typeof it === 'string' ? bodyOf(it) : 'name' in it ? mutated(bodyOf(it.name), it.mutations) : it
              arrivals.set(rawKey(source.name, date, body), { body, second })
            }
            for (const [key, { body, second }] of arrivals) copyIn(lake.raw, key, body, at(second))

            const inOrder = [...arrivals].toSorted(([a, x], [b, y]) => x.second - y.second || (a < b ? -1 : 1))
            const parsed = inOrder.map(([raw_key, { body, second }]) => {
              const result = source.parse(body, at(second))
              const received_at = BigInt(at(second) / 1000)
              const { rows } = plainResult(source, result)
              const rejects = result.rejects.map(({ reason, detail, payload }) => ({
                ...{ raw_key, reason, detail: detail.toWellFormed(), payload: String(payload), received_at },
              }))
              return { raw_key, received_at, rows, rejects }
            })
            const stats = await lake.transform(source, date)
            const keys = dayKeys(source, date)
            let [items, kept] = [0, 0]
            for (const { name, columns } of source.tables) {
              const all = parsed.flatMap(({ raw_key, received_at, rows }) =>
                (rows[name] ?? []).map(row => ({ ...row, ...('raw_key' in columns ? { raw_key } : {}), received_at })),
              )
              const rows = all.filter(row => seen.size < seen.add(`${name}|${kitOf(source).sameness(name, row)}`).size)
              const read = await rowsOf(lake.enriched, keys.get(name) ?? assert.fail())
              assert.deepEqual(read.map(sorted), rows.map(sorted), name)
              items += all.length
              kept += rows.length
            }
            const rejects = parsed.flatMap(it => it.rejects)
            assert.deepEqual(await rowsOf(lake.enriched, keys.get('quarantine') ?? assert.fail()), rejects)
            assert.deepEqual(countsOf(stats), {
              objects: arrivals.size,
              items: items + rejects.length,
              rows: kept,
              duplicates: items - kept,
              quarantined: rejects.length,
            })
          }
        }),
        { numRuns: 20 },
      )
    })
  }
})

const mutated = (body: Uint8Array, mutations: readonly Mutation[]) =>
  Buffer.from(writeJson(mutate(parsedOf(body), mutations)))

const sorted = (row: Readonly<Record<string, unknown>>) => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))

const kitOf = (source: Source) => testKits.find(kit => kit.source.name === source.name) ?? assert.fail(source.name)
