import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js'
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js'
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js'
import { LakeformationPermissions } from '@cdktf/provider-aws/lib/lakeformation-permissions/index.js'
import { Construct } from 'constructs'
import { tablePrefix } from '../handlers/lake/layout.ts'
import { tablesOf } from '../handlers/sources/tables.ts'
import { RESULTS_PREFIX } from './athena-queries.ts'
import type { Deployment } from './deployment.ts'
import type { LakeBuckets } from './lake-buckets.ts'
import type { LakeKey } from './lake-key.ts'
import { policyDocument, roleSettings } from './policy.ts'

interface AnalystsProps {
  readonly deployment: Deployment
  readonly key: LakeKey
  readonly buckets: LakeBuckets
  readonly database: string
  readonly workgroup: string
}

/**
 * What people who ask questions may do: use the workgroup, read tables and views, and write results. Nothing of raw.
 * The policy can be attached to any role; with `analysts` there is a role of its own, too.
 */
export class Analysts extends Construct {
  /** The ARN of the managed policy. */
  readonly policy: string

  constructor(scope: Construct, id: string, { deployment, key, buckets, database, workgroup }: AnalystsProps) {
    super(scope, id)
    const { account, region, name, analysts, lakeFormation, knownSources, rolePath } = deployment
    const { enriched, results } = buckets
    const glue = (resource: string) => `arn:aws:glue:${region}:${account}:${resource}`
    const tables = tablesOf(knownSources).map(table => tablePrefix(table.name))
    const policy = new IamPolicy(this, 'policy', {
      name: name('analysts'),
      ...(rolePath === '/' ? {} : { path: rolePath }),
      description: `Asks questions of the lake ${name('lake')}: workgroup, tables and views, results; nothing of raw`,
      policy: policyDocument(this, 'permissions', [
        {
          actions: QUERY_ACTIONS,
          resources: [`arn:aws:athena:${region}:${account}:workgroup/${workgroup}`],
        },
        {
          actions: ['athena:GetDataCatalog'],
          resources: [`arn:aws:athena:${region}:${account}:datacatalog/AwsDataCatalog`],
        },
        // for the console; Athena has no resource-level permission for it
        { actions: ['athena:ListWorkGroups'], resources: ['*'] },
        {
          actions: CATALOG_ACTIONS,
          resources: [glue('catalog'), glue(`database/${database}`), glue(`table/${database}/*`)],
        },
        { actions: ['s3:GetObject'], resources: tables.map(prefix => `${enriched.arn}/${prefix}*`) },
        {
          actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
          resources: [`${results.arn}/${RESULTS_PREFIX}*`],
        },
        { actions: ['s3:GetBucketLocation'], resources: [enriched.arn, results.arn] },
        ...(enriched.grantList(...tables).statements ?? []),
        ...(enriched.grantReadLakeFile().statements ?? []), // for `npm run query -- --lake s3://…`
        ...(results.grantList(RESULTS_PREFIX).statements ?? []),
        {
          ...key.allowEncrypt(),
          // S3 gives the bucket's ARN as context, so the key does not decrypt what is in raw
          condition: [
            { test: 'StringEquals', variable: 'kms:EncryptionContext:aws:s3:arn', values: [enriched.arn, results.arn] },
          ],
        },
        ...(lakeFormation ? [{ actions: ['lakeformation:GetDataAccess'], resources: ['*'] }] : []),
      ]),
    })
    this.policy = policy.arn
    if (analysts.length === 0) return
    const role = new IamRole(this, 'role', {
      ...roleSettings(deployment),
      name: name('analysts'),
      description: 'Asks questions of the lake',
      assumeRolePolicy: policyDocument(this, 'trust', [
        { principals: [{ type: 'AWS', identifiers: [...analysts] }], actions: ['sts:AssumeRole'] },
      ]),
    })
    new IamRolePolicyAttachment(this, 'attachment', { role: role.name, policyArn: policy.arn })
    if (!lakeFormation) return
    const grantee = { principal: role.arn }
    new LakeformationPermissions(this, 'database-grant', {
      ...grantee,
      permissions: ['DESCRIBE'],
      database: { name: database },
    })
    new LakeformationPermissions(this, 'tables-grant', {
      ...grantee,
      permissions: ['SELECT', 'DESCRIBE'],
      table: { databaseName: database, wildcard: true },
    })
  }
}

const QUERY_ACTIONS = [
  'athena:GetWorkGroup',
  'athena:StartQueryExecution',
  'athena:StopQueryExecution',
  'athena:GetQueryExecution',
  'athena:BatchGetQueryExecution',
  'athena:ListQueryExecutions',
  'athena:GetQueryResults',
  'athena:GetQueryResultsStream',
  'athena:GetQueryRuntimeStatistics',
  'athena:ListNamedQueries',
  'athena:GetNamedQuery',
  'athena:BatchGetNamedQuery',
]

const CATALOG_ACTIONS = [
  'glue:GetDatabase',
  'glue:GetDatabases',
  'glue:GetTable',
  'glue:GetTables',
  'glue:GetPartition',
  'glue:GetPartitions',
  'glue:BatchGetPartition',
]
