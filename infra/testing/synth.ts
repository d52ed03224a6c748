import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'cdktf'
import { sources as registeredSources } from '../../handlers/sources/index.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { ChatlakeStack } from '../chatlake-stack.ts'
import { readSettings } from '../read-settings.ts'

const { context } = JSON.parse(readFileSync(new URL('../../cdktf.json', import.meta.url), 'utf8'))

export type Json = Readonly<Record<string, unknown>>

export interface Statement {
  readonly effect?: string
  readonly principals?: readonly { readonly type: string; readonly identifiers: readonly string[] }[]
  readonly actions: readonly string[]
  readonly resources?: readonly string[]
  readonly condition?: readonly {
    readonly test: string
    readonly variable: string
    readonly values: readonly string[]
  }[]
}

/** The synthesized Terraform JSON of a stack. */
export interface Synthesized {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Json>>>>
  readonly data: {
    readonly aws_iam_policy_document: Readonly<Record<string, { readonly statement: readonly Statement[] }>>
  }
  readonly variable: Readonly<Record<string, Json>>
  readonly terraform: Json
  readonly provider: { readonly aws: readonly Json[] }
}

export interface SynthOptions {
  /** The platforms that can be chosen (default: the registered ones). */
  readonly knownSources?: readonly Source[]
  /** The directory of the bundles (default: `dist/`). */
  readonly dist?: string
}

export interface Synthesis {
  readonly stack: Synthesized
  /** The content of each file, in Base64. */
  readonly files: Readonly<Record<string, string>>
}

/** The results of `synth`, by `env`. */
const syntheses = new Map<string, Synthesis>()

/** The same as `synthesize`, but once per process for each `env`. The result is shared: do not change it. */
export function synth(env: NodeJS.ProcessEnv = {}): Synthesis {
  const key = JSON.stringify(env)
  const synthesis = syntheses.get(key) ?? synthesize(env)
  syntheses.set(key, synthesis)
  return synthesis
}

/** Synthesizes a stage of all platforms with cdktf.json's settings and each webhook setting's example. `env` overrides. */
export function synthesize(
  env: NodeJS.ProcessEnv = {},
  { knownSources = registeredSources, dist }: SynthOptions = {},
): Synthesis {
  const outdir = mkdtempSync(join(tmpdir(), 'chatlake-synth-'))
  try {
    const app = new App({ outdir })
    const all = { CHATLAKE_SOURCES: knownSources.map(({ name }) => name).join() }
    const settings = readSettings(context, { ...all, ...examples(knownSources), ...env }, knownSources)
    new ChatlakeStack(app, settings, dist)
    app.synth()
    const folder = join(outdir, 'stacks', `chatlake-${settings.stage}`)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map(name => join(folder, name))
      .filter(path => statSync(path).isFile())
      .map(path => [path.slice(folder.length), readFileSync(path, 'base64')])
    return {
      stack: JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8')),
      files: Object.fromEntries(files),
    }
  } finally {
    rmSync(outdir, { recursive: true })
  }
}

/** The example of every setting of the webhooks, as environment variables. */
export const examples = (sources: readonly Source[] = registeredSources): Record<string, string> =>
  Object.fromEntries(
    sources.flatMap(({ webhook }) => webhook.settings.map(({ name, example }) => [`CHATLAKE_${name}S`, example])),
  )

/** A stack in readable form: without hashes, and `${aws_kms_key.key_0A1B2C3D.arn}` becomes `key.arn`. */
export function readable({ stack }: { readonly stack: Synthesized }): Synthesized {
  const text = JSON.stringify(stack)
    .replace(/_[0-9A-F]{8}\b/g, '')
    .replace(/\$\{data\.aws_caller_identity\.deployer\.account_id\}/g, 'ACCOUNT')
    .replace(/\$\{(?:data\.)?aws_\w+\.([\w-]+\.\w+)\}/g, '$1')
  return JSON.parse(text)
}

/** The named attributes of every resource of a type, by the resource's id. */
export const attributes = ({ resource }: Synthesized, type: string, ...names: readonly string[]) =>
  Object.fromEntries(
    Object.entries(resource[type] ?? {}).map(([id, values]) => [
      id,
      Object.fromEntries(names.map(name => [name, values[name]])),
    ]),
  )

/** The statements of the policy document that a reference names, one line each. */
export const policyLines = ({ data }: Synthesized, reference: unknown): readonly string[] =>
  (data.aws_iam_policy_document[String(reference).replace(/\.json$/, '')]?.statement ?? []).map(
    ({ effect = 'Allow', principals = [], actions, resources = [], condition = [] }) =>
      [
        effect,
        ...principals.flatMap(({ identifiers }) => identifiers),
        actions.join(' '),
        resources.length > 0 ? `on ${resources.join(' ')}` : '',
        ...condition.map(({ test, variable, values }) => `if ${test} ${variable} ${values.join(' ')}`),
      ]
        .filter(Boolean)
        .join(' '),
  )
