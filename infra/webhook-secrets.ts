import { DataAwsSecretsmanagerSecret } from '@cdktf/provider-aws/lib/data-aws-secretsmanager-secret/index.js'
import { DataAwsSecretsmanagerSecrets } from '@cdktf/provider-aws/lib/data-aws-secretsmanager-secrets/index.js'
import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret/index.js'
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version/index.js'
import { TerraformVariable } from 'cdktf'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import { tagOf } from './fixed-settings.ts'
import type { LakeKey } from './lake-key.ts'
import { type Binding, reference } from './policy.ts'

/**
 * The webhooks' secrets in Secrets Manager. They come from the variable TF_VAR_secrets, which is ephemeral and
 * write-only: so they are in no state, plan or log. Terraform therefore cannot see a change; only a higher
 * `secretsVersion` makes it write them again. Only Terraform knows whether TF_VAR_secrets is set: cdktf hides every
 * TF_VAR_… from the app. With `secretsByHand` the secret is made without a value, and people put it there.
 */
export class WebhookSecrets extends Construct {
  /** The secret's ARN. */
  readonly id: string
  readonly #anyArn: string
  readonly #key: LakeKey

  constructor(scope: Construct, id: string, { deployment, key }: { deployment: Deployment; key: LakeKey }) {
    super(scope, id)
    const { secretsVersion, secretsByHand, sources, name, region, account } = deployment
    const names = sources.flatMap(({ webhook }) => webhook.secrets)
    const secret = new SecretsmanagerSecret(this, 'secret', {
      name: name('webhooks'),
      description: `The secrets that verify deliveries: ${names.join(', ')}`,
      kmsKeyId: key.arn,
      recoveryWindowInDays: 0, // the platforms have the secrets, too; so a stage can be applied again at once
      ...(secretsByHand ? {} : { tags: { [VERSION_TAG]: String(secretsVersion) } }),
    })
    if (!secretsByHand) this.#write(secret, names, deployment)
    this.id = secret.arn
    // AWS appends six characters. Policies that named `secret.arn` would change in every plan that changes a tag
    this.#anyArn = `arn:aws:secretsmanager:${region}:${account}:secret:${name('webhooks')}-??????`
    this.#key = key
  }

  #write(secret: SecretsmanagerSecret, names: readonly string[], { secretsVersion, name }: Deployment): void {
    const secrets = new TerraformVariable(this, 'value', {
      type: 'string',
      description: "The webhooks' secrets, a JSON object",
      default: '{}',
      sensitive: true,
      validation: [
        {
          condition: `\${${NOT_GIVEN} || try(alltrue([for name in ${JSON.stringify(names)} : length(jsondecode(var.secrets)[name]) > 0]), false)}`,
          errorMessage: `TF_VAR_secrets is incomplete: write a JSON object with ${names.join(', ')}, each a text or, during a rotation, a list of the valid texts.`,
        },
      ],
    })
    secrets.overrideLogicalId('secrets')
    secrets.addOverride('ephemeral', true)

    // The version that is deployed, or none. A data source of a single secret fails where there is no secret yet.
    const found = new DataAwsSecretsmanagerSecrets(this, 'found', {
      filter: [{ name: 'name', values: [name('webhooks')] }],
    })
    const deployed = new DataAwsSecretsmanagerSecret(this, 'deployed', { name: name('webhooks') })
    deployed.addOverride('count', `\${contains(${reference(found)}.names, "${name('webhooks')}") ? 1 : 0}`)
    const isDeployed = `try(one(${reference(deployed)}[*].tags)["${VERSION_TAG}"], "") == "${secretsVersion}"`
    new SecretsmanagerSecretVersion(this, 'version', {
      secretId: secret.id,
      // AWS refuses an empty text: better than to replace the secrets by nothing
      secretStringWo: `\${${NOT_GIVEN} ? "" : var.secrets}`,
      secretStringWoVersion: secretsVersion,
      lifecycle: {
        precondition: [
          {
            condition: `\${!(${NOT_GIVEN}) || ${isDeployed}}`,
            errorMessage: `secretsVersion ${secretsVersion} is not deployed yet and TF_VAR_secrets is not set: the webhooks would be without secrets. Set TF_VAR_secrets to a JSON object with ${names.join(', ')}, or set secretsByHand and put them into the secret ${name('webhooks')} yourself.`,
          },
        ],
      },
    })
  }

  /** The permission to read the secret, and the variable with its ARN. */
  grantRead(): Binding {
    return {
      environment: { SECRETS_ID: this.id },
      statements: [{ actions: ['secretsmanager:GetSecretValue'], resources: [this.#anyArn] }, this.#key.allowDecrypt()],
    }
  }
}

/** The tag of the secret with the `secretsVersion` that was applied last. */
const VERSION_TAG = tagOf('secretsVersion')

/** Whether TF_VAR_secrets is not set. CI sets an empty text for a missing secret. */
const NOT_GIVEN = 'contains(["", "{}"], var.secrets)'
