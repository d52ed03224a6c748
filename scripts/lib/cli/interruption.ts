/**
 * Turns the first Ctrl-C, SIGTERM or SIGHUP into a request to stop; the second one ends the process at once. The end of
 * npm, if npm started this process, counts as such a signal: npm passes on neither SIGHUP nor its own SIGKILL.
 * @returns the request as a signal, and a function that restores the usual meaning of Ctrl-C
 */
export function interruption(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  let firstMs = 0
  const interrupt = () => {
    if (!controller.signal.aborted) firstMs = performance.now()
    else if (performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(1)
    controller.abort()
  }
  for (const name of SIGNALS) process.on(name, interrupt)
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event && process.ppid !== parent) interrupt()
  }, PARENT_CHECK_MS).unref()
  return {
    signal: controller.signal,
    release: () => {
      clearInterval(watch)
      for (const name of SIGNALS) process.off(name, interrupt)
    },
  }
}

/** npm and its shell repeat a Ctrl-C that the terminal sent to every process: within this time it is the same one. */
const SAME_SIGNAL_MS = 500

/** How often to check whether npm still runs. */
const PARENT_CHECK_MS = 1000

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
