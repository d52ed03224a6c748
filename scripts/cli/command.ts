/** The caller's mistake: exit code 2, and the sentence alone. */
export class UsageError extends Error {}

/** A failure that needs no stack trace: exit code 1, and the sentence alone. */
export class Failure extends Error {}

/** Runs a command: exit code 0, 1 when it fails, 2 when it was called wrongly. What it says of that goes to stderr. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0) // whoever read our output, as `head`, has enough
    throw error
  })
  try {
    await main()
  } catch (error) {
    const isPlain = error instanceof UsageError || error instanceof Failure || isParseArgsError(error)
    console.error(isPlain ? (error as Error).message : error)
    process.exitCode = error instanceof UsageError || isParseArgsError(error) ? 2 : 1
  }
}

const isParseArgsError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
