/**
 * Makes the first Ctrl-C (or SIGTERM) a request to stop in good order; the second ends the process at once.
 * @returns the request, and how to give Ctrl-C back its usual meaning
 */
export function interruption(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  let first = 0
  const interrupt = () => {
    if (!controller.signal.aborted) first = performance.now()
    else if (performance.now() - first > SAME_MS) process.exit(1)
    controller.abort()
  }
  for (const name of SIGNALS) process.on(name, interrupt)
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, interrupt)
    },
  }
}

/** npm and its shell pass on a Ctrl-C that the terminal has sent to everybody: within this time it is the same one. */
const SAME_MS = 500

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
