import { AthenaNamedQuery } from '@cdktf/provider-aws/lib/athena-named-query/index.js'
import { AthenaWorkgroup } from '@cdktf/provider-aws/lib/athena-workgroup/index.js'
import { Construct } from 'constructs'
import { savedQueries } from '../sql/catalog.ts'
import { inTimeZone } from '../sql/time-zone.ts'
import type { Deployment } from './deployment.ts'
import type { LakeBucket } from './lake-buckets.ts'
import type { LakeKey } from './lake-key.ts'

interface WorkgroupProps {
  readonly deployment: Deployment
  readonly key: LakeKey
  readonly results: LakeBucket
  readonly database: string
}

/** Where the workgroup puts results, in their bucket. */
export const RESULTS_PREFIX = 'athena/'

/** The Athena workgroup, with encrypted results in one bucket and a scan limit, and its named queries. */
export class AthenaQueries extends Construct {
  readonly workgroup: string

  constructor(scope: Construct, id: string, { deployment, key, results, database }: WorkgroupProps) {
    super(scope, id)
    const workgroup = new AthenaWorkgroup(this, 'workgroup', {
      name: deployment.name('queries'),
      forceDestroy: true, // also with a query history
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: deployment.athenaScanLimitGb * 2 ** 30,
        resultConfiguration: {
          outputLocation: `s3://${results.bucket}/${RESULTS_PREFIX}`,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKeyArn: key.arn },
        },
      },
    })
    for (const { name, title, description, sql } of savedQueries()) {
      new AthenaNamedQuery(this, name, {
        name,
        description: [title, description].filter(Boolean).join('. ').slice(0, MAX_DESCRIPTION),
        database,
        workgroup: workgroup.id,
        // `${` and `%{` are doubled, or Terraform would interpolate them
        query: inTimeZone(sql, deployment.timeZone).replace(/[$%](?=\{)/g, '$&$&'),
      })
    }
    this.workgroup = workgroup.name
  }
}

/** Characters that Athena accepts. */
const MAX_DESCRIPTION = 1024
