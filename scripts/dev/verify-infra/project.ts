import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './run.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** The parts of the repository that `cdktf` needs. */
const PARTS = ['infra', 'handlers', 'scripts', 'sql', 'cdktf.json', 'package.json', 'tsconfig.json']

/** A resource in Terraform's state. */
export interface Resource {
  readonly type: string
  readonly name: string
  readonly values: Readonly<Record<string, unknown>>
}

/** The actions of a plan: `<type>.<name without its hash>` → `create`, `update`, `delete`. */
export type Changes = Readonly<Record<string, string>>

/** A temporary copy of the repository to deploy from. The steps change its files and write Terraform's state into it. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'chatlake-verify-'))
  readonly #env: NodeJS.ProcessEnv

  /** @param mirror the directory with Terraform's providers */
  constructor(env: NodeJS.ProcessEnv, mirror: string) {
    for (const part of PARTS) cpSync(join(ROOT, part), join(this.folder, part), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'))
    const config = join(this.folder, 'terraform.rc')
    writeFileSync(
      config,
      `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
    )
    this.#env = { ...env, TF_CLI_CONFIG_FILE: config, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Runs `npx cdktf …`, like an operator. */
  cdktf(args: readonly string[], { env = {}, timeout = 240, accept = [0] }: Run = {}) {
    return run('npx', ['--no-install', 'cdktf', ...args], {
      cwd: this.folder,
      env: { ...this.#env, ...env },
      timeout,
      accept,
    })
  }

  /** Runs terraform in the synthesized stack. */
  terraform(args: readonly string[], { env = {}, timeout = 240, accept = [0] }: Run = {}) {
    const stacks = join(this.folder, 'cdktf.out', 'stacks')
    const [stack = ''] = readdirSync(stacks)
    return run('terraform', args, { cwd: join(stacks, stack), env: { ...this.#env, ...env }, timeout, accept })
  }

  /** Synthesizes and plans. @param refresh whether Terraform first reads every resource from AWS */
  async plan(
    env: NodeJS.ProcessEnv = {},
    { refresh = true } = {},
  ): Promise<{ readonly json: string; readonly changes: Changes }> {
    await this.cdktf(['synth'], { env })
    await this.terraform(['init', '-input=false'], { env })
    await this.terraform(['plan', '-input=false', `-refresh=${refresh}`, '-out', this.planFile], { env })
    const { stdout: json } = await this.terraform(['show', '-json', this.planFile])
    return { json, changes: changesOf(json) }
  }

  get planFile(): string {
    return join(this.folder, 'plan.tfplan')
  }

  /** The resources in Terraform's state. */
  async state(): Promise<readonly Resource[]> {
    const { stdout } = await this.terraform(['show', '-json'])
    return JSON.parse(stdout).values?.root_module?.resources ?? []
  }
}

interface Run {
  readonly env?: NodeJS.ProcessEnv
  readonly timeout?: number
  readonly accept?: readonly number[]
}

function changesOf(plan: string): Changes {
  const { resource_changes = [] } = JSON.parse(plan) as {
    resource_changes?: { mode: string; type: string; name: string; change: { actions: string[] } }[]
  }
  return Object.fromEntries(
    resource_changes
      .filter(({ mode, change }) => mode === 'managed' && change.actions.join() !== 'no-op')
      .map(({ type, name, change }) => [`${type}.${name.replace(/_[0-9A-F]{8}$/, '')}`, change.actions.join('+')]),
  )
}
