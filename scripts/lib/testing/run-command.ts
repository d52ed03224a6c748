import { appendFileSync } from 'node:fs'
import { type Command, exitCodeOf } from '../cli/command.ts'
import { errorText } from '../cli/command-line.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a command in this process. A thrown error is at the end of `stderr`: as the command line writes it where the
 * command's name is given, otherwise as text. With a name, `stderr` is also searched for personal data at the end of the
 * test run, like the standard error of a process (see capture-output.mjs).
 */
export async function ran(
  command: Command,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  name?: string,
): Promise<Ran> {
  let [stdout, stderr] = ['', '']
  try {
    const succeeded = await command(
      args,
      env,
      text => {
        stdout += `${text}\n`
      },
      text => {
        stderr += `${text}\n`
      },
    )
    return { code: succeeded ? 0 : 1, stdout, stderr }
  } catch (error) {
    stderr += name ? errorText(name, error) : String(error)
    return { code: exitCodeOf(error), stdout, stderr }
  } finally {
    if (name && process.env.CAPTURED_LOG) appendFileSync(process.env.CAPTURED_LOG, `${stderr}\n`)
  }
}
