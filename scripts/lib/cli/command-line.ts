import { runCommand } from './command.ts'
import { environment } from './environment.ts'

/**
 * A command, free of the process it runs in.
 * @param print writes a line of what was asked for
 * @param note writes what is said beside it, as progress and warnings
 * @returns whether all went well; a failure that leaves nothing to report is thrown
 */
export type Command = (
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  print: (text: string) => void,
  note: (text: string) => void,
) => Promise<boolean>

/** Runs a command in this process: its words to stdout and stderr, its outcome to the exit code. */
export const runCommandLine = (name: string, command: Command): Promise<void> =>
  runCommand(name, async () => {
    const isWell = await command(process.argv.slice(2), environment(), console.log, console.error)
    if (!isWell) process.exitCode = 1
  })
