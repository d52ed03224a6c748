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

test('a listing is ordered by time, then by key, without folders', async () => {
  const listed = await listing([at('d/', 0, 0), at('d/a', 5), at('d/b', 3)], [at('d/c', 3, 7), at('d/e/', 1, 0)])
  assert.equal(listed.length, 3)
  assert.deepEqual([...listed], [at('d/b', 3), at('d/c', 3, 7), at('d/a', 5)])
  assert.deepEqual([...listed].length, 3, 'iterated again')
})

test('thousands of objects keep their keys, sizes and times', async () => {
  const objects = Array.from({ length: 5000 }, (_, i) => at(`d/${String(i).padStart(5, '0')}é😀`, i % 7, i))
  const listed = await listing(objects.slice(0, 1000), objects.slice(1000))
  assert.deepEqual(
    [...listed],
    objects.toSorted((a, b) => a.lastModified - b.lastModified || a.size - b.size),
  )
})

test('a page that is repeated or out of order throws', async () => {
  const [first, second] = [[at('d/a', 1)], [at('d/b', 1)]]
  await assert.rejects(() => listing(first, first, second), /not ordered: d\/a comes again/)
  await assert.rejects(() => listing(second, first), /not ordered: d\/a/)
})
