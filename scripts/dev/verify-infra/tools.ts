import { createHash } from 'node:crypto'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { sources } from '../../../handlers/sources/index.ts'
import { declarationsOf } from '../../../infra/settings.ts'
import { run } from './run.ts'

/** A program that the verification needs is missing on this machine. */
export class MissingTool extends Error {
  override readonly name = 'MissingTool'
}

/** The version of the AWS provider that the stack pins by default. */
export const PROVIDER_VERSION = declarationsOf(sources).providerVersion.default

const PROVIDER = ['registry.terraform.io', 'hashicorp', 'aws', PROVIDER_VERSION] as const

/** Python programs. Each has a virtual environment of its own, because their dependencies conflict. */
const REQUIREMENTS = { moto: ['moto[server]==5.2.5'], checkov: ['checkov==3.3.30'] } as const

/**
 * The version of Terraform.
 * @throws MissingTool unless it is 1.11 or later, which has write-only attributes
 */
export async function requireTerraform(env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await run('terraform', ['version', '-json'], { cwd: '.', env, timeout: 60 }).catch(() => {
    throw new MissingTool('terraform is not in the PATH')
  })
  const version = String(JSON.parse(stdout).terraform_version)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < 1 || (major === 1 && minor < 11))
    throw new MissingTool(`terraform has version ${version}; 1.11 or later is needed`)
  return version
}

/**
 * Finds the machine's mirror of Terraform providers: a directory that has the AWS provider under its registry's name.
 * Searches five levels below the home directory and below the root of the file system.
 * @throws MissingTool when there is none
 */
export function findProviderMirror(): string {
  for (const [root, depth] of [
    [homedir(), 5],
    ['/', 5],
  ] as const) {
    let level = [root]
    for (let i = 0; i <= depth; i++) {
      const found = level.find(folder => existsSync(join(folder, ...PROVIDER)))
      if (found) return found
      level = level.flatMap(subfolders)
    }
  }
  throw new MissingTool(`no directory of this machine is a provider mirror with ${PROVIDER.join('/')}`)
}

const SKIPPED = new Set(['proc', 'sys', 'dev', 'run', 'node_modules', '.git'])

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isDirectory() && !SKIPPED.has(entry.name))
      .map(({ name }) => join(folder, name))
  } catch {
    return [] // no permission to read it
  }
}

/**
 * The directory of a Python program's executables. The first call installs them into the user's cache.
 * @throws MissingTool when it cannot be installed
 */
export async function pythonProgram(name: keyof typeof REQUIREMENTS, env: NodeJS.ProcessEnv): Promise<string> {
  const requirements = REQUIREMENTS[name]
  const digest = createHash('sha256').update(requirements.join()).digest('hex').slice(0, 8)
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'chatlake')
  const venv = join(cache, `${name}-${digest}`)
  const ready = join(venv, '.installed')
  if (!existsSync(ready)) {
    try {
      rmSync(venv, { recursive: true, force: true })
      await run('python3', ['-m', 'venv', venv], { cwd: '.', env, timeout: 120 })
      await run(join(venv, 'bin', 'pip'), ['install', '--quiet', ...requirements], { cwd: '.', env, timeout: 600 })
      writeFileSync(ready, '') // last, so that its presence means a complete installation
    } catch (error) {
      throw new MissingTool(`${requirements} cannot be installed: ${error instanceof Error ? error.message : error}`)
    }
  }
  return join(venv, 'bin')
}
