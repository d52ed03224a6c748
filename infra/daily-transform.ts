import { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule/index.js'
import { Construct } from 'constructs'
import { nextMidnight } from '../handlers/lake/calendar.ts'
import type { Source } from '../handlers/sources/source.ts'
import { DeadLetterQueue } from './dead-letter-queue.ts'
import type { Deployment } from './deployment.ts'
import type { LakeFunction } from './lake-function.ts'
import type { LakeKey } from './lake-key.ts'
import { ServiceRole, service } from './policy.ts'

interface DailyProps {
  readonly deployment: Deployment
  readonly key: LakeKey
  readonly source: Source
  readonly transform: LakeFunction
}

/** Invokes a transform once a day, just after the lake's midnight, for the day that ended. */
export class DailyTransform extends Construct {
  /** Receives runs that the scheduler could not hand to Lambda. */
  readonly missedRuns: DeadLetterQueue

  constructor(scope: Construct, id: string, { deployment, key, source, transform }: DailyProps) {
    super(scope, id)
    this.missedRuns = new DeadLetterQueue(this, 'missed-runs', { deployment, part: `${source.name}-missed-runs` })
    const { timeZone, account, region } = deployment
    const name = `${transform.name}-daily`
    const { role, policy } = new ServiceRole(this, 'role', {
      deployment,
      name,
      trust: {
        principals: service('scheduler'),
        condition: [
          { test: 'StringEquals', variable: 'aws:SourceAccount', values: [account] },
          {
            test: 'ArnEquals',
            variable: 'aws:SourceArn',
            values: [`arn:aws:scheduler:${region}:${account}:schedule-group/default`],
          },
        ],
      },
      statements: [
        { actions: ['lambda:InvokeFunction'], resources: [transform.arn] },
        ...(this.missedRuns.grantSend().statements ?? []),
        key.allowDecrypt(), // the schedule is encrypted
      ],
    })
    new SchedulerSchedule(this, 'schedule', {
      name,
      description: 'Transforms the day that ended',
      // not at 00:00: the last deliveries of the day may still be under way to S3
      scheduleExpression: `cron(15 ${skipsMidnight(timeZone, Date.now()) ? 1 : 0} * * ? *)`,
      scheduleExpressionTimezone: timeZone,
      kmsKeyArn: key.arn,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: transform.arn,
        roleArn: role.arn,
        // the scheduled time, so that a late or repeated run transforms the same day
        input: JSON.stringify({ time: '<aws.scheduler.scheduled-time>' }),
        retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 6 * 3600 },
        deadLetterConfig: { arn: this.missedRuns.arn },
      },
      dependsOn: [policy],
    })
  }
}

/**
 * Whether the zone's clocks go from 23:59 to 01:00 on some night of the next year. EventBridge Scheduler skips a run
 * whose local time does not exist.
 * @param now epoch milliseconds
 */
export function skipsMidnight(timeZone: string, now: number): boolean {
  const hour = new Intl.DateTimeFormat('en-US', { timeZone, hour: 'numeric', hourCycle: 'h23' })
  let midnight = now
  for (let night = 0; night < 366; night++) {
    midnight = nextMidnight(timeZone, midnight)
    if (hour.format(midnight) !== '0' && hour.format(midnight) !== '00') return true
  }
  return false
}
