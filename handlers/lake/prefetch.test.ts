import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { prefetch } from './prefetch.ts'

const objects = (count: number, size: number) =>
  Array.from({ length: count }, (_, i) => ({ key: String(i), lastModified: 0, size }))

/** A store whose responses come in any order, and the most requests that were in flight at once. */
function store(size: number) {
  const requests = { inFlight: 0, most: 0 }
  const get = async (key: string) => {
    requests.most = Math.max(requests.most, ++requests.inFlight)
    await sleep(Number(key) % 3)
    requests.inFlight--
    return { body: Buffer.from(key), receivedAt: size }
  }
  return { requests, get }
}

test('objects come in the given order and one at a time, in whatever order the responses come', async () => {
  const { requests, get } = store(1)
  const keys: string[] = []
  let isReading = false
  await prefetch(
    objects(100, 1),
    get,
    async key => {
      assert.ok(!isReading)
      isReading = true
      await sleep(0)
      isReading = false
      keys.push(key)
    },
    8,
  )
  assert.deepEqual(keys, Object.keys([...keys]))
  assert.equal(keys.length, 100)
  assert.ok(requests.most > 1 && requests.most <= 8)
})

test('few large objects are fetched at once; one that exceeds the limit is fetched alone', async () => {
  const large = store(1)
  await prefetch(objects(20, 10 * 2 ** 20), large.get, () => undefined, 64)
  assert.ok(large.requests.most <= 3)
  const huge = store(1)
  await prefetch(objects(3, 100 * 2 ** 20), huge.get, () => undefined, 64)
  assert.equal(huge.requests.most, 1)
})

test('it ends if an object no longer exists, or if get or the reader fails', async () => {
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
    /0 was listed but no longer exists/,
  )
  const throwing = () => {
    throw new Error('reader')
  }
  await assert.rejects(() => prefetch(objects(9, 1), store(1).get, throwing, 4), /^Error: reader$/)
})
