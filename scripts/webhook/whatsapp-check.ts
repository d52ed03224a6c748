import { randomInt } from 'node:crypto'
import { webhook } from '../../handlers/sources/whatsapp/webhook.ts'
import { OUTCOME_HEADER } from '../../handlers/webhook/http.ts'
import { CHECK_BODY } from '../../handlers/webhook/webhook.ts'
import { reasonOf } from '../lib/cli/reason.ts'
import type { Finding } from './findings.ts'

/** Meta's own timeout, in milliseconds. */
const TIMEOUT_MS = 10_000

/**
 * Checks that a webhook completes Meta's handshake, accepts a delivery that is signed with the app secret, and rejects a
 * wrong token and an unsigned delivery. The signed delivery is `CHECK_BODY`, which the webhook does not store.
 * @returns one finding for each check, also when the webhook does not respond
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
 */
export async function checkWhatsApp(url: string, verifyToken: string, appSecret: string): Promise<Finding[]> {
  const challenge = String(randomInt(1e9, 1e10))
  return [
    await check('answers the handshake with the bare challenge', handshake(url, verifyToken, challenge), response =>
      response.status === 200 && response.body !== challenge
        ? `HTTP 200, but its body is not the challenge: ${JSON.stringify(response.body.slice(0, 80))}`
        : statusProblem(200, response, HANDSHAKE_REASONS),
    ),
    await check('rejects a wrong token', handshake(url, `${verifyToken}x`, challenge), response =>
      statusProblem(403, response, { 200: 'anyone can impersonate Meta' }),
    ),
    await check('rejects a delivery without a signature', send(url, { method: 'POST', body: '{}' }), response =>
      statusProblem(401, response, {
        200: 'anyone can write to the lake',
        500: 'WHATSAPP_APP_SECRET is not configured in the deployment',
      }),
    ),
    await check('accepts a delivery that is signed with the app secret', signed(url, appSecret), signatureProblem),
  ]
}

interface HttpResponse {
  readonly status: number
  readonly body: string
  /** What the webhook did with the delivery, by its own word. */
  readonly outcome: string | null
}

const HANDSHAKE_REASONS = {
  403: 'the local VERIFY_TOKEN is not the deployed one',
  404: 'there is no webhook at this URL',
  500: 'VERIFY_TOKEN is not configured in the deployment',
}

function handshake(url: string, token: string, challenge: string): Promise<HttpResponse> {
  const address = new URL(url)
  const query = { 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': challenge }
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
  return send(address, { method: 'GET' })
}

const signed = (url: string, appSecret: string) =>
  send(url, { method: 'POST', body: CHECK_BODY, headers: webhook.sign(CHECK_BODY, () => appSecret, Date.now()) })

const signatureProblem = (response: HttpResponse) =>
  response.status === 200 && response.outcome !== 'checked'
    ? `HTTP 200, but the webhook treated the check as a delivery: deploy this version of chatlake`
    : statusProblem(200, response, {
        401: "the local WHATSAPP_APP_SECRET is not the deployed one, or the deployed one is not the app's",
        500: 'WHATSAPP_APP_SECRET is not configured in the deployment',
      })

async function send(url: string | URL, request: RequestInit): Promise<HttpResponse> {
  const response = await fetch(url, {
    ...request,
    headers: { ...request.headers, 'content-type': 'application/json' },
    redirect: 'manual', // Meta does not follow redirects
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const outcome = response.headers.get(OUTCOME_HEADER)
  return { status: response.status, body: await response.text(), outcome }
}

/**
 * @param claim what the webhook should do
 * @param problemOf returns what is wrong with the response, undefined if nothing
 */
async function check(
  claim: string,
  response: Promise<HttpResponse>,
  problemOf: (response: HttpResponse) => string | undefined,
): Promise<Finding> {
  try {
    const problem = problemOf(await response)
    return problem ? { level: 'problem', text: `${claim}: failed: ${problem}` } : { level: 'ok', text: claim }
  } catch (error) {
    return { level: 'problem', text: `${claim}: no response: ${reasonOf(error)}` }
  }
}

/** Describes an unexpected status. @param reasons the likely reason for a status */
function statusProblem(
  expected: number,
  { status }: HttpResponse,
  reasons: Readonly<Record<number, string>>,
): string | undefined {
  if (status === expected) return undefined
  const reason = reasons[status]
  return `HTTP ${status} instead of ${expected}${reason ? `: ${reason}` : ''}`
}
