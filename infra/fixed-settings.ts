import { DataAwsIamRole } from '@cdktf/provider-aws/lib/data-aws-iam-role/index.js'
import { DataAwsIamRoles } from '@cdktf/provider-aws/lib/data-aws-iam-roles/index.js'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import { reference } from './policy.ts'

/** Settings that a stage keeps for good, and why. */
const FIXED = {
  region: (is: string, was: string, stage: string) =>
    `The stage ${stage} of this account is in ${was}, and its names do not have the region: set region back, or choose another stage for ${is}, such as ${stage}2.`,
  bucketPrefix: (is: string, was: string, stage: string) =>
    `The buckets of the stage ${stage} begin with ${was}, and S3 cannot rename them to ${is}: set bucketPrefix back, or deploy another stage and bring the messages there with npm run replay.`,
} as const

/**
 * The settings that must not change once a stage is deployed. They are in the tags of a role: roles are the account's,
 * so a plan finds them in every region. A plan with other values is refused with a sentence.
 */
export class FixedSettings extends Construct {
  /** The role's tags. */
  readonly tags: Readonly<Record<string, string>>
  /** The role's preconditions. */
  readonly preconditions: readonly { readonly condition: string; readonly errorMessage: string }[]

  /** @param roleName the name of the role that has the tags */
  constructor(scope: Construct, id: string, { deployment, roleName }: { deployment: Deployment; roleName: string }) {
    super(scope, id)
    // a data source of a single role fails where there is no role yet
    const found = new DataAwsIamRoles(this, 'found', { nameRegex: `^${roleName}$` })
    const role = new DataAwsIamRole(this, 'role', { name: roleName })
    role.addOverride('count', `\${length(${reference(found)}.names)}`)
    const names = Object.keys(FIXED) as (keyof typeof FIXED)[]
    this.tags = Object.fromEntries(names.map(name => [tagOf(name), deployment[name]]))
    this.preconditions = names.map(name => {
      const is = deployment[name]
      const was = `try(one(${reference(role)}[*].tags)["${tagOf(name)}"], "${is}")`
      return {
        condition: `\${${was} == "${is}"}`,
        errorMessage: FIXED[name](is, `\${${was}}`, deployment.stage),
      }
    })
  }
}

/** The key of a tag in which the stack keeps a setting. */
export const tagOf = (setting: string) => `chatlake:${setting}`
