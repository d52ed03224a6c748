import { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule/index.js'
import { Construct } from 'constructs'
import { nextMidnight } from '../handlers/lake/calendar.ts'
import type { DeadLetterQueue } from './dead-letter-queue.ts'
import type { Deployment } from './deployment.ts'
import type { LakeFunction } from './lake-function.ts'
import type { LakeKey } from './lake-key.ts'
import { ServiceRole, service } from './policy.ts'

interface DailyProps {
  readonly deployment: Deployment
  readonly key: LakeKey
  readonly transform: LakeFunction
  /** Where a run ends that Lambda never took. */
  readonly deadLetters: DeadLetterQueue
}

/** Runs a transform once a day, just after the lake's midnight, for the day that has ended. */
export class DailyTransform extends Construct {
  constructor(scope: Construct, id: string, { deployment, key, transform, deadLetters }: DailyProps) {
    super(scope, id)
    const { timeZone, account, region } = deployment
    const name = `${transform.name}-daily`
    const { role, policy } = new ServiceRole(this, 'role', {
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
        ...(deadLetters.takes().statements ?? []),
        key.decrypts(), // the schedule itself
      ],
    })
    new SchedulerSchedule(this, 'schedule', {
      name,
      description: 'Makes the Parquet of the day that has ended',
      scheduleExpression: `cron(15 ${skipsMidnight(timeZone, Date.now()) ? 1 : 0} * * ? *)`, // at 00:00 the last deliveries are still being stored
      scheduleExpressionTimezone: timeZone,
      kmsKeyArn: key.arn,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: transform.arn,
        roleArn: role.arn,
        // the time it was meant to run, so that a late or repeated run makes the same day
        input: JSON.stringify({ time: '<aws.scheduler.scheduled-time>' }),
        retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 6 * 3600 },
        deadLetterConfig: { arn: deadLetters.arn },
      },
      dependsOn: [policy],
    })
  }
}

/**
 * Whether the zone's clocks go from 23:59 to 01:00 on some night of the year to come: EventBridge Scheduler leaves out
 * a run whose time does not exist.
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
