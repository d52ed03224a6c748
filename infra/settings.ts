import { sources as registeredSources } from '../handlers/sources/index.ts'
import type { Source } from '../handlers/sources/source.ts'
import { nearest } from '../sql/nearest.ts'

/** What a deployment is: the context of cdktf.json, each name overridable as CHATLAKE_<NAME> in the environment. */
export interface Settings {
  /** Tells deployments of one account apart; part of every name. */
  readonly stage: string
  readonly region: string
  /** The lake's: where its days begin and end. */
  readonly timeZone: string
  /** Platforms to take messages from. */
  readonly sources: readonly Source[]
  /** Every platform that can be chosen: what one has left behind keeps its table and expires, also when it is off. */
  readonly knownSources: readonly Source[]
  /** The plain settings of the sources' webhooks, by their variables' names. */
  readonly webhookSettings: Readonly<Record<string, string>>
  /** Buckets are `<bucketPrefix>-<stage>-<purpose>-<account>`. */
  readonly bucketPrefix: string
  /** To be raised with every change of the secrets. */
  readonly secretsVersion: number
  /** Days that messages are kept; 0 keeps them for good. */
  readonly retentionDays: number
  readonly logRetentionDays: number
  readonly runtime: string
  readonly ingestMemoryMb: number
  readonly transformMemoryMb: number
  /** Reserved concurrency of each ingest function; -1 draws on the account's. */
  readonly ingestConcurrency: number
  /** Requests a second, and at once, that each method of the API takes. */
  readonly throttleRate: number
  readonly throttleBurst: number
  /** A query that would read more is stopped. */
  readonly athenaScanLimitGb: number
  /** Where alarms go; empty for nowhere but their topic. */
  readonly alarmEmail: string
  /** Whether this stage sets the role with which API Gateway writes logs: one an account and region. */
  readonly apiGatewayAccount: boolean
  /** ARNs of the roles and users that may take on the maintenance role; none for whoever deploys. */
  readonly maintainers: readonly string[]
  /** The account's bucket for S3 access logs; empty for none. */
  readonly accessLogBucket: string
  /** Whether the buckets tell EventBridge of their objects, for others to follow. */
  readonly bucketEvents: boolean
  /** The account's code signing configuration of Lambda, one that only warns of what is not signed; empty for none. */
  readonly codeSigningConfigArn: string
  /** The account's regional WAF web ACL; empty for none. */
  readonly webAclArn: string
  /** Whether `destroy` may delete the buckets that hold messages, and their key; if not, its plan is refused. */
  readonly forceDestroy: boolean
  /** The S3 bucket of Terraform's state; empty for a local file. */
  readonly stateBucket: string
  /** Where that bucket is. */
  readonly stateRegion: string
}

/** Settings that cannot be deployed; its message says, line by line, what to write instead. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/**
 * Reads and checks the settings.
 * @param context cdktf.json's
 * @param knownSources the platforms that can be chosen
 * @throws SettingsError naming everything that is wrong
 */
export function readSettings(
  context: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
  knownSources: readonly Source[] = registeredSources,
): Settings {
  const read = new Reader(context, env, knownSources)
  const sources = read.sources('sources')
  const region = read.text('region', REGION, 'an AWS region, as sa-east-1')
  const settings: Settings = {
    stage: read.text(
      'stage',
      /^[a-z][a-z0-9]{0,11}$/,
      'up to 12 lower-case letters and digits, beginning with a letter, as prod',
    ),
    region,
    timeZone: read.timeZone('timeZone'),
    sources,
    knownSources,
    webhookSettings: read.webhookSettings(sources),
    bucketPrefix: read.text(
      'bucketPrefix',
      /^(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{1,26}[a-z0-9]$/,
      "3 to 28 lower-case letters, digits and hyphens, as S3 wants them, as acme-chatlake; the stage and the account's id are appended",
    ),
    secretsVersion: read.number('secretsVersion', 1, 1_000_000),
    retentionDays: read.number('retentionDays', 0, 36_500),
    logRetentionDays: read.oneOf('logRetentionDays', LOG_RETENTION_DAYS),
    runtime: read.text(
      'runtime',
      /^nodejs[2-9][02468]\.x$/,
      "one of Lambda's Node.js runtimes, even from 20 on, as nodejs22.x",
    ),
    ingestMemoryMb: read.number('ingestMemoryMb', 128, 10_240),
    transformMemoryMb: read.number('transformMemoryMb', 512, 10_240),
    ingestConcurrency: read.number('ingestConcurrency', 1, 10_000, -1),
    throttleRate: read.number('throttleRate', 1, 10_000),
    throttleBurst: read.number('throttleBurst', 1, 5000),
    athenaScanLimitGb: read.number('athenaScanLimitGb', 1, 100_000),
    alarmEmail: read.text(
      'alarmEmail',
      /^([\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+)?$/i,
      'one address, as ops@example.com, or nothing',
    ),
    apiGatewayAccount: read.boolean('apiGatewayAccount'),
    maintainers: read.list(
      'maintainers',
      /^arn:aws:iam::\d{12}:(role|user)\/[\w+=.@/-]+$/,
      'ARNs of IAM roles or users, or nothing',
    ),
    accessLogBucket: read.text(
      'accessLogBucket',
      BUCKET_OR_NOTHING,
      'the name of an S3 bucket that exists, or nothing',
    ),
    bucketEvents: read.boolean('bucketEvents'),
    codeSigningConfigArn: read.text(
      'codeSigningConfigArn',
      /^(arn:aws:lambda:[a-z0-9-]+:\d{12}:code-signing-config:\S+)?$/,
      "the ARN of one of Lambda's code signing configurations, or nothing",
    ),
    webAclArn: read.text(
      'webAclArn',
      /^(arn:aws:wafv2:[a-z0-9-]+:\d{12}:regional\/webacl\/\S+)?$/,
      'the ARN of a regional web ACL of WAF, or nothing',
    ),
    forceDestroy: read.boolean('forceDestroy'),
    stateBucket: read.text('stateBucket', BUCKET_OR_NOTHING, 'the name of an S3 bucket that exists, or nothing'),
    stateRegion:
      read.text('stateRegion', new RegExp(`${REGION.source}|^$`), "its AWS region, or nothing for the deployment's") ||
      region,
  }
  read.finish()
  return settings
}

const REGION = /^(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-\d$/

const BUCKET_OR_NOTHING = /^((?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/

/** What CloudWatch Logs takes. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

class Reader {
  readonly #context: Readonly<Record<string, unknown>>
  readonly #env: NodeJS.ProcessEnv
  readonly #knownSources: readonly Source[]
  readonly #problems: string[] = []
  readonly #known: string[] = []

  constructor(context: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv, knownSources: readonly Source[]) {
    this.#context = context
    this.#env = env
    this.#knownSources = knownSources
  }

  finish(): void {
    // every chat's setting is one, also of a source that is left out
    for (const { webhook } of this.#knownSources) this.#known.push(...webhook.settings.map(settingOf))
    this.#refuseUnknown(Object.keys(this.#context).filter(isOurs), this.#known)
    this.#refuseUnknown(
      Object.keys(this.#env).filter(name => name.startsWith(PREFIX)),
      this.#known.map(variableOf),
    )
    if (this.#problems.length > 0) throw new SettingsError(this.#problems.join('\n'))
  }

  text(name: string, pattern: RegExp, write: string): string {
    const value = this.#value(name)
    if (typeof value === 'string' && pattern.test(value)) return value
    return this.#refuse(name, value, write, '')
  }

  /** @param or a number that has a meaning of its own */
  number(name: string, least: number, most: number, or?: number): number {
    const value = this.#number(name)
    if (value === or || (Number.isInteger(value) && value >= least && value <= most)) return value
    const write = `a whole number from ${least} to ${most}${or === undefined ? '' : `, or ${or}`}`
    return this.#refuse(name, this.#value(name), write, least)
  }

  oneOf(name: string, values: readonly number[]): number {
    const value = this.#number(name)
    if (values.includes(value)) return value
    return this.#refuse(name, this.#value(name), `one of ${values.join(', ')}`, 0)
  }

  boolean(name: string): boolean {
    const value = String(this.#value(name))
    if (value === 'true' || value === 'false') return value === 'true'
    return this.#refuse(name, this.#value(name), 'true or false', false)
  }

  list(name: string, pattern: RegExp, write: string): readonly string[] {
    const items = this.#list(name)
    if (items.every(item => pattern.test(item))) return items
    return this.#refuse(name, this.#value(name), write, [])
  }

  /** A name that Lambda's Node.js, EventBridge Scheduler and Athena all know: no offset, no other case, no old alias. */
  timeZone(name: string): string {
    const value = this.#value(name)
    const meant = typeof value === 'string' ? zoneMeantBy(value) : undefined
    if (typeof value === 'string' && meant === value) return value
    return this.#refuse(name, value, `an IANA time zone, as ${meant ?? 'America/Sao_Paulo'}`, 'UTC')
  }

  sources(name: string): readonly Source[] {
    const names = this.#list(name)
    const known = this.#knownSources.map(source => source.name)
    if (names.length > 0 && names.every(item => known.includes(item)))
      return this.#knownSources.filter(source => names.includes(source.name))
    return this.#refuse(name, this.#value(name), `one or more of ${known.join(', ')}`, [])
  }

  /** TELEGRAM_CHAT_ID is the setting telegramChatIds, and so on for every source's. */
  webhookSettings(sources: readonly Source[]): Record<string, string> {
    const values: Record<string, string> = {}
    for (const { name: source, webhook } of sources) {
      for (const setting of webhook.settings) {
        const name = settingOf(setting)
        const items = this.#list(name)
        const write = `${setting.write}, or leave ${source} out of sources`
        if (items.length === 0) this.#problems.push(`${name} is empty: write ${write}${this.#places(name)}`)
        else if (!items.every(setting.accepts)) this.#refuse(name, this.#value(name), write, '')
        values[setting.name] = items.join(',')
      }
    }
    return values
  }

  #value(name: string): unknown {
    this.#known.push(name)
    return this.#env[variableOf(name)] ?? this.#context[name]
  }

  /** In decimal digits: `Number` would take 0x10, an empty text and a list as well. */
  #number(name: string): number {
    const value = this.#value(name)
    if (typeof value === 'number') return value
    return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : Number.NaN
  }

  #refuseUnknown(names: readonly string[], known: readonly string[]): void {
    for (const name of names.filter(name => !known.includes(name))) {
      const meant = nearest(name, known)
      this.#problems.push(`${name} is no setting: ${meant ? `write ${meant}` : 'infra/README.md lists them'}`)
    }
  }

  #list(name: string): string[] {
    const value = this.#value(name) ?? []
    const items = Array.isArray(value) ? value : String(value).split(',')
    return items.map(item => String(item).trim()).filter(item => item !== '')
  }

  #refuse<T>(name: string, value: unknown, write: string, instead: T): T {
    const is = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`
    this.#problems.push(`${name} ${is}: write ${write}${this.#places(name)}`)
    return instead
  }

  #places(name: string): string {
    return ` (in cdktf.json's context, or as ${variableOf(name)})`
  }
}

const PREFIX = 'CHATLAKE_'

const variableOf = (name: string) => PREFIX + name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()

/** TELEGRAM_CHAT_ID, of which there may be several, is telegramChatIds. */
const settingOf = ({ name }: { readonly name: string }) =>
  `${name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}s`

/** Whether a name of the context is not cdktf's own, its version and its feature flags. */
const isOurs = (name: string) => !/^@?cdktf|^(excludeStackId|allowSepChars)/.test(name)

/** IANA's names of today where ICU, and with it `Intl`, keeps an older one. */
const RENAMED_ZONES = [
  'Africa/Asmara',
  'America/Argentina/Buenos_Aires',
  'America/Argentina/Catamarca',
  'America/Argentina/Cordoba',
  'America/Argentina/Jujuy',
  'America/Argentina/Mendoza',
  'America/Atikokan',
  'America/Indiana/Indianapolis',
  'America/Kentucky/Louisville',
  'America/Nuuk',
  'Asia/Ho_Chi_Minh',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Yangon',
  'Atlantic/Faroe',
  'Europe/Kyiv',
  'Pacific/Chuuk',
  'Pacific/Kanton',
  'Pacific/Pohnpei',
]

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone'), ...RENAMED_ZONES]

/** The zone's name in its right case, the one that an alias stands for; undefined where there is no such zone. */
function zoneMeantBy(text: string): string | undefined {
  const zone = ZONES.find(zone => zone.toLowerCase() === text.toLowerCase())
  if (zone) return zone
  try {
    const { timeZone } = new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions()
    return ZONES.find(zone => zone === timeZone) // an offset is none, nor is what only ICU knows
  } catch {
    return undefined
  }
}
