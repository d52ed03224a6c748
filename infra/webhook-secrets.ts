import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret/index.js'
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version/index.js'
import { Fn, TerraformVariable } from 'cdktf'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import type { LakeKey } from './lake-key.ts'
import type { Binding } from './policy.ts'

/**
 * The webhooks' secrets in Secrets Manager, given as TF_VAR_secrets: ephemeral and write-only, so that they are in no
 * state, plan or log. Terraform cannot see that they changed: `secretsVersion` says so, and nothing else has them written
 * again. Whether TF_VAR_secrets is set only Terraform can ask: cdktf keeps every TF_VAR_… from the app. Without it the first
 * run writes an empty object, and the webhooks refuse everything.
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
          errorMessage: `TF_VAR_secrets lacks some of what it needs: write a JSON object with ${names.join(', ')}, each a text or, during a rotation, a list of the valid ones.`,
        },
      ],
    })
    secrets.overrideLogicalId('secrets')
    secrets.addOverride('ephemeral', true)

    const secret = new SecretsmanagerSecret(this, 'secret', {
      name: name('webhooks'),
      description: "What proves a delivery's sender: VERIFY_TOKEN, WHATSAPP_APP_SECRET, TELEGRAM_SECRET_TOKEN",
      kmsKeyId: key.arn,
      recoveryWindowInDays: 0, // the platforms have them too, and a stage can be applied again at once
    })
    new SecretsmanagerSecretVersion(this, 'version', {
      secretId: secret.id,
      // an empty TF_VAR_secrets, as CI makes of a secret that it lacks, is not the default: AWS would refuse it
      secretStringWo: Fn.coalesce([secrets.stringValue, '{}']),
      secretStringWoVersion: secretsVersion,
    })
    this.id = secret.arn
    this.#key = key
  }

  /** To read them. */
  reads(): Binding {
    return {
      environment: { SECRETS_ID: this.id },
      statements: [{ actions: ['secretsmanager:GetSecretValue'], resources: [this.id] }, this.#key.decrypts()],
    }
  }
}
