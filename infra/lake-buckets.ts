import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js'
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js'
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js'
import {
  S3BucketLifecycleConfiguration,
  type S3BucketLifecycleConfigurationRule,
} from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js'
import { S3BucketLoggingA } from '@cdktf/provider-aws/lib/s3-bucket-logging/index.js'
import { S3BucketNotification } from '@cdktf/provider-aws/lib/s3-bucket-notification/index.js'
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js'
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy/index.js'
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js'
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js'
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning/index.js'
import { S3Object } from '@cdktf/provider-aws/lib/s3-object/index.js'
import type { TerraformResourceLifecycle } from 'cdktf'
import { Construct } from 'constructs'
import { LAKE_KEY, rawDaysPrefix, tablePrefix } from '../handlers/lake/layout.ts'
import { lakeJson } from '../handlers/lake/time-zone.ts'
import { tablesOf } from '../handlers/sources/tables.ts'
import type { Deployment } from './deployment.ts'
import { FixedSettings } from './fixed-settings.ts'
import type { LakeKey } from './lake-key.ts'
import { type Binding, policyDocument, roleSettings, type Statement } from './policy.ts'

/** Days that S3 keeps noncurrent versions, so that an operator can restore them; never more than `retentionDays`. */
const NONCURRENT_DAYS = 30

/** Days that S3 keeps query results, which can be computed again; never more than `retentionDays`. */
const RESULT_DAYS = 30

interface BucketProps {
  readonly deployment: Deployment
  readonly key: LakeKey
  readonly purpose: string
  /** Checks what must not change. Where it refuses, Terraform plans nothing for the bucket. */
  readonly after: IamRole
  /** Days after which the objects under a prefix expire, by prefix; 0 for never. */
  readonly lifecycle: Readonly<Record<string, number>>
  /** Whether `destroy` may delete the bucket and its objects. If not, Terraform refuses to plan that. */
  readonly forceDestroy: boolean
  /** Whether the bucket has lake.json, with the lake's time zone. */
  readonly isLake: boolean
  /** Statements of the bucket policy in addition to TlsOnly. */
  readonly deny?: (bucket: S3Bucket) => readonly Statement[]
}

/** A versioned, encrypted, private bucket that accepts only TLS. */
export class LakeBucket extends Construct {
  readonly bucket: string
  readonly arn: string
  readonly #key: LakeKey
  readonly #lakeFile: S3Object | undefined

  constructor(scope: Construct, id: string, props: BucketProps) {
    super(scope, id)
    const { deployment, key, lifecycle, forceDestroy } = props
    const { bucketPrefix, stage, account, accessLogBucket, bucketEvents } = deployment
    const resource = new S3Bucket(this, 'bucket', {
      bucket: `${bucketPrefix}-${stage}-${props.purpose}-${account}`,
      forceDestroy,
      // without it S3 would refuse only at the end, after Terraform has deleted the key, the policy and everything else
      lifecycle: { preventDestroy: !forceDestroy },
      dependsOn: [props.after],
    })
    const { id: bucket, arn } = resource
    new S3BucketOwnershipControls(this, 'owner', { bucket, rule: { objectOwnership: 'BucketOwnerEnforced' } })
    const access = new S3BucketPublicAccessBlock(this, 'public-access', {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    })
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: key.arn },
          bucketKeyEnabled: true, // one KMS request for many objects instead of one for each
        },
      ],
    })
    const versioning = new S3BucketVersioningA(this, 'versioning', {
      bucket,
      versioningConfiguration: { status: 'Enabled' },
    })
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket,
      rule: [...Object.entries(lifecycle).map(([prefix, days]) => expiry(prefix, days)), LEFTOVERS],
      dependsOn: [versioning],
    })
    if (bucketEvents) new S3BucketNotification(this, 'events', { bucket, eventbridge: true })
    if (accessLogBucket) {
      new S3BucketLoggingA(this, 'access-logs', {
        bucket,
        targetBucket: accessLogBucket,
        targetPrefix: `${deployment.name(props.purpose)}/`,
      })
    }
    const policy = new S3BucketPolicy(this, 'policy', {
      bucket,
      policy: policyDocument(this, 'policy-document', [tlsOnly(arn), ...(props.deny?.(resource) ?? [])]),
      dependsOn: [access],
    })
    if (props.isLake) {
      this.#lakeFile = new S3Object(this, 'lake-file', {
        bucket,
        key: LAKE_KEY,
        content: lakeJson(deployment.timeZone),
        contentType: 'application/json',
        kmsKeyId: key.arn,
        bucketKeyEnabled: true,
        overrideProvider: { defaultTags: { tags: {} } }, // S3 accepts 10 tags of an object, and the settings may have more
        lifecycle: keptTimeZone(deployment.timeZone),
        dependsOn: [policy, versioning],
      })
    }
    this.bucket = bucket
    this.arn = arn
    this.#key = key
  }

  /** The permission to put objects under a prefix, and the variable with the bucket's name. */
  grantPut(variable: string, prefix: string): Binding {
    return {
      environment: { [variable]: this.bucket },
      statements: [{ actions: ['s3:PutObject'], resources: [`${this.arn}/${prefix}*`] }, this.#key.allowEncrypt()],
    }
  }

  /** The permission to list the keys under prefixes. */
  grantList(...prefixes: readonly string[]): Binding {
    return { statements: [this.#allowList(...prefixes)] }
  }

  /** The permission to list and get objects under a prefix, and the variable with the bucket's name. */
  grantRead(variable: string, prefix: string): Binding {
    return {
      environment: { [variable]: this.bucket },
      statements: [
        { actions: ['s3:GetObject'], resources: [`${this.arn}/${prefix}*`] },
        this.#allowList(prefix),
        this.#key.allowDecrypt(),
      ],
    }
  }

  /** The permission to get lake.json. It exists before the function: the permission depends on it. */
  grantReadLakeFile(): Binding {
    if (!this.#lakeFile) throw new Error(`${this.node.path} has no ${LAKE_KEY}`)
    return { statements: [{ actions: ['s3:GetObject'], resources: [this.#lakeFile.arn] }, this.#allowList(LAKE_KEY)] }
  }

  /** The permission to list, get, put and delete objects under prefixes, and the variable with the bucket's name. */
  grantReadWrite(variable: string, ...prefixes: readonly string[]): Binding {
    return {
      environment: { [variable]: this.bucket },
      statements: [
        {
          actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
          resources: prefixes.map(prefix => `${this.arn}/${prefix}*`),
        },
        this.#allowList(...prefixes),
        this.#key.allowEncrypt(),
      ],
    }
  }

  /** Without this permission S3 answers 403 instead of 404 for a missing key. `*`: a listing may be of one day only. */
  #allowList(...prefixes: readonly string[]): Statement {
    return {
      actions: ['s3:ListBucket'],
      resources: [this.arn],
      condition: [{ test: 'StringLike', variable: 's3:prefix', values: prefixes.map(prefix => `${prefix}*`) }],
    }
  }
}

/** The buckets of raw bodies, of enriched tables and of query results, and the maintenance role. */
export class LakeBuckets extends Construct {
  readonly raw: LakeBucket
  readonly enriched: LakeBucket
  readonly results: LakeBucket
  /** The only role that may replace a raw object, to erase a person or to repair the lake. */
  readonly maintenanceRole: IamRole

  constructor(scope: Construct, id: string, { deployment, key }: { deployment: Deployment; key: LakeKey }) {
    super(scope, id)
    const { knownSources, retentionDays, forceDestroy, name } = deployment
    const roleName = name('maintenance')
    const fixed = new FixedSettings(this, 'fixed', { deployment, roleName })
    this.maintenanceRole = new IamRole(this, 'maintenance', {
      ...roleSettings(deployment),
      name: roleName,
      tags: fixed.tags,
      lifecycle: { precondition: [...fixed.preconditions] },
      description: 'Erases and repairs messages in the lake; the only role that may replace a raw object',
      maxSessionDuration: 3600,
      assumeRolePolicy: policyDocument(this, 'maintenance-trust', [
        { ...maintainersOf(deployment), actions: ['sts:AssumeRole'] },
      ]),
    })
    // of every known source: the objects of one that was switched off expire, too
    const tables = Object.fromEntries(tablesOf(knownSources).map(({ name }) => [tablePrefix(name), retentionDays]))
    // the days alone: a pair of ids must outlive the messages of its group, or the group is no longer kept
    const days = Object.fromEntries(knownSources.map(({ name }) => [rawDaysPrefix(name), retentionDays]))
    this.raw = new LakeBucket(this, 'raw', {
      deployment,
      key,
      after: this.maintenanceRole,
      purpose: 'raw',
      lifecycle: days,
      forceDestroy,
      isLake: true,
      deny: ({ arn }) => [noOverwrite(arn, this.maintenanceRole.arn)],
    })
    this.enriched = new LakeBucket(this, 'enriched', {
      deployment,
      key,
      after: this.maintenanceRole,
      purpose: 'enriched',
      lifecycle: tables,
      forceDestroy,
      isLake: true,
    })
    this.results = new LakeBucket(this, 'results', {
      deployment,
      key,
      after: this.maintenanceRole,
      purpose: 'results',
      lifecycle: { '': atMost(RESULT_DAYS, retentionDays) },
      forceDestroy: true,
      isLake: false,
    })
    const lake = [this.raw.arn, this.enriched.arn]
    new IamRolePolicy(this, 'maintenance-policy', {
      name: 'chatlake',
      role: this.maintenanceRole.id,
      policy: policyDocument(this, 'maintenance-permissions', [
        { actions: ['s3:ListBucket', 's3:ListBucketVersions'], resources: lake },
        {
          actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'],
          resources: lake.map(arn => `${arn}/*`),
        },
        key.allowEncrypt(),
      ]),
    })
  }
}

/**
 * Who may assume the maintenance role: the setting's roles and users. Without the setting the account's IAM decides, as
 * for the key: those whom it allows sts:AssumeRole on this role, such as administrators, but never a function. Nothing
 * here depends on who plans, so a second deployer's plan is empty.
 */
const maintainersOf = ({ maintainers, account, name, rolePath }: Deployment): Omit<Statement, 'actions'> =>
  maintainers.length > 0
    ? { principals: [{ type: 'AWS', identifiers: [...maintainers] }] }
    : {
        principals: [{ type: 'AWS', identifiers: [`arn:aws:iam::${account}:root`] }],
        condition: [
          {
            test: 'ArnNotLike',
            variable: 'aws:PrincipalArn',
            values: [`arn:aws:iam::${account}:role${rolePath}${name('*')}`],
          },
        ],
      }

const tlsOnly = (arn: string): Statement => ({
  sid: 'TlsOnly',
  effect: 'Deny',
  principals: ANYONE,
  actions: ['s3:*'],
  resources: [arn, `${arn}/*`],
  condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
})

/**
 * Raw objects cannot be overwritten: a put must have `If-None-Match`. Terraform cannot send it for lake.json, the only
 * key without a folder.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
const noOverwrite = (arn: string, exceptRole: string): Statement => ({
  sid: 'NoOverwrite',
  effect: 'Deny',
  principals: ANYONE,
  actions: ['s3:PutObject'],
  resources: [`${arn}/*/*`],
  condition: [
    { test: 'Null', variable: 's3:if-none-match', values: ['true'] },
    // parts of a multipart upload cannot have the header; the request that completes it must
    { test: 'Bool', variable: 's3:ObjectCreationOperation', values: ['true'] },
    { test: 'ArnNotEquals', variable: 'aws:PrincipalArn', values: [exceptRole] },
  ],
})

/**
 * Refuses another time zone at the plan: days of two zones would mix. Terraform keeps the content that it wrote first,
 * so the condition compares the lake's zone with the setting.
 */
const keptTimeZone = (timeZone: string): TerraformResourceLifecycle => ({
  ignoreChanges: ['content'],
  postcondition: [
    {
      condition: `\${jsondecode(self.content).time_zone == ${JSON.stringify(timeZone)}}`,
      errorMessage:
        `The lake's time zone is \${jsondecode(self.content).time_zone}, and the setting timeZone is ${timeZone}: ` +
        'set it back. A lake keeps its time zone; docs/operations.md says how to move to another one.',
    },
  ],
})

const ANYONE = [{ type: '*', identifiers: ['*'] }]

const expiry = (prefix: string, days: number): S3BucketLifecycleConfigurationRule => ({
  id: `${days > 0 ? 'expire' : 'versions of'} ${prefix || 'everything'}`,
  status: 'Enabled',
  filter: [{ prefix }],
  ...(days > 0 ? { expiration: [{ days }] } : {}),
  noncurrentVersionExpiration: [{ noncurrentDays: atMost(NONCURRENT_DAYS, days) }],
})

/** @param limit days; 0 for no limit */
const atMost = (days: number, limit: number) => (limit > 0 ? Math.min(days, limit) : days)

const LEFTOVERS: S3BucketLifecycleConfigurationRule = {
  id: 'leftovers',
  status: 'Enabled',
  filter: [{ prefix: '' }],
  expiration: [{ expiredObjectDeleteMarker: true }],
  abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
}
