import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js'
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js'
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js'
import { Construct } from 'constructs'

/** A statement of an IAM policy document. */
export type Statement = DataAwsIamPolicyDocumentStatement

/** What a function gets of another part: the variables that name it, and the permissions to use it, in one piece. */
export interface Binding {
  readonly environment?: Readonly<Record<string, string>>
  readonly statements?: readonly Statement[]
}

/** The JSON of a policy document. */
export const policyDocument = (scope: Construct, id: string, statement: readonly Statement[]) =>
  new DataAwsIamPolicyDocument(scope, id, { statement: [...statement] }).json

/** A role that an AWS service takes on, with all it may do. */
export class ServiceRole extends Construct {
  readonly role: IamRole
  /** Depend on it where AWS checks the permissions at once. */
  readonly policy: IamRolePolicy

  constructor(
    scope: Construct,
    id: string,
    {
      name,
      trust,
      statements,
    }: { readonly name: string; readonly trust: Omit<Statement, 'actions'>; readonly statements: readonly Statement[] },
  ) {
    super(scope, id)
    this.role = new IamRole(this, 'role', {
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

/** One statement for what is alike but for its actions: several parts may ask for the same key. */
function merged(statements: readonly Statement[]): Statement[] {
  const alike = new Map<string, Statement>()
  for (const { actions = [], ...rest } of statements) {
    const id = JSON.stringify(rest)
    alike.set(id, { ...rest, actions: [...new Set([...(alike.get(id)?.actions ?? []), ...actions])] })
  }
  return [...alike.values()]
}

/** A service as a principal. */
export const service = (name: string) => [{ type: 'Service', identifiers: [`${name}.amazonaws.com`] }]
