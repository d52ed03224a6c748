import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a process needs to start, and to have its output captured (capture-output.mjs) where this process has. */
const { PATH, NODE_OPTIONS = '', CAPTURED_LOG = '' } = process.env
export const TEST_ENVIRONMENT = { PATH, NODE_OPTIONS, CAPTURED_LOG }

/** The environment of every command under test: nothing of the user's own; NO_COLOR keeps the output comparable. */
const BARE = { ...TEST_ENVIRONMENT, HOME: '/nowhere', NO_COLOR: '1', AWS_EC2_METADATA_DISABLED: 'true' }

/** A process that a test starts is killed after this time. Commands take a second or two; a busy machine ten times that. */
export const PROCESS_TIMEOUT_MS = 120_000

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  /** The working directory; an empty one unless given. */
  readonly cwd?: string
  /** Written to stdin. */
  readonly input?: string
  /** Is given the process, for instance to interrupt it. */
  readonly watch?: (child: ReturnType<typeof spawn>) => void
}

const RUN = fileURLToPath(new URL('../../run.mjs', import.meta.url))

/** What node is given to run a command of `scripts/`. @param script its file's name without `.ts` */
export const scriptArguments = (script: string): readonly string[] => [RUN, `scripts/${script}.ts`]

/**
 * Runs a command of `scripts/` in a process of its own, as a user does.
 * @param script its file's name without `.ts`
 */
export async function runScript(
  script: string,
  parameters: readonly string[],
  { env = {}, cwd = mkdtempSync(join(tmpdir(), 'chatlake-cwd-')), input = '', watch = () => {} }: RunOptions = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [...scriptArguments(script), ...parameters], {
    cwd,
    env: { ...BARE, ...env },
    timeout: PROCESS_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  watch(child)
  child.stdin.on('error', () => {}).end(input) // a command that ends without reading it closes the pipe
  const ran = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', text => {
      ran[name] += text
    })
  await once(child, 'close')
  return { code: child.exitCode, ...ran }
}
