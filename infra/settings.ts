import { sources as registeredSources } from '../handlers/sources/index.ts'
import type { Source } from '../handlers/sources/source.ts'
import type { Setting } from '../handlers/webhook/configuration.ts'
import {
  boolean,
  date,
  list,
  map,
  oneOf,
  platforms,
  type SettingType,
  type TextMap,
  text,
  timeZone,
  wholeNumber,
} from './setting-types.ts'

/** One setting. Its type, reader, refusal and line in README.md derive from it. */
export interface Declaration<T> {
  readonly type: SettingType<T>
  /** The value in the repository's cdktf.json. */
  readonly default: string | number | boolean | readonly string[] | TextMap
  /** What it is for, as Markdown: the text of README.md's table. */
  readonly description: string
}

/** The regions of AWS outside of China and of governments. */
const REGIONS = [
  ...['af-south-1', 'ap-east-1', 'ap-east-2', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-south-1'],
  ...['ap-south-2', 'ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5'],
  ...['ap-southeast-6', 'ap-southeast-7', 'ca-central-1', 'ca-west-1', 'eu-central-1', 'eu-central-2', 'eu-north-1'],
  ...['eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'il-central-1', 'me-central-1', 'me-south-1'],
  ...['mx-central-1', 'sa-east-1', 'us-east-1', 'us-east-2', 'us-west-1', 'us-west-2'],
] as const

const REGION = new RegExp(`^(${REGIONS.join('|')})$`)

const BUCKET_OR_EMPTY = /^((?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/

/** @see https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
const TAG_NAME = /^(?!aws:|chatlake:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/iu

const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256}$/u

/** The numbers of days that CloudWatch Logs accepts. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

/** Every setting except those of the platforms' webhooks, which the platforms declare. */
export const declarationsOf = (knownSources: readonly Source[]) =>
  ({
    stage: {
      type: text(
        /^[a-z][a-z0-9]{0,11}$/,
        'up to 12 lower-case letters and digits, beginning with a letter, such as prod',
      ),
      default: 'prod',
      description:
        'Part of every name. Several stages share an account: ' +
        '`CHATLAKE_STAGE=dev CHATLAKE_API_GATEWAY_ACCOUNT=false npx cdktf apply`',
    },
    region: {
      type: text(REGION, 'an AWS region, such as sa-east-1'),
      default: 'sa-east-1',
      description:
        'The AWS region. It cannot change once the stage is deployed: choose another stage for another region',
    },
    timeZone: {
      type: timeZone,
      default: 'America/Sao_Paulo',
      description:
        "The lake's time zone: a day begins at its midnight. A lake keeps it: another one is refused at the plan",
    },
    since: {
      type: date,
      default: '2023-01-01',
      description:
        "The first day that Athena's tables have. The saved queries begin at 2023-01-01 unless you give `--from`. " +
        'An earlier day makes a query that names no day slower: Athena asks S3 for each day',
    },
    sources: {
      type: platforms(knownSources),
      default: ['whatsapp', 'telegram'],
      description: 'The platforms to receive messages from',
    },
    retiringSources: {
      type: platforms(knownSources, 0),
      default: [],
      description:
        'Platforms that are being [switched off](#switch-a-platform-off): they receive nothing, ' +
        'and their last day is still transformed',
    },
    bucketPrefix: {
      type: text(
        /^(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{1,26}[a-z0-9]$/,
        '3 to 28 lower-case letters, digits and hyphens that S3 accepts, such as acme-chatlake; ' +
          "the stage and the account's id are appended",
      ),
      default: 'chatlake',
      description:
        'Buckets are `<bucketPrefix>-<stage>-raw-<account>`, `…-enriched-<account>` and `…-results-<account>`. ' +
        'It cannot change once the stage is deployed',
    },
    secretsVersion: {
      type: wholeNumber(1, 1_000_000),
      default: 1,
      description:
        'Raise it whenever the secrets change, and set `TF_VAR_secrets` in that run: without it the plan is refused',
    },
    secretsByHand: {
      type: boolean,
      default: false,
      description:
        'Whether people put the secrets into Secrets Manager themselves: the stack then makes the secret ' +
        '`chatlake-<stage>-webhooks` without a value, and ignores `TF_VAR_secrets`. ' +
        'Until it has a value, the webhooks refuse everything',
    },
    retentionDays: {
      type: wholeNumber(0, 36_500),
      default: 0,
      description: 'Days after which messages are deleted ([details](#how-long-messages-stay)); 0 keeps them for good',
    },
    logRetentionDays: {
      type: oneOf(LOG_RETENTION_DAYS),
      default: 365,
      description: 'Days after which log lines are deleted',
    },
    providerVersion: {
      type: text(
        /^(5\.100\.\d+|6\.(\d|1\d|2[0-5])\.\d+)$/,
        'a version of the AWS provider for Terraform from 5.100.0 to 6.25.0',
      ),
      default: '5.100.0',
      description:
        "The AWS provider's version. `verify:infra` deploys with the default; " +
        '[what is known of the others](#which-provider-version)',
    },
    runtime: {
      type: text(/^nodejs[2-9][02468]\.x$/, "one of Lambda's Node.js runtimes, even from 20 on, such as nodejs22.x"),
      default: 'nodejs22.x',
      description:
        "The functions' runtime, `nodejs20.x` or later, even versions only ([when to move](#the-nodejs-runtime))",
    },
    ingestMemoryMb: {
      type: wholeNumber(128, 10_240),
      default: 512,
      description: 'Memory of each ingest function, in MB',
    },
    transformMemoryMb: {
      type: wholeNumber(512, 10_240),
      default: 2048,
      description: 'Memory of each transform function, in MB',
    },
    ingestConcurrency: {
      type: wholeNumber(1, 10_000, -1),
      default: -1,
      description:
        'Reserved concurrency of each ingest function; -1 reserves none. ' +
        "A new account's limit is too low to reserve any",
    },
    throttleRate: {
      type: wholeNumber(1, 10_000),
      default: 500,
      description:
        "Deliveries per second that each platform's webhook accepts; the others get a 429 and are delivered again " +
        '([how to choose it](#how-many-deliveries-a-second))',
    },
    throttleBurst: {
      type: wholeNumber(1, 5000),
      default: 1000,
      description: "Deliveries that each platform's webhook accepts at once, after a quiet time, beyond `throttleRate`",
    },
    athenaScanLimitGb: {
      type: wholeNumber(1, 100_000),
      default: 10,
      description: 'Athena cancels a query that scans more than this, in GB',
    },
    alarmEmail: {
      type: list(
        /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i,
        'addresses, such as ops@example.com, or nothing',
      ),
      default: [],
      description: 'Addresses that are subscribed to the topic of the alarms',
    },
    alarmTopicArn: {
      type: text(/^(arn:aws:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256})?$/, 'the ARN of an SNS topic, or nothing'),
      default: '',
      description:
        'A topic of yours for the alarms, instead of one of the stack. ' +
        'Its policy, and that of its key, must let `cloudwatch.amazonaws.com` publish; its owner subscribes addresses',
    },
    silenceHours: {
      type: wholeNumber(1, 168, 0),
      default: 24,
      description:
        'Hours without a new message of a platform after which an alarm sounds, up to 168; 0 for never. ' +
        'Choose more than the longest quiet time of your week: 72 where nobody writes from Friday to Monday',
    },
    dashboard: {
      type: boolean,
      default: true,
      description: "Whether there is a CloudWatch dashboard; the account's first three are free, then 3.00 a month",
    },
    monthlyBudgetUsd: {
      type: wholeNumber(1, 10_000_000, 0),
      default: 0,
      description:
        'A budget in US dollars a month, of which AWS Budgets tells the topic of the alarms ([details](#the-budget)); ' +
        '0 for none',
    },
    apiGatewayAccount: {
      type: boolean,
      default: true,
      description:
        "Whether this stage sets [API Gateway's log role](#two-stages-in-an-account), of which an account has one per " +
        'region: `false` where another stage or team sets it',
    },
    maintainers: {
      type: list(/^arn:aws:iam::\d{12}:(role|user)\/[\w+=.@/-]+$/, 'ARNs of IAM roles or users, or nothing'),
      default: [],
      description:
        'ARNs of the roles and users that may assume the maintenance role, the only one that can replace a raw object. ' +
        "If empty, whoever the account's IAM allows `sts:AssumeRole` on it: administrators",
    },
    allowedAccountIds: {
      type: list(/^\d{12}$/, 'ids of AWS accounts, such as 123456789012, or nothing'),
      default: [],
      description: 'The only accounts that a plan may be for. With credentials of another account it is refused',
    },
    permissionsBoundary: {
      type: text(/^(arn:aws:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+)?$/, 'the ARN of an IAM policy, or nothing'),
      default: '',
      description: 'The permissions boundary of every role, where the organisation demands one',
    },
    rolePath: {
      type: text(/^\/([\w+=,.@-]+\/)*$/, 'a path that begins and ends with a slash, such as /chatlake/'),
      default: '/',
      description: 'The path of every role and of the policy for analysts',
    },
    analysts: {
      type: list(/^arn:aws:iam::\d{12}:(role|user)\/[\w+=.@/-]+$/, 'ARNs of IAM roles or users, or nothing'),
      default: [],
      description:
        'ARNs of the roles and users that may assume the role `chatlake-<stage>-analysts`, ' +
        'which may query and nothing else ([details](#analysts)). If empty, there is the policy alone',
    },
    lakeFormation: {
      type: boolean,
      default: false,
      description: 'Whether Lake Formation governs the account: the role of `analysts` then gets its grants, too',
    },
    tags: {
      type: map(
        (name, value) => TAG_NAME.test(name) && TAG_VALUE.test(value),
        'tags as AWS accepts them, such as {"team": "data"} or team=data,cost-center=42; not aws:… and not chatlake:…',
      ),
      default: {},
      description:
        'Tags of every resource, besides `project` = `chatlake` and `stage`, which they may override. ' +
        'In the environment: `CHATLAKE_TAGS=team=data,cost-center=42`',
    },
    accessLogBucket: {
      type: text(BUCKET_OR_EMPTY, 'the name of an S3 bucket that exists, or nothing'),
      default: '',
      description: "The account's bucket for S3 access logs",
    },
    bucketEvents: {
      type: boolean,
      default: false,
      description: 'Whether the buckets send their events to EventBridge, which charges for each',
    },
    codeSigningConfigArn: {
      type: text(
        /^(arn:aws:lambda:[a-z0-9-]+:\d{12}:code-signing-config:\S+)?$/,
        'the ARN of a code signing configuration of Lambda, or nothing',
      ),
      default: '',
      description: "The account's code signing configuration for Lambda: one that only warns of unsigned code",
    },
    webAclArn: {
      type: text(
        /^(arn:aws:wafv2:[a-z0-9-]+:\d{12}:regional\/webacl\/\S+)?$/,
        'the ARN of a regional web ACL of AWS WAF, or nothing',
      ),
      default: '',
      description: "The account's regional web ACL of AWS WAF, for the API",
    },
    forceDestroy: {
      type: boolean,
      default: false,
      description:
        'Whether `destroy` may delete messages. If not, a plan that would delete raw, enriched or the key is refused ' +
        'and nothing changes. Apply `true` before you destroy',
    },
    stateBucket: {
      type: text(BUCKET_OR_EMPTY, 'the name of an S3 bucket that exists, or nothing'),
      default: '',
      description:
        "A bucket for Terraform's state, with a lock file beside it. " +
        'Without one the state is a file beside `cdktf.json`',
    },
    stateRegion: {
      type: text(new RegExp(`${REGION.source}|^$`), "its AWS region, or nothing for the deployment's"),
      default: '',
      description: 'The region of `stateBucket`. Without one it is `region`',
    },
  }) as const satisfies Readonly<Record<string, Declaration<unknown>>>

type Declarations = ReturnType<typeof declarationsOf>

export type DeclaredSettings = {
  readonly [Name in keyof Declarations]: Declarations[Name] extends Declaration<infer T> ? T : never
}

/** The settings of a deployment: the context of cdktf.json. CHATLAKE_<NAME> in the environment overrides each. */
export interface Settings extends DeclaredSettings {
  /** Every platform that can be chosen. One that is not chosen keeps its table, and its objects still expire. */
  readonly knownSources: readonly Source[]
  /** The settings of the platforms' webhooks, by their environment variables' names, such as TELEGRAM_CHAT_ID. */
  readonly webhookSettings: Readonly<Record<string, string>>
}

/** The declaration of one setting, without its type. */
export interface DeclaredSetting extends Pick<Declaration<unknown>, 'default' | 'description'> {
  readonly name: string
}

/** All settings, with those of the platforms' webhooks, in the order of cdktf.json. */
export function declaredSettings(knownSources: readonly Source[] = registeredSources): readonly DeclaredSetting[] {
  const ofWebhooks = knownSources.flatMap(({ webhook }) =>
    webhook.settings.map(setting => ({ name: settingNameOf(setting), default: [], description: setting.description })),
  )
  return Object.entries<Declaration<unknown>>(declarationsOf(knownSources)).flatMap(([name, declaration]) => [
    { name, default: declaration.default, description: declaration.description },
    ...(name === 'sources' ? ofWebhooks : []),
  ])
}

/** The setting of a webhook's variable: telegramChatIds of TELEGRAM_CHAT_ID, because it takes several. */
export const settingNameOf = ({ name }: Pick<Setting, 'name'>) =>
  `${name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}s`
