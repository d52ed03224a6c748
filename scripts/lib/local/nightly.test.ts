import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { dayIn } from '../../../handlers/lake/calendar.ts'
import { type Nights, nightly, RETRY_TICKS, TICK_MS } from './nightly.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** Starts `nightly` in UTC at the instant `at`, with a simulated clock. */
function nights(from: string, at: string, transform: Nights['transform'] = async () => true) {
  const dates: string[] = []
  let now = Date.parse(at)
  let check: (() => void) | undefined
  const clock = {
    now: () => now,
    every(ms: number, callback: () => void) {
      assert.equal(ms, TICK_MS)
      check = callback
      return () => {
        check = undefined
      }
    },
  }
  const day = dayIn('UTC')
  const recorded: Nights['transform'] = date => {
    dates.push(date)
    return transform(date)
  }
  const { stop } = nightly({ from, day, transform: recorded }, clock)
  return {
    /** The days whose transform was started, in order. */
    dates,
    stop,
    hasTimer: () => check !== undefined,
    /** Lets the clock run for some ticks. */
    async run(ticks: number) {
      for (let i = 0; i < ticks; i++) {
        now += TICK_MS
        check?.()
        await turn()
      }
    },
    /** Advances the clock without a tick, as while the machine is asleep. */
    sleep(ms: number) {
      now += ms
    },
  }
}

describe('nightly', () => {
  test('transforms the missed days at once, then each day once after its midnight', async () => {
    const { dates, run } = nights('2026-11-23', '2026-11-24T23:58:00Z')
    await turn()
    assert.deepEqual(dates, ['2026-11-23'])
    await run(11) // to 00:00:45: the last deliveries of the day may not be stored yet
    assert.deepEqual(dates, ['2026-11-23'])
    await run(1)
    assert.deepEqual(dates, ['2026-11-23', '2026-11-24'])
    await run(DAY_MS / TICK_MS)
    assert.deepEqual(dates, ['2026-11-23', '2026-11-24', '2026-11-25'])
  })

  test('transforms days in order after the machine was off or asleep for several', async () => {
    const { dates, run, sleep } = nights('2026-11-20', '2026-11-23T08:00:00Z')
    await turn()
    assert.deepEqual(dates, ['2026-11-20', '2026-11-21', '2026-11-22'])
    sleep(3 * DAY_MS)
    await run(1)
    assert.deepEqual(dates.slice(3), ['2026-11-23', '2026-11-24', '2026-11-25'])
  })

  test('transforms nothing before the first day is over', async () => {
    const { dates, run } = nights('2026-11-24', '2026-11-24T08:00:00Z')
    await run(3)
    assert.deepEqual(dates, [])
  })
})

test('a failed day is tried again after a quarter of an hour, and the later days wait for it', async () => {
  let isBroken = true
  const { dates, run } = nights(
    '2026-11-20',
    '2026-11-23T08:00:00Z',
    async date => !(isBroken && date === '2026-11-21'),
  )
  await turn()
  assert.deepEqual(dates, ['2026-11-20', '2026-11-21'])
  assert.equal(RETRY_TICKS * TICK_MS, 15 * MINUTE_MS)
  await run(RETRY_TICKS - 1)
  assert.equal(dates.length, 2, 'not at every tick')
  await run(1)
  assert.deepEqual(dates.slice(2), ['2026-11-21'])
  await run(RETRY_TICKS - 1)
  isBroken = false
  assert.equal(dates.length, 3)
  await run(1)
  assert.deepEqual(dates.slice(3), ['2026-11-21', '2026-11-22'])
  await run(2 * RETRY_TICKS)
  assert.equal(dates.length, 5)
})

test('a transform that takes longer than a tick is started once', async () => {
  let finish = (_isDone: boolean) => {}
  const { dates, run } = nights('2026-11-22', '2026-11-23T08:00:00Z', () => new Promise(resolve => (finish = resolve)))
  await run(10)
  finish(true)
  await run(10)
  assert.deepEqual(dates, ['2026-11-22'])
})

test('stop waits for the running transform and starts no other', async () => {
  let finish = (_isDone: boolean) => {}
  const work = nights('2026-11-20', '2026-11-23T08:00:00Z', () => new Promise(resolve => (finish = resolve)))
  let isStopped = false
  const stopped = work.stop().then(() => (isStopped = true))
  await turn()
  assert.deepEqual([isStopped, work.hasTimer()], [false, false])
  finish(true)
  await stopped
  assert.deepEqual(work.dates, ['2026-11-20'])
})
