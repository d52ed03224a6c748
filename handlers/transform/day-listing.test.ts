import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectStore, ObjectSummary } from '../lake/object-store.ts'
import { DayListing } from './day-listing.ts'

const at = (key: string, lastModified: number, size = 1): ObjectSummary => ({ key, lastModified, size })

const listing = (...pages: readonly ObjectSummary[][]) => {
  const store: Pick<ObjectStore, 'list'> = {
    async *list() {
      yield* pages
    },
  }
  return DayListing.list(store, 'd/')
}

test('arrivals are ordered by time, then key, and folders are none', async () => {
  const arrivals = await listing([at('d/', 0, 0), at('d/a', 5), at('d/b', 3)], [at('d/c', 3, 7), at('d/e/', 1, 0)])
  assert.equal(arrivals.length, 3)
  assert.deepEqual([...arrivals], [at('d/b', 3), at('d/c', 3, 7), at('d/a', 5)])
  assert.deepEqual([...arrivals].length, 3, 'again')
})

test('thousands keep their names, of any characters, sizes and times', async () => {
  const objects = Array.from({ length: 5000 }, (_, i) => at(`d/${String(i).padStart(5, '0')}é😀`, i % 7, i))
  const arrivals = await listing(objects.slice(0, 1000), objects.slice(1000))
  assert.deepEqual(
    [...arrivals],
    objects.toSorted((a, b) => a.lastModified - b.lastModified || a.size - b.size),
  )
})

test('a page that comes twice, or out of order, throws: an object would be read twice', async () => {
  const [first, second] = [[at('d/a', 1)], [at('d/b', 1)]]
  await assert.rejects(() => listing(first, first, second), /goes back to d\/a/)
  await assert.rejects(() => listing(second, first), /goes back/)
})
