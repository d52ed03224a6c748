import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import fc from 'fast-check'
import { addDays, datesBetween } from '../../handlers/lake/calendar.ts'
import { type DayStats, LOOK_BACK_DAYS } from '../../handlers/transform/transform-day.ts'
import { type Day, runDays } from './schedule.ts'

const account = ({ source, date }: Day) => ({ source, date }) as DayStats
const nameOf = ({ source, date }: Day) => `${source} ${date}`
const daysOf = (source: string, from: string, to: string) => datesBetween(from, to).map(date => ({ source, date }))

/** What a run makes depends on what the days it looks back at have: here, the list of them as it found it. */
function lake() {
  const made = new Map<string, string>()
  const seen = ({ source, date }: Day) =>
    Array.from({ length: LOOK_BACK_DAYS }, (_, i) => made.get(nameOf({ source, date: addDays(date, -1 - i) })) ?? '-')
  return {
    made,
    run: async (day: Day) => {
      const found = seen(day)
      await tick()
      made.set(nameOf(day), `(${found.join('')})`.length.toString(36) + day.date.slice(-1))
      return account(day)
    },
  }
}

describe('the schedule of a backfill', () => {
  test('makes what one after another by date would make, and no more at once than it may', async () => {
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
        assert.deepEqual(new Map([...actual.made].sort()), new Map([...expected.made].sort()))
        assert.ok(most <= atOnce)
      }),
      { numRuns: 50 },
    )
  })

  test('years of days are no burden', async () => {
    const days = ['a', 'b'].flatMap(source => daysOf(source, '2023-01-01', '2026-12-31'))
    const outcomes = await runDays(days, { atOnce: 4, run: async day => account(day) })
    assert.equal([...outcomes.values()].filter(({ state }) => state === 'done').length, days.length)
  })

  test('platforms go side by side, and days beyond the look-back', async () => {
    const together = async (days: Day[]) => {
      let [running, most] = [0, 0]
      await runDays(days, {
        atOnce: 9,
        run: async day => {
          most = Math.max(most, ++running)
          await tick()
          running--
          return account(day)
        },
      })
      return most
    }
    const [date, within, beyond] = ['2026-01-01', '2026-01-08', '2026-01-09']
    assert.equal(
      await together([
        { source: 'a', date },
        { source: 'b', date },
      ]),
      2,
    )
    assert.equal(await together([date, within].map(date => ({ source: 'a', date }))), 1)
    assert.equal(await together([date, beyond].map(date => ({ source: 'a', date }))), 2)
    assert.equal(await together(daysOf('a', date, beyond)), 1)
  })

  test('a day that fails leaves those that look back at it, and theirs, but no others', async () => {
    const days = [
      ...daysOf('a', '2026-01-01', '2026-01-20'),
      { source: 'a', date: '2026-03-01' },
      ...daysOf('b', '2026-01-01', '2026-01-03'),
    ]
    const outcomes = await runDays(days, {
      atOnce: 2,
      run: day => {
        if (nameOf(day) === 'a 2026-01-03') throw new Error('broken')
        return Promise.resolve(account(day))
      },
    })
    const named = (wanted: string) =>
      [...outcomes].filter(([, { state }]) => state === wanted).map(([day]) => nameOf(day))
    assert.deepEqual(named('failed'), ['a 2026-01-03'])
    assert.deepEqual(named('left'), daysOf('a', '2026-01-04', '2026-01-20').map(nameOf))
    assert.equal(named('done').length, 2 + 1 + 3)
  })

  test('interrupted, it finishes what runs and starts nothing else', async () => {
    const stop = new AbortController()
    const outcomes = await runDays(daysOf('a', '2026-01-01', '2026-01-05'), {
      atOnce: 4,
      signal: stop.signal,
      run: async day => {
        if (day.date === '2026-01-02') stop.abort()
        await tick()
        return account(day)
      },
    })
    const done = [...outcomes].filter(([, { state }]) => state === 'done').map(([day]) => nameOf(day))
    assert.deepEqual(done, ['a 2026-01-01', 'a 2026-01-02'])
    assert.equal(outcomes.size, 5)
  })
})
