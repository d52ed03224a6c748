import { spawn } from 'node:child_process'

export interface RunOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Seconds after which the command and everything that it started are killed. */
  readonly timeout: number
  /** Exit codes that are no failure (default: 0). */
  readonly accept?: readonly number[]
}

/**
 * Runs a command and waits for its end. `all` is stdout and stderr together.
 * @throws with the last lines of its output when it fails or takes too long
 */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env, timeout, accept = [0] }: RunOptions,
): Promise<{ readonly code: number; readonly stdout: string; readonly all: string }> {
  return new Promise((resolve, reject) => {
    // a process group of its own: terraform starts a provider that would outlive it
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let all = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk
      all += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      all += chunk
    })
    let late = false
    const timer = setTimeout(() => {
      late = true
      process.kill(-(child.pid as number), 'SIGKILL')
    }, timeout * 1000)
    child.on('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', code => {
      clearTimeout(timer)
      if (!late && code !== null && accept.includes(code)) return resolve({ code, stdout, all })
      const end = late ? `took more than ${timeout} s` : `ended with ${code}`
      reject(new Error(`${command} ${args.join(' ')} ${end}\n${all.split('\n').slice(-60).join('\n')}`))
    })
  })
}
