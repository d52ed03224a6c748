import { UsageError } from '../cli/command.ts'
import type { Command } from '../cli/command-line.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command in this process, as `runCommandLine` would in its own. */
export async function ran(command: Command, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  let [stdout, stderr] = ['', '']
  try {
    const isWell = await command(
      args,
      env,
      text => {
        stdout += `${text}\n`
      },
      text => {
        stderr += `${text}\n`
      },
    )
    return { code: isWell ? 0 : 1, stdout, stderr }
  } catch (error) {
    const isMisuse = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
    return { code: isMisuse ? 2 : 1, stdout, stderr: stderr + String(error) }
  }
}
