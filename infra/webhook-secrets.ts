import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret/index.js'
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version/index.js'
import { Fn, TerraformVariable } from 'cdktf'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import type { LakeKey } from './lake-key.ts'
import type { Binding } from './policy.ts'

/**
 * The webhooks' secrets in Secrets Manager. They come from the variable TF_VAR_secrets, which is ephemeral and
 * write-only: so they are in no state, plan or log. Terraform therefore cannot see a change; only a higher
 * `secretsVersion` makes it write them again. Only Terraform knows whether TF_VAR_secrets is set: cdktf hides every
 * TF_VAR_… from the app. Without it the first run writes an empty object, and the webhooks refuse everything.
 */
export class WebhookSecrets extends Construct {
  /** The secret's ARN. */
  readonly id: string
  readonly #key: LakeKey

  constructor(scope: Construct, id: string, { deployment, key }: { deployment: Deployment; key: LakeKey }) {
    super(scope, id)
    const { secretsVersion, sources, name } = deployment
    const names = sources.flatMap(({ webhook }) => webhook.secrets)
    const secrets = new TerraformVariable(this, 'value', {
      type: 'string',
      description: "The webhooks' secrets, a JSON object",
      default: '{}',
      sensitive: true,
      validation: [
        {
          condition: `\${contains(["", "{}"], var.secrets) || try(alltrue([for name in ${JSON.stringify(names)} : length(jsondecode(var.secrets)[name]) > 0]), false)}`,
          errorMessage: `TF_VAR_secrets is incomplete: write a JSON object with ${names.join(', ')}, each a text or, during a rotation, a list of the valid texts.`,
        },
      ],
    })
    secrets.overrideLogicalId('secrets')
    secrets.addOverride('ephemeral', true)

    const secret = new SecretsmanagerSecret(this, 'secret', {
      name: name('webhooks'),
      description: `The secrets that verify deliveries: ${names.join(', ')}`,
      kmsKeyId: key.arn,
      recoveryWindowInDays: 0, // the platforms have the secrets, too; so a stage can be applied again at once
    })
    new SecretsmanagerSecretVersion(this, 'version', {
      secretId: secret.id,
      // CI sets an empty TF_VAR_secrets for a missing secret, and AWS would refuse an empty text
      secretStringWo: Fn.coalesce([secrets.stringValue, '{}']),
      secretStringWoVersion: secretsVersion,
    })
    this.id = secret.arn
    this.#key = key
  }

  /** The permission to read the secret, and the variable with its ARN. */
  grantRead(): Binding {
    return {
      environment: { SECRETS_ID: this.id },
      statements: [{ actions: ['secretsmanager:GetSecretValue'], resources: [this.id] }, this.#key.allowDecrypt()],
    }
  }
}
