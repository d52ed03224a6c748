import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue/index.js'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import type { Binding } from './policy.ts'

const FOURTEEN_DAYS = 14 * 24 * 3600

/** A queue of failed runs, watched by an alarm. An entry contains the date of a day, never a message. */
export class DeadLetterQueue extends Construct {
  readonly name: string
  readonly arn: string

  constructor(scope: Construct, id: string, { name }: Deployment) {
    super(scope, id)
    const queue = new SqsQueue(this, 'queue', {
      name: name(id),
      messageRetentionSeconds: FOURTEEN_DAYS,
      sqsManagedSseEnabled: true,
    })
    this.name = queue.name
    this.arn = queue.arn
  }

  /** The permission to send to the queue. */
  grantSend(): Binding {
    return { statements: [{ actions: ['sqs:SendMessage'], resources: [this.arn] }] }
  }
}
