import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { isObject } from '../../handlers/parsed-json.ts'
import { isDayStats } from '../../handlers/transform/day-counts.ts'
import type { DayStats } from '../../handlers/transform/transform-day.ts'
import type { Day } from './schedule.ts'

/** Longer than the longest possible run of a function (900 s). */
const REQUEST_TIMEOUT_MS = 16 * 60_000

/** TCP keep-alive interval: NAT gateways drop connections that are idle for some minutes. */
const KEEP_ALIVE_MS = 60_000

/**
 * Returns a function that runs a day by invoking the deployed transform and waiting for its result. It throws the
 * transform's own error when the day fails.
 * @param functionOf returns the name of a source's function
 * @param atOnce how many invocations may run at the same time
 */
export function deployedTransform(
  functionOf: (source: string) => string,
  { atOnce, region }: { readonly atOnce: number; readonly region?: string },
): (day: Day) => Promise<DayStats> {
  const agent = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets: atOnce }
  const lambda = new LambdaClient({
    ...(region ? { region } : {}),
    maxAttempts: 5, // invocations may be throttled during the nightly run; running a day twice is harmless
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, httpsAgent: agent, httpAgent: agent },
  })
  return async ({ source, date }) => {
    const answer = await lambda.send(
      new InvokeCommand({
        FunctionName: functionOf(source),
        InvocationType: 'RequestResponse',
        Payload: Buffer.from(JSON.stringify({ date })),
      }),
    )
    const text = Buffer.from(answer.Payload ?? []).toString('utf8')
    if (answer.FunctionError) throw new Error(errorOf(text))
    const stats: unknown = JSON.parse(text)
    if (!isDayStats(stats)) throw new Error(`${functionOf(source)} did not return a day's counts: is it a transform?`)
    return stats
  }
}

/** The error of a failed invocation. @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
function errorOf(payload: string): string {
  try {
    const error: unknown = JSON.parse(payload)
    if (isObject(error)) return [error.errorType, error.errorMessage].filter(Boolean).join(': ')
  } catch {
    // not JSON: return the payload unchanged
  }
  return payload || 'the function failed without an error message'
}
