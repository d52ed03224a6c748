import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import fc from 'fast-check'
import { addDays, datesBetween } from '../../handlers/lake/calendar.ts'
import { LOOK_BACK_DAYS } from '../../handlers/transform/look-back.ts'
import type { DayStats } from '../../handlers/transform/transform-day.ts'
import { type Day, runDays } from './schedule.ts'

const stats = ({ source, date }: Day) => ({ source, date }) as DayStats
const nameOf = ({ source, date }: Day) => `${source} ${date}`
const daysOf = (source: string, from: string, to: string) => datesBetween(from, to).map(date => ({ source, date }))

/** A lake in which the result of each day depends on the results of the days that it looks back at. */
function lake() {
  const results = new Map<string, string>()
  const lookBack = ({ source, date }: Day) =>
    Array.from(
      { length: LOOK_BACK_DAYS },
      (_, i) => results.get(nameOf({ source, date: addDays(date, -1 - i) })) ?? '-',
    )
  return {
    results,
    run: async (day: Day) => {
      const found = lookBack(day)
      await tick()
      results.set(nameOf(day), `(${found.join('')})`.length.toString(36) + day.date.slice(-1))
      return stats(day)
    },
  }
}

describe('backfill schedule', () => {
  test('gives the same result as running day by day, within the limit of concurrent runs', async () => {
    const anyDays = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(60)), { maxLength: 30, selector: String })
    await fc.assert(
      fc.asyncProperty(anyDays, fc.integer({ min: 1, max: 5 }), async (picks, atOnce) => {
        const days = picks.map(([source, offset]) => ({ source, date: addDays('2026-01-01', offset) }))
        const [expected, actual] = [lake(), lake()]
        for (const day of [...days].sort((x, y) => (x.date < y.date ? -1 : 1))) await expected.run(day)
        let [running, most] = [0, 0]
        await runDays(days, {
          atOnce,
          run: day => actual.run(day),
          onStart: () => {
            most = Math.max(most, ++running)
          },
          onEnd: () => running--,
        })
        assert.deepEqual(new Map([...actual.results].sort()), new Map([...expected.results].sort()))
        assert.ok(most <= atOnce)
      }),
      { numRuns: 50 },
    )
  })

  test('handles years of days', async () => {
    const days = ['a', 'b'].flatMap(source => daysOf(source, '2023-01-01', '2026-12-31'))
    const outcomes = await runDays(days, { atOnce: 4, run: async day => stats(day) })
    assert.equal([...outcomes.values()].filter(({ state }) => state === 'done').length, days.length)
  })

  test('runs platforms, and days beyond the look-back, at the same time', async () => {
    const mostConcurrent = async (days: Day[]) => {
      let [running, most] = [0, 0]
      await runDays(days, {
        atOnce: 9,
        run: async day => {
          most = Math.max(most, ++running)
          await tick()
          running--
          return stats(day)
        },
      })
      return most
    }
    const [date, within, beyond] = ['2026-01-01', '2026-01-08', '2026-01-09']
    assert.equal(
      await mostConcurrent([
        { source: 'a', date },
        { source: 'b', date },
      ]),
      2,
    )
    assert.equal(await mostConcurrent([date, within].map(date => ({ source: 'a', date }))), 1)
    assert.equal(await mostConcurrent([date, beyond].map(date => ({ source: 'a', date }))), 2)
    assert.equal(await mostConcurrent(daysOf('a', date, beyond)), 1)
  })

  test('skips the days that depend on a failed day, and only those', async () => {
    const days = [
      ...daysOf('a', '2026-01-01', '2026-01-20'),
      { source: 'a', date: '2026-03-01' },
      ...daysOf('b', '2026-01-01', '2026-01-03'),
    ]
    const outcomes = await runDays(days, {
      atOnce: 2,
      run: day => {
        if (nameOf(day) === 'a 2026-01-03') throw new Error('broken')
        return Promise.resolve(stats(day))
      },
    })
    const named = (wanted: string) =>
      [...outcomes].filter(([, { state }]) => state === wanted).map(([day]) => nameOf(day))
    assert.deepEqual(named('failed'), ['a 2026-01-03'])
    assert.deepEqual(named('skipped'), daysOf('a', '2026-01-04', '2026-01-20').map(nameOf))
    assert.equal(named('done').length, 2 + 1 + 3)
  })

  test('finishes running days and starts no others when interrupted', async () => {
    const stop = new AbortController()
    const outcomes = await runDays(daysOf('a', '2026-01-01', '2026-01-05'), {
      atOnce: 4,
      signal: stop.signal,
      run: async day => {
        if (day.date === '2026-01-02') stop.abort()
        await tick()
        return stats(day)
      },
    })
    const done = [...outcomes].filter(([, { state }]) => state === 'done').map(([day]) => nameOf(day))
    assert.deepEqual(done, ['a 2026-01-01', 'a 2026-01-02'])
    assert.equal(outcomes.size, 5)
  })
})
