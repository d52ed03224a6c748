import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The outputs of the deployed stack. */
export interface Deployed {
  /** An output; undefined where nothing was deployed from this checkout, or the stack lacks the output. */
  find(name: string): Promise<string | undefined>
  /** An output that a command requires. @throws with the option that sets it instead */
  need(name: string, option: string): Promise<string>
}

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

/**
 * The outputs of the stage's stack. Terraform runs once, and only when a command needs an output.
 * @param read runs `terraform output -json` and resolves to its stdout
 */
export function deployed(
  env: NodeJS.ProcessEnv,
  read: () => Promise<string> = () => terraformOutput(stackFolder(env), env),
): Deployed {
  let outputs: Promise<Outputs> | undefined
  const all = () => {
    outputs ??= read().then(parseOutputs)
    return outputs
  }
  return {
    async find(name) {
      const found = await all().catch(() => undefined)
      return found?.[name]
    },
    async need(name, option) {
      let why = `Terraform has no output ${name}`
      try {
        const value = (await all())[name]
        if (value) return value
      } catch (error) {
        why = error instanceof Error ? error.message : String(error)
      }
      throw new Error(`${why}: give ${option}`)
    },
  }
}

export type Outputs = Readonly<Record<string, string>>

/**
 * Parses the stdout of `terraform output -json`, `{"name": {"sensitive": …, "type": …, "value": …}}`. Only the outputs
 * whose value is a string are returned.
 * @see https://developer.hashicorp.com/terraform/cli/commands/output
 */
export function parseOutputs(json: string): Outputs {
  const outputs: Record<string, { readonly value?: unknown }> = JSON.parse(json)
  const texts = Object.entries(outputs).flatMap(([name, output]) =>
    typeof output?.value === 'string' ? [[name, output.value] as const] : [],
  )
  return Object.fromEntries(texts)
}

/** The folder in which cdktf keeps a stage's Terraform. The stage is CHATLAKE_STAGE, else that of cdktf.json, else prod. */
export function stackFolder(env: NodeJS.ProcessEnv, folder = root): string {
  const settings = join(folder, 'cdktf.json')
  const context = existsSync(settings) ? JSON.parse(readFileSync(settings, 'utf8')).context : undefined
  return join(folder, 'cdktf.out', 'stacks', `chatlake-${env.CHATLAKE_STAGE || context?.stage || 'prod'}`)
}

/** Runs `terraform output -json` in a stack's folder. @throws where nothing was deployed, or Terraform fails */
export async function terraformOutput(folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (!existsSync(folder)) throw new Error(`nothing was deployed from this checkout (there is no ${folder})`)
  try {
    const terraform = env.TERRAFORM_BINARY_NAME || 'terraform' // cdktf reads the same variable
    return (await promisify(execFile)(terraform, ['output', '-json'], { cwd: folder })).stdout
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new Error(`terraform output failed in ${folder}: ${(stderr || message).trim()}`)
  }
}
