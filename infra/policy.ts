import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js'
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js'
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js'
import type { TerraformElement } from 'cdktf'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'

/** A statement of an IAM policy document. */
export type Statement = DataAwsIamPolicyDocumentStatement

/** What a function needs to use a resource: the environment variables that name it, and the permissions. */
export interface Binding {
  readonly environment?: Readonly<Record<string, string>>
  readonly statements?: readonly Statement[]
}

/** Declares a policy document. @returns a reference to its JSON */
export const policyDocument = (scope: Construct, id: string, statement: readonly Statement[]) =>
  new DataAwsIamPolicyDocument(scope, id, { statement: [...statement] }).json

interface RoleProps {
  readonly deployment: Deployment
  readonly name: string
  readonly trust: Omit<Statement, 'actions'>
  readonly statements: readonly Statement[]
}

/** What the settings say of every role. */
export const roleSettings = ({ rolePath, permissionsBoundary }: Deployment) => ({
  ...(rolePath === '/' ? {} : { path: rolePath }),
  ...(permissionsBoundary ? { permissionsBoundary } : {}),
})

/** A role that an AWS service assumes, with its permissions. */
export class ServiceRole extends Construct {
  readonly role: IamRole
  /** A resource whose creation checks the permissions must depend on it. */
  readonly policy: IamRolePolicy

  constructor(scope: Construct, id: string, { deployment, name, trust, statements }: RoleProps) {
    super(scope, id)
    this.role = new IamRole(this, 'role', {
      ...roleSettings(deployment),
      name,
      assumeRolePolicy: policyDocument(this, 'trust', [{ ...trust, actions: ['sts:AssumeRole'] }]),
    })
    this.policy = new IamRolePolicy(this, 'policy', {
      name: 'chatlake',
      role: this.role.id,
      policy: policyDocument(this, 'permissions', merged(statements)),
    })
  }
}

/** Merges statements that differ only in their actions: several bindings may need the same key. */
function merged(statements: readonly Statement[]): Statement[] {
  const byRest = new Map<string, Statement>()
  for (const { actions = [], ...rest } of statements) {
    const id = JSON.stringify(rest)
    byRest.set(id, { ...rest, actions: [...new Set([...(byRest.get(id)?.actions ?? []), ...actions])] })
  }
  return [...byRest.values()]
}

/** The principal of an AWS service. */
export const service = (name: string) => [{ type: 'Service', identifiers: [`${name}.amazonaws.com`] }]

/**
 * The services of the account that may publish to the alarms' topic, and use the key for it: CloudWatch's alarms,
 * EventBridge's rules and AWS Budgets.
 */
export const publishersOf = ({ account, region }: Deployment): Omit<Statement, 'actions'>[] => [
  {
    principals: service('cloudwatch'),
    condition: [{ test: 'StringEquals', variable: 'aws:SourceAccount', values: [account] }],
  },
  {
    principals: service('events'),
    condition: [{ test: 'ArnLike', variable: 'aws:SourceArn', values: [`arn:aws:events:${region}:${account}:rule/*`] }],
  },
  {
    principals: service('budgets'),
    condition: [
      { test: 'StringEquals', variable: 'aws:SourceAccount', values: [account] },
      { test: 'ArnLike', variable: 'aws:SourceArn', values: [`arn:aws:budgets::${account}:*`] },
    ],
  },
]

/** A data source as an expression of Terraform names it, also one with several instances. */
export const reference = (source: TerraformElement & { readonly terraformResourceType: string }) =>
  `data.${source.terraformResourceType}.${source.friendlyUniqueId}`
