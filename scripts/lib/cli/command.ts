import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * A command.
 * @param args the arguments after the command's name
 * @param env the environment, including `.env`
 * @param print writes a line of the result, to stdout
 * @param note writes a line of progress or a warning, to stderr
 * @returns whether everything succeeded; if not, the command has said what failed
 * @throws UsageError, or what `parseArgs` of node:util throws, for wrong arguments; InterruptedError; any other error if
 *   the command failed
 */
export type Command = (
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  print: (text: string) => void,
  note: (text: string) => void,
) => Promise<boolean>

/** Wrong arguments. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Ctrl-C or SIGTERM ended the command. */
export class InterruptedError extends Error {
  override name = 'InterruptedError'
}

/** The exit code for an error that a command throws: 2 for wrong arguments, 130 for an interruption, otherwise 1. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return 2
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) return 2
  return error instanceof InterruptedError ? 130 : 1 // shells report Ctrl-C as 130
}

/**
 * Writes text to stdout, and waits while its reader is slow.
 * @param stdout stays open
 * @param signal stops writing, even if the reader reads nothing
 * @returns false if the reader closed stdout before the end, as `head` does: not an error of the command
 */
export async function writeOut(
  chunks: AsyncIterable<string> | Iterable<string>,
  stdout: NodeJS.WritableStream,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await pipeline(Readable.from(chunks), stdout, { end: false, ...(signal && { signal }) })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return false
    throw error
  }
}
