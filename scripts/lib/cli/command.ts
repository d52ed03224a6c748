import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A command called the wrong way: its message is shown without a stack, and the exit code is 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/**
 * Runs a command to its exit code: 0, 1 when it failed, 2 when it was called the wrong way (a `UsageError`, or what
 * `parseArgs` of node:util throws). Errors are one sentence on stderr, and a stack where DEBUG is set.
 */
export async function runCommand(name: string, command: () => Promise<void>): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return // whoever read our output, as `head`, has enough; the work goes on
    process.stderr.write(`${name}: the output cannot be written: ${error.message}\n`)
    process.exit(1)
  })
  try {
    await command()
  } catch (error) {
    const misused = error instanceof UsageError || isParseArgsError(error)
    process.exitCode = misused ? 2 : 1
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${name}: ${message}\n`)
    if (misused) process.stderr.write('See --help.\n')
    else if (process.env.DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  }
}

const isParseArgsError = (error: unknown) =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')

/**
 * Writes text to stdout as fast as its reader takes it.
 * @param signal stops it, also where the reader takes nothing
 * @returns false when the reader left before the end, as `head` does: no error of the command
 */
export async function writeOut(
  chunks: AsyncIterable<string> | Iterable<string>,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await pipeline(Readable.from(chunks), process.stdout, { end: false, ...(signal && { signal }) })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return false
    throw error
  }
}
