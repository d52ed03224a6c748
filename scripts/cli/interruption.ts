/**
 * Makes the first Ctrl-C (or SIGTERM) a request to stop in good order; the second ends the process at once.
 * @returns the request, and how to give Ctrl-C back its usual meaning
 */
export function interruption(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(1)
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

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
