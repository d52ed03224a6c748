import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js'
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import { policyDocument, type Statement, service } from './policy.ts'

/** The key under which everything lies that people wrote: buckets, logs, secrets, alarms. */
export class LakeKey extends Construct {
  readonly arn: string

  constructor(scope: Construct, id: string, { account, region, name, forceDestroy }: Deployment) {
    super(scope, id)
    const everything = ['*'] // in a key's own policy: that key
    const key = new KmsKey(this, 'key', {
      description: `${name('lake')}: messages, logs, secrets and alarms`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      lifecycle: { preventDestroy: !forceDestroy }, // without it the messages that stay could not be read
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
        {
          // without this no alarm arrives: CloudWatch cannot publish to a topic encrypted with SNS's own key
          sid: 'AlarmsOfThisAccount',
          principals: service('cloudwatch'),
          actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          resources: everything,
          condition: [{ test: 'StringEquals', variable: 'aws:SourceAccount', values: [account] }],
        },
      ]),
    })
    new KmsAlias(this, 'alias', { name: `alias/${name('lake')}`, targetKeyId: key.keyId })
    this.arn = key.arn
  }

  /** To read what is encrypted. */
  decrypts(): Statement {
    return { actions: ['kms:Decrypt'], resources: [this.arn] }
  }

  /** To write it as well: S3 asks for both. */
  encrypts(): Statement {
    return { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [this.arn] }
  }
}
