import type { TestContext } from 'node:test'

/**
 * Replaces `setTimeout` until the end of the test. Used instead of the mock timers of node:test, because their interface
 * in Node 20.9 differs from later versions.
 * @returns advances the time by so many milliseconds, and runs the timers that are due
 */
export function holdTimers(t: TestContext): (ms: number) => void {
  const { setTimeout: set, clearTimeout: clear } = globalThis
  const held = new Map<unknown, { readonly due: number; readonly work: () => void }>()
  let now = 0
  t.mock.method(globalThis, 'setTimeout', (work: () => void, ms = 0) => {
    const timer = set(() => {}, 0) // a real timer, so that callers can use its methods, for example unref
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
