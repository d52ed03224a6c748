import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { isObject } from '../../handlers/parsed-json.ts'
import type { DayStats } from '../../handlers/transform/transform-day.ts'
import type { Day } from './schedule.ts'

/** Longer than any function may run (900 s), in milliseconds. */
const ANSWER_WITHIN_MS = 16 * 60_000

/** A quiet connection is forgotten by gateways after some minutes, so it is kept alive this often, in milliseconds. */
const KEEP_ALIVE_MS = 60_000

/**
 * Runs days by invoking the deployed transforms and waiting for their accounts.
 * @param functionOf the function of a source
 * @returns a function that throws with the function's own error where a day fails
 */
export function deployedTransform(
  functionOf: (source: string) => string,
  { atOnce, region }: { readonly atOnce: number; readonly region?: string },
): (day: Day) => Promise<DayStats> {
  const agent = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets: atOnce }
  const lambda = new LambdaClient({
    ...(region ? { region } : {}),
    maxAttempts: 5, // a throttled call, as while the nightly run is on; a day that runs twice does no harm
    requestHandler: { requestTimeout: ANSWER_WITHIN_MS, httpsAgent: agent, httpAgent: agent },
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
    const account: unknown = JSON.parse(text)
    if (!isAccount(account)) throw new Error(`${functionOf(source)} gave no account: is it a transform?`)
    return account
  }
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
function errorOf(payload: string): string {
  try {
    const error: unknown = JSON.parse(payload)
    if (isObject(error)) return [error.errorType, error.errorMessage].filter(Boolean).join(': ')
  } catch {
    // not JSON: as it is
  }
  return payload || 'the function failed and does not say why'
}

const isAccount = (value: unknown): value is DayStats =>
  isObject(value) &&
  ['objects', 'messages', 'rows', 'duplicates', 'ignored', 'quarantined'].every(name => typeof value[name] === 'number')
