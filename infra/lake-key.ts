import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js'
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import { policyDocument, publishersOf, type Statement, service } from './policy.ts'

/** The KMS key that encrypts the buckets, logs, secrets and alarms. */
export class LakeKey extends Construct {
  readonly arn: string

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id)
    const { account, region, name, forceDestroy } = deployment
    const everything = ['*'] // in a key policy this means the key itself
    const key = new KmsKey(this, 'key', {
      description: `${name('lake')}: messages, logs, secrets and alarms`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      lifecycle: { preventDestroy: !forceDestroy }, // without the key the remaining messages could not be read
      policy: policyDocument(this, 'policy', [
        {
          sid: 'AccountDecidesByIam',
          principals: [{ type: 'AWS', identifiers: [`arn:aws:iam::${account}:root`] }],
          actions: ['kms:*'],
          resources: everything,
        },
        {
          sid: 'LogsOfThisAccount',
          principals: service(`logs.${region}`),
          actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
          resources: everything,
          condition: [
            {
              test: 'ArnLike',
              variable: 'kms:EncryptionContext:aws:logs:arn',
              values: [`arn:aws:logs:${region}:${account}:log-group:*`],
            },
          ],
        },
        // these services cannot publish to a topic that is encrypted with SNS's default key
        ...publishersOf(deployment).map(publisher => ({
          ...publisher,
          actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          resources: everything,
        })),
      ]),
    })
    new KmsAlias(this, 'alias', { name: `alias/${name('lake')}`, targetKeyId: key.keyId })
    this.arn = key.arn
  }

  /** The permission to read what is encrypted. */
  allowDecrypt(): Statement {
    return { actions: ['kms:Decrypt'], resources: [this.arn] }
  }

  /** The permission to write and read what is encrypted: S3 needs both to write. */
  allowEncrypt(): Statement {
    return { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [this.arn] }
  }
}
