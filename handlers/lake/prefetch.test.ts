import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { prefetch } from './prefetch.ts'

const objects = (count: number, size: number) =>
  Array.from({ length: count }, (_, i) => ({ key: String(i), lastModified: 0, size }))

/** A store whose answers come in any order, and what it was asked for at once at most. */
function store(size: number) {
  const seen = { inFlight: 0, most: 0, bytes: 0 }
  const get = async (key: string) => {
    seen.most = Math.max(seen.most, ++seen.inFlight)
    await sleep(Number(key) % 3)
    seen.inFlight--
    return { body: Buffer.from(key), receivedAt: size }
  }
  return { seen, get }
}

test('objects come in the order given, one visit after the other, however their answers come', async () => {
  const { seen, get } = store(1)
  const visited: string[] = []
  let visiting = false
  await prefetch(
    objects(100, 1),
    get,
    async key => {
      assert.ok(!visiting)
      visiting = true
      await sleep(0)
      visiting = false
      visited.push(key)
    },
    8,
  )
  assert.deepEqual(visited, Object.keys([...visited]))
  assert.equal(visited.length, 100)
  assert.ok(seen.most > 1 && seen.most <= 8)
})

test('large objects are fetched few at a time, one larger than the bound alone', async () => {
  const large = store(1)
  await prefetch(objects(20, 10 * 2 ** 20), large.get, () => undefined, 64)
  assert.ok(large.seen.most <= 3)
  const huge = store(1)
  await prefetch(objects(3, 100 * 2 ** 20), huge.get, () => undefined, 64)
  assert.equal(huge.seen.most, 1)
})

test('an object that is gone, a get or a visit that fails ends it', async () => {
  const failing = (key: string) => (key === '3' ? Promise.reject(new Error('no')) : store(1).get(key))
  await assert.rejects(() => prefetch(objects(9, 1), failing, () => undefined, 4), /^Error: no$/)
  await assert.rejects(
    () =>
      prefetch(
        objects(1, 1),
        async () => null,
        () => undefined,
        4,
      ),
    /0 was listed, but is gone/,
  )
  const throwing = () => {
    throw new Error('visit')
  }
  await assert.rejects(() => prefetch(objects(9, 1), store(1).get, throwing, 4), /^Error: visit$/)
})
