import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import { forEach } from './pool.ts'

describe('forEach', () => {
  test('calls once for every item, and never more at a time than it may', async () => {
    const [seen, items] = [new Set<number>(), Array.from({ length: 50 }, (_, i) => i)]
    let [running, most] = [0, 0]
    await forEach(items, 4, async item => {
      most = Math.max(most, ++running)
      await tick()
      seen.add(item)
      running--
    })
    assert.deepEqual([...seen], items)
    assert.equal(most, 4)
  })

  test('after a failure waits for the running calls, starts no other, and rejects with the first error', async () => {
    const started: number[] = []
    const ended: number[] = []
    let isClosed = false
    async function* items() {
      try {
        for (let i = 0; ; i++) yield i
      } finally {
        isClosed = true
      }
    }
    const work = async (item: number) => {
      started.push(item)
      await tick()
      if (item === 1) throw new Error('the first')
      for (let i = 0; i < 10; i++) await tick()
      ended.push(item)
      if (item === 2) throw new Error('a later one')
    }
    await assert.rejects(forEach(items(), 3, work), { message: 'the first' })
    assert.deepEqual(started, [0, 1, 2])
    assert.deepEqual(ended, [0, 2])
    assert.ok(isClosed, 'the items are closed')
  })

  test('rejects where the items cannot be read further, once the running calls have ended', async () => {
    let ended = 0
    async function* items() {
      yield 1
      yield 2
      throw new Error('no more')
    }
    const work = async () => {
      await tick()
      ended++
    }
    await assert.rejects(forEach(items(), 5, work), { message: 'no more' })
    assert.equal(ended, 2)
  })
})
