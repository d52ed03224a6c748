import { fork } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { unzipSync } from 'fflate'
import type { Resource } from './project.ts'

const INVOKE = fileURLToPath(new URL('invoke.mjs', import.meta.url))

/** Runs deployed functions like Lambda, with the zip, environment and role of Terraform's state. */
export class Functions {
  /** All lines that the functions logged. */
  readonly log: string[] = []
  readonly #functions: ReadonlyMap<string, Resource['values']>
  readonly #stackFolder: string
  readonly #env: NodeJS.ProcessEnv

  constructor(state: readonly Resource[], stackFolder: string, env: NodeJS.ProcessEnv) {
    const functions = state.filter(({ type }) => type === 'aws_lambda_function')
    this.#functions = new Map(functions.map(({ values }) => [String(values.function_name), values]))
    this.#stackFolder = stackFolder
    this.#env = env
  }

  get names(): string[] {
    return [...this.#functions.keys()]
  }

  environmentOf(name: string): Readonly<Record<string, string>> {
    const [environment] = this.#valuesOf(name).environment as { variables: Record<string, string> }[]
    return environment?.variables ?? {}
  }

  /** @throws an Error with the text of what the handler threw */
  async invoke(name: string, event: unknown): Promise<unknown> {
    const bundle = join(this.#unzip(name), 'index.mjs')
    const env = { ...this.#env, ...(await this.#credentialsOf(name)), ...this.environmentOf(name) }
    const child = fork(INVOKE, [bundle], { env, execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    let log = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      log += chunk
    })
    const answered = new Promise<{ answer?: unknown; error?: string }>((resolve, reject) => {
      child.once('message', message => resolve(message as { answer?: unknown; error?: string }))
      child.once('error', reject)
      child.once('exit', code => reject(new Error(`${name} ended with ${code} without an answer`)))
    })
    child.send(event as object)
    const { answer, error } = await answered
    await new Promise(resolve => child.once('close', resolve))
    this.log.push(...log.split('\n').filter(Boolean))
    if (error !== undefined) throw new Error(error)
    return answer
  }

  #valuesOf(name: string): Resource['values'] {
    const values = this.#functions.get(name)
    if (!values) throw new Error(`there is no function ${name} in the state`)
    return values
  }

  #unzip(name: string): string {
    const filename = String(this.#valuesOf(name).filename)
    const folder = join(this.#stackFolder, 'unzipped', name)
    mkdirSync(folder, { recursive: true })
    const zip = readFileSync(isAbsolute(filename) ? filename : join(this.#stackFolder, filename))
    for (const [file, bytes] of Object.entries(unzipSync(zip))) writeFileSync(join(folder, file), bytes)
    return folder
  }

  async #credentialsOf(name: string): Promise<NodeJS.ProcessEnv> {
    const RoleArn = String(this.#valuesOf(name).role)
    const { Credentials } = await new STSClient().send(new AssumeRoleCommand({ RoleArn, RoleSessionName: name }))
    return {
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials?.SessionToken,
    }
  }
}
