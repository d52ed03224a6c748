import { type Command, exitCodeOf } from './command.ts'
import { environment } from './environment.ts'

/**
 * Runs a command in this process. It sets the exit code: 0, 1 if the command failed, 2 for wrong arguments, 130 if it
 * was interrupted. An error is one sentence on stderr, with a stack trace if DEBUG is set.
 */
export async function runCommandLine(name: string, command: Command): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return // the reader of the output, as `head`, has enough; the work goes on
    process.stderr.write(`${name}: the output cannot be written: ${error.message}\n`)
    process.exit(1)
  })
  try {
    const succeeded = await command(process.argv.slice(2), environment(), console.log, console.error)
    if (!succeeded) process.exitCode = 1
  } catch (error) {
    process.exitCode = exitCodeOf(error)
    process.stderr.write(errorText(name, error, Boolean(process.env.DEBUG)))
  }
}

/** What stderr shows of an error that a command threw. */
export function errorText(name: string, error: unknown, hasStack = false): string {
  const text = `${name}: ${error instanceof Error ? error.message : String(error)}\n`
  if (exitCodeOf(error) === 2) return `${text}See --help.\n`
  return hasStack && error instanceof Error ? `${text}${error.stack}\n` : text
}
