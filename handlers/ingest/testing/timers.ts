import type { TestContext } from 'node:test'

/**
 * Holds the timers that are set from now on, until the test lets time pass. node:test has timers of its own, but asks
 * for them in another way in Node 20.9 than later.
 * @returns how to let so many milliseconds pass
 */
export function holdTimers(t: TestContext): (ms: number) => void {
  const { setTimeout: set, clearTimeout: clear } = globalThis
  const held = new Map<unknown, { readonly due: number; readonly work: () => void }>()
  let now = 0
  t.mock.method(globalThis, 'setTimeout', (work: () => void, ms = 0) => {
    const timer = set(() => {}, 0) // what callers may ask of a timer, as unref, a real one does
    held.set(timer, { due: now + ms, work })
    return timer
  })
  t.mock.method(globalThis, 'clearTimeout', (timer: NodeJS.Timeout) => {
    held.delete(timer)
    clear(timer)
  })
  return ms => {
    now += ms
    for (const [timer, { due, work }] of [...held].sort(([, a], [, b]) => a.due - b.due))
      if (due <= now && held.delete(timer)) work()
  }
}
