import { sources as allSources } from '../handlers/sources/index.ts'
import type { Source } from '../handlers/sources/source.ts'

/** What a deployment is: the context of cdktf.json, each name overridable as CHATLAKE_<NAME> in the environment. */
export interface Settings {
  /** Tells deployments of one account apart; part of every name. */
  readonly stage: string
  readonly region: string
  /** The lake's: where its days begin and end. */
  readonly timeZone: string
  /** Platforms to take messages from. */
  readonly sources: readonly Source[]
  /** The plain settings of the sources' webhooks, by their variables' names. */
  readonly webhookSettings: Readonly<Record<string, string>>
  /** Buckets are `<bucketPrefix>-<stage>-<purpose>-<account>`. */
  readonly bucketPrefix: string
  /** Whether TF_VAR_secrets gives the webhooks' secrets in this run. */
  readonly secretsGiven: boolean
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
  /** Whether `destroy` may delete buckets that hold messages. */
  readonly forceDestroy: boolean
  /** The S3 bucket of Terraform's state; empty for a local file. */
  readonly stateBucket: string
}

/** Settings that cannot be deployed; its message says, line by line, what to write instead. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/**
 * Reads and checks the settings.
 * @param context a value of cdktf.json's context, by name
 * @throws SettingsError naming everything that is wrong
 */
export function readSettings(context: (name: string) => unknown, env: NodeJS.ProcessEnv): Settings {
  const read = new Reader(context, env)
  const sources = read.sources('sources')
  const settings: Settings = {
    stage: read.text('stage', /^[a-z][a-z0-9]{0,11}$/, 'up to 12 lower-case letters and digits, as prod'),
    region: read.text('region', /^(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-\d$/, 'an AWS region, as sa-east-1'),
    timeZone: read.timeZone('timeZone'),
    sources,
    webhookSettings: read.webhookSettings(sources),
    bucketPrefix: read.text(
      'bucketPrefix',
      /^(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{1,26}[a-z0-9]$/,
      "3 to 28 lower-case letters, digits and hyphens, as S3 wants them, as acme-chatlake; the stage and the account's id are appended",
    ),
    secretsGiven: read.secretsGiven(sources),
    secretsVersion: read.number('secretsVersion', 1, 1_000_000),
    retentionDays: read.number('retentionDays', 0, 36_500),
    logRetentionDays: read.oneOf('logRetentionDays', LOG_RETENTION_DAYS),
    runtime: read.text(
      'runtime',
      /^nodejs(2\d|[3-9]\d)\.x$/,
      "one of Lambda's Node.js runtimes from 20 on, as nodejs22.x",
    ),
    ingestMemoryMb: read.number('ingestMemoryMb', 128, 10_240),
    transformMemoryMb: read.number('transformMemoryMb', 512, 10_240),
    ingestConcurrency: read.number('ingestConcurrency', -1, 10_000),
    throttleRate: read.number('throttleRate', 1, 10_000),
    throttleBurst: read.number('throttleBurst', 1, 5000),
    athenaScanLimitGb: read.number('athenaScanLimitGb', 1, 100_000),
    alarmEmail: read.text(
      'alarmEmail',
      /^([^\s@,]+@[^\s@,.]+(\.[^\s@,.]+)+)?$/,
      'one address, as ops@example.com, or nothing',
    ),
    apiGatewayAccount: read.boolean('apiGatewayAccount'),
    maintainers: read.list(
      'maintainers',
      /^arn:aws:iam::\d{12}:(role|user)\/\S+$/,
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
  }
  read.finish()
  return settings
}

const BUCKET_OR_NOTHING = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/

/** What CloudWatch Logs takes. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

class Reader {
  readonly #context: (name: string) => unknown
  readonly #env: NodeJS.ProcessEnv
  readonly #problems: string[] = []

  constructor(context: (name: string) => unknown, env: NodeJS.ProcessEnv) {
    this.#context = context
    this.#env = env
  }

  finish(): void {
    if (this.#problems.length > 0) throw new SettingsError(this.#problems.join('\n'))
  }

  text(name: string, pattern: RegExp, write: string): string {
    const value = this.#value(name)
    if (typeof value === 'string' && pattern.test(value)) return value
    return this.#refuse(name, value, write, '')
  }

  number(name: string, least: number, most: number): number {
    const value = Number(this.#scalar(name))
    if (Number.isInteger(value) && value >= least && value <= most) return value
    return this.#refuse(name, this.#value(name), `a whole number from ${least} to ${most}`, least)
  }

  oneOf(name: string, values: readonly number[]): number {
    const value = Number(this.#scalar(name))
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

  /** A name that Lambda's Node.js, EventBridge Scheduler and Athena all know, so no offset and no other case. */
  timeZone(name: string): string {
    const value = this.#value(name)
    if (typeof value === 'string' && ianaName(value) === value) return value
    const meant = typeof value === 'string' ? ianaName(value) : undefined
    return this.#refuse(name, value, `an IANA time zone, as ${meant ?? 'America/Sao_Paulo'}`, 'UTC')
  }

  sources(name: string): readonly Source[] {
    const names = this.#list(name)
    const known = allSources.map(source => source.name)
    if (names.length > 0 && names.every(item => known.includes(item)))
      return allSources.filter(source => names.includes(source.name))
    return this.#refuse(name, this.#value(name), `one or more of ${known.join(', ')}`, [])
  }

  /** TELEGRAM_CHAT_ID is the setting telegramChatIds, and so on for every source's. */
  webhookSettings(sources: readonly Source[]): Record<string, string> {
    const values: Record<string, string> = {}
    for (const { name: source, webhook } of sources) {
      for (const setting of webhook.settings) {
        const name = `${camelCase(setting.name)}s`
        const items = this.#list(name)
        const write = `${setting.write}, or leave ${source} out of sources`
        if (items.length === 0) this.#problems.push(`${name} is empty: write ${write}${this.#places(name)}`)
        else if (!items.every(setting.accepts)) this.#refuse(name, this.#value(name), write, '')
        values[setting.name] = items.join(',')
      }
    }
    return values
  }

  /** Not from the context: secrets never stand in a file of the repository. Never quoted in a problem. */
  secretsGiven(sources: readonly Source[]): boolean {
    const text = this.#env.TF_VAR_secrets
    if (!text) return false
    const needed = sources.flatMap(({ webhook }) => webhook.secrets)
    let values: Record<string, unknown> = {}
    try {
      values = Object(JSON.parse(text))
    } catch {
      // its own message would quote the secret
    }
    const isValid = (value: unknown) => (Array.isArray(value) ? value.length > 0 && value.every(isText) : isText(value))
    const missing = needed.filter(name => !isValid(values[name]))
    if (missing.length > 0) {
      this.#problems.push(
        `TF_VAR_secrets lacks ${missing.join(', ')}: write a JSON object with ${needed.join(', ')}, each a text or, during a rotation, a list of the valid ones`,
      )
    }
    return true
  }

  #value(name: string): unknown {
    return this.#env[variableOf(name)] ?? this.#context(name)
  }

  /** A value that `Number` may read: it takes an empty text and a list for 0. */
  #scalar(name: string): unknown {
    const value = this.#value(name)
    return (typeof value === 'string' && value.trim() !== '') || typeof value === 'number' ? value : Number.NaN
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

const isText = (value: unknown) => typeof value === 'string' && value !== ''

const variableOf = (name: string) => `CHATLAKE_${name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`

const camelCase = (variable: string) =>
  variable.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** A zone's name in its right case; undefined where there is no such zone. */
function ianaName(zone: string): string | undefined {
  if (!/^[A-Za-z]/.test(zone)) return undefined
  try {
    const { timeZone } = new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions()
    // an alias resolves to another name: then it is right as it stands
    return timeZone.toLowerCase() === zone.toLowerCase() ? timeZone : zone
  } catch {
    return undefined
  }
}
