import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue/index.js'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'
import type { Binding } from './policy.ts'

const FOURTEEN_DAYS = 14 * 24 * 3600

/**
 * A queue of failed runs of one function. An entry contains the date of a day, never a message, and no platform: the
 * queue's name has it.
 */
export class DeadLetterQueue extends Construct {
  /** Its name within the stage. */
  readonly part: string
  readonly name: string
  readonly arn: string

  constructor(scope: Construct, id: string, { deployment, part }: { deployment: Deployment; part: string }) {
    super(scope, id)
    this.part = part
    const queue = new SqsQueue(this, 'queue', {
      name: deployment.name(part),
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
