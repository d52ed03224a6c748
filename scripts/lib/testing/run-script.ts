import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** What a process needs to be started, and to be overheard (overhear.mjs) where this one is. */
const { PATH, NODE_OPTIONS = '', OVERHEARD = '' } = process.env
export const TEST_ENVIRONMENT = { PATH, NODE_OPTIONS, OVERHEARD }

/** Nothing of the user's environment decides what a command finds; NO_COLOR keeps what it prints comparable. */
const BARE = { ...TEST_ENVIRONMENT, HOME: '/nowhere', NO_COLOR: '1', AWS_EC2_METADATA_DISABLED: 'true' }

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a command of `scripts/` as a user does, in an empty working directory.
 * @param script its file's name without `.ts`
 * @param watch is given the process, for instance to interrupt it
 */
export async function runScript(
  script: string,
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
  watch: (child: ReturnType<typeof spawn>) => void = () => {},
): Promise<Ran> {
  const file = fileURLToPath(new URL(`../../${script}.ts`, import.meta.url))
  const cwd = mkdtempSync(join(tmpdir(), 'chatlake-cwd-'))
  const child = spawn(process.execPath, ['--import', tsx, file, ...parameters], { cwd, env: { ...BARE, ...env } })
  watch(child)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}
