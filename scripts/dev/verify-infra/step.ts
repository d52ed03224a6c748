/** Runs one step and prints what it shows, how long it took, and a text that the step returns. */
export async function step<T>(shows: string, check: () => Promise<T>): Promise<T> {
  const start = Date.now()
  try {
    const result = await check()
    const detail = typeof result === 'string' ? `: ${result}` : ''
    console.log(`  ✓ ${shows}${detail} (${seconds(start)})`)
    return result
  } catch (error) {
    console.error(`  ✗ ${shows} (${seconds(start)})`)
    throw error
  }
}

/** The time since an instant (epoch milliseconds), as `12.3 s`. */
export const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`
