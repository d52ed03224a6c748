import { sources as registeredSources } from '../handlers/sources/index.ts'
import type { Source } from '../handlers/sources/source.ts'
import { nearest } from '../sql/nearest.ts'
import { itemsOf } from './setting-types.ts'
import {
  type Declaration,
  type DeclaredSettings,
  declarationsOf,
  declaredSettings,
  type Settings,
  settingNameOf,
} from './settings.ts'

/** Settings that cannot be deployed. Each line of the message says what to write instead. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/**
 * Reads and checks the settings.
 * @param context of cdktf.json
 * @param knownSources the platforms that can be chosen
 * @throws SettingsError that names everything that is wrong
 */
export function readSettings(
  context: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
  knownSources: readonly Source[] = registeredSources,
): Settings {
  const problems: string[] = []
  const rawValue = (name: string) => env[variableOf(name)] ?? context[name]
  const refuse = (name: string, write: string, is = describe(rawValue(name))) =>
    problems.push(`${name} ${is}: write ${write} (in cdktf.json's context, or as ${variableOf(name)})`)

  const entries = Object.entries<Declaration<unknown>>(declarationsOf(knownSources)).map(([name, { type }]) => {
    const value = type.parse(rawValue(name))
    if (value === undefined) refuse(name, type.write(rawValue(name)))
    return [name, value] as const
  })
  const values = Object.fromEntries(entries) as Partial<DeclaredSettings> // what is refused is undefined

  const webhookSettings: Record<string, string> = {}
  for (const { name: source, webhook } of values.sources ?? []) {
    for (const setting of webhook.settings) {
      const name = settingNameOf(setting)
      const items = itemsOf(rawValue(name))
      const write = `${setting.write}, or leave ${source} out of sources`
      if (items.length === 0) refuse(name, write, 'is empty')
      else if (!items.every(setting.accepts)) refuse(name, write)
      webhookSettings[setting.name] = items.join(',')
    }
  }

  for (const { name } of values.retiringSources ?? []) {
    if (values.sources?.some(source => source.name === name))
      refuse('retiringSources', `platforms that are not in sources, as ${name} is, or nothing`)
  }

  for (const name of ['webAclArn', 'codeSigningConfigArn', 'alarmTopicArn'] as const) {
    const region = values[name]?.split(':')[3] // arn:aws:<service>:<region>:…
    if (region && values.region && region !== values.region)
      refuse(name, `an ARN of ${values.region}, the region of the deployment`)
  }

  if (values.runtime === 'nodejs24.x' && values.providerVersion?.startsWith('5.'))
    refuse('runtime', 'nodejs22.x, or set providerVersion to 6.25.0: 5.100.0 does not know this runtime')

  if (values.alarmTopicArn && values.alarmEmail && values.alarmEmail.length > 0)
    refuse(
      'alarmEmail',
      'nothing, because the owner of alarmTopicArn subscribes addresses, or leave alarmTopicArn empty',
    )

  if (values.lakeFormation && values.analysts?.length === 0)
    refuse('lakeFormation', 'false, or name in analysts who may assume the role that gets the grants')

  problems.push(...unknownNames(context, env, knownSources))
  if (problems.length > 0) throw new SettingsError(problems.join('\n'))
  const accepted = values as DeclaredSettings
  return { ...accepted, stateRegion: accepted.stateRegion || accepted.region, webhookSettings, knownSources }
}

/** A sentence for each name in the context or the environment that is not a setting. */
function unknownNames(
  context: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
  knownSources: readonly Source[],
): string[] {
  const known = declaredSettings(knownSources).map(({ name }) => name)
  const sentences = (names: readonly string[], known: readonly string[]) =>
    names
      .filter(name => !known.includes(name))
      .map(name => {
        const meant = nearest(name, known)
        return `${name} is not a setting: ${meant ? `write ${meant}` : 'infra/README.md lists them'}`
      })
  return [
    ...sentences(Object.keys(context).filter(isNotOfCdktf), known),
    ...sentences(
      Object.keys(env).filter(name => name.startsWith(PREFIX)),
      known.map(variableOf),
    ),
  ]
}

const describe = (raw: unknown) => (raw === undefined ? 'is missing' : `is ${JSON.stringify(raw)}`)

const PREFIX = 'CHATLAKE_'

/** The environment variable of a setting: CHATLAKE_TIME_ZONE of timeZone. */
const variableOf = (name: string) => PREFIX + name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()

/** False for cdktf's own context: its version and its feature flags. */
const isNotOfCdktf = (name: string) => !/^@?cdktf|^(excludeStackId|allowSepChars)/.test(name)
