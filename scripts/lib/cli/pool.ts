import pMap from 'p-map'

/**
 * Calls `work` for every item, at most `concurrency` calls at a time. After a failure it starts no further call, and
 * takes no further item. `pMap` alone would reject while other calls still run; this waits for them first.
 * @throws the first error that `work` or the iteration of the items threw
 */
export async function forEach<T>(
  items: AsyncIterable<T> | Iterable<T>,
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>()
  const start = (item: T) => {
    const task = work(item).finally(() => running.delete(task))
    running.add(task)
    return task
  }
  try {
    await pMap(items, start, { concurrency })
  } finally {
    await Promise.allSettled(running)
  }
}
