import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { dayIn } from '../../../handlers/lake/calendar.ts'
import { type Nights, nightly, RETRY_TICKS, TICK_MS } from './nightly.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** The nights of UTC since `from`, begun at `at`, and a clock that goes by ticks. */
function nights(from: string, at: string, make: Nights['make'] = async () => true) {
  const made: string[] = []
  let now = Date.parse(at)
  let look: (() => void) | undefined
  const clock = {
    now: () => now,
    every(ms: number, often: () => void) {
      assert.equal(ms, TICK_MS)
      look = often
      return () => {
        look = undefined
      }
    },
  }
  const day = dayIn('UTC')
  const noted: Nights['make'] = date => {
    made.push(date)
    return make(date)
  }
  const { stop } = nightly({ from, day, make: noted }, clock)
  return {
    made,
    stop,
    isLooking: () => look !== undefined,
    /** The machine runs for some ticks. */
    async run(ticks: number) {
      for (let i = 0; i < ticks; i++) {
        now += TICK_MS
        look?.()
        await turn()
      }
    },
    /** The machine sleeps: its clock goes on, its timers do not. */
    sleep(ms: number) {
      now += ms
    },
  }
}

describe('the days that are over', () => {
  test('are made once: what was missed at once, then each just after its midnight', async () => {
    const { made, run } = nights('2026-11-23', '2026-11-24T23:58:00Z')
    await turn()
    assert.deepEqual(made, ['2026-11-23'])
    await run(11) // to 00:00:45: what arrived just before midnight may be on its way to the disk
    assert.deepEqual(made, ['2026-11-23'])
    await run(1)
    assert.deepEqual(made, ['2026-11-23', '2026-11-24'])
    await run(DAY_MS / TICK_MS)
    assert.deepEqual(made, ['2026-11-23', '2026-11-24', '2026-11-25'])
  })

  test('are made one after the other where the machine was off for three of them, or slept', async () => {
    const { made, run, sleep } = nights('2026-11-20', '2026-11-23T08:00:00Z')
    await turn()
    assert.deepEqual(made, ['2026-11-20', '2026-11-21', '2026-11-22'])
    sleep(3 * DAY_MS)
    await run(1)
    assert.deepEqual(made.slice(3), ['2026-11-23', '2026-11-24', '2026-11-25'])
  })

  test('are none before the first is over', async () => {
    const { made, run } = nights('2026-11-24', '2026-11-24T08:00:00Z')
    await run(3)
    assert.deepEqual(made, [])
  })
})

test('a day that fails is tried again a quarter of an hour later, and those after it follow in order', async () => {
  let isBroken = true
  const { made, run } = nights('2026-11-20', '2026-11-23T08:00:00Z', async date => !(isBroken && date === '2026-11-21'))
  await turn()
  assert.deepEqual(made, ['2026-11-20', '2026-11-21'])
  assert.equal(RETRY_TICKS * TICK_MS, 15 * MINUTE_MS)
  await run(RETRY_TICKS - 1)
  assert.equal(made.length, 2, 'not at every look at the clock')
  await run(1)
  assert.deepEqual(made.slice(2), ['2026-11-21'])
  await run(RETRY_TICKS - 1)
  isBroken = false
  assert.equal(made.length, 3)
  await run(1)
  assert.deepEqual(made.slice(3), ['2026-11-21', '2026-11-22'])
  await run(2 * RETRY_TICKS)
  assert.equal(made.length, 5)
})

test('a day that takes longer than a tick is made once', async () => {
  let finish = (_isMade: boolean) => {}
  const { made, run } = nights('2026-11-22', '2026-11-23T08:00:00Z', () => new Promise(made => (finish = made)))
  await run(10)
  finish(true)
  await run(10)
  assert.deepEqual(made, ['2026-11-22'])
})

test('stopping waits for the day under way, and begins no other', async () => {
  let finish = (_isMade: boolean) => {}
  const work = nights('2026-11-20', '2026-11-23T08:00:00Z', () => new Promise(made => (finish = made)))
  let isStopped = false
  const stopped = work.stop().then(() => (isStopped = true))
  await turn()
  assert.deepEqual([isStopped, work.isLooking()], [false, false])
  finish(true)
  await stopped
  assert.deepEqual(work.made, ['2026-11-20'])
})
