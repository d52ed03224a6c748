import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret/index.js'
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version/index.js'
import { TerraformVariable } from 'cdktf'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import type { LakeKey } from './lake-key.ts'
import type { Binding } from './policy.ts'

/**
 * The webhooks' secrets in Secrets Manager, given as TF_VAR_secrets: ephemeral and write-only, so that they are in no
 * state, plan or log. Terraform cannot see that they changed: `secretsVersion` says so. A run without TF_VAR_secrets
 * leaves them as they are; before the first run with it they are empty, and the webhooks refuse everything.
 */
export class WebhookSecrets extends Construct {
  /** The secret's ARN. */
  readonly id: string
  readonly #key: LakeKey

  constructor(scope: Construct, id: string, { deployment, key }: { deployment: Deployment; key: LakeKey }) {
    super(scope, id)
    const { secretsGiven, secretsVersion, name } = deployment
    const secrets = new TerraformVariable(this, 'value', {
      type: 'string',
      description: "The webhooks' secrets, a JSON object",
      default: '{}',
      sensitive: true,
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
      secretStringWo: secretsGiven ? secrets.stringValue : '{}',
      secretStringWoVersion: secretsGiven ? secretsVersion : 0,
      ...(secretsGiven ? {} : { lifecycle: { ignoreChanges: ['secret_string_wo_version'] } }),
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
