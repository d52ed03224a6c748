import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { addDays } from '../lake/calendar.ts'
import { quarantineKey, rawKey, tableKey } from '../lake/layout.ts'
import { copyIn } from '../lake/testing/stores.ts'
import { sources } from '../sources/index.ts'
import { fixturesOf, plainRow } from '../sources/testing/fixtures.ts'
import { isWritable, type Mutation, mutate, mutation, parsedOf, writeJson } from '../sources/testing/mutations.ts'
import { at, countsOf, DAY } from './testing/days.ts'
import { inDirectories, rowsOf } from './testing/transforms.ts'

describe('two days of anything at all', () => {
  const kind = inDirectories()
  before(() => kind.start())
  after(() => kind.stop())

  for (const source of sources) {
    test(`${source.name}: messages = rows + duplicates + quarantined, and the tables read back equal`, async () => {
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
          const seen = new Set()
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
            const readings = inOrder.map(([raw_key, { body, second }]) => {
              const { rows, rejects, ignored } = source.parse(body, at(second))
              const received_at = BigInt(at(second) / 1000)
              return {
                rows: rows.map(row => ({ ...plainRow(source, row), received_at })),
                rejects: rejects.map(it => ({ raw_key, ...it, detail: it.detail.toWellFormed(), received_at })),
                ignored,
              }
            })
            const all = readings.flatMap(({ rows }) => rows)
            const idOf = (row: Record<string, unknown>) => row[source.id]
            const rows = all.filter(row => idOf(row) === null || seen.size < seen.add(idOf(row)).size)
            const rejects = readings.flatMap(it => it.rejects)

            const account = await lake.transform(source, date)
            assert.deepEqual(countsOf(account), {
              objects: arrivals.size,
              messages: all.length + rejects.length,
              rows: rows.length,
              duplicates: all.length - rows.length,
              ignored: readings.reduce((sum, { ignored }) => sum + ignored, 0),
              quarantined: rejects.length,
            })
            assert.deepEqual(await rowsOf(lake.enriched, tableKey(source.name, date)), rows)
            assert.deepEqual(await rowsOf(lake.enriched, quarantineKey(source.name, date)), rejects)
          }
        }),
        { numRuns: 20 },
      )
    })
  }
})

const mutated = (body: Uint8Array, mutations: readonly Mutation[]) =>
  Buffer.from(writeJson(mutate(parsedOf(body), mutations)))
