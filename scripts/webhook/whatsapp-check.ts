import { randomInt } from 'node:crypto'
import { reasonOf } from '../lib/cli/reason.ts'
import type { Finding } from './findings.ts'

/** Meta gives up on an answer that takes longer; in milliseconds. */
const TIMEOUT_MS = 10_000

/**
 * Whether a deployed URL behaves as Meta needs it to, and as nobody else could wish: the handshake, a handshake with a
 * wrong token, and a delivery that nobody has signed.
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
 */
export async function checkWhatsApp(url: string, verifyToken: string): Promise<Finding[]> {
  const challenge = String(randomInt(1e9, 1e10))
  return [
    await check('answers the handshake with the bare challenge', handshake(url, verifyToken, challenge), answer =>
      answer.status === 200 && answer.body !== challenge
        ? `HTTP 200, but its body is not the challenge: ${JSON.stringify(answer.body.slice(0, 80))}`
        : expected(200, answer, HANDSHAKE_ADVICE),
    ),
    await check('refuses a wrong token', handshake(url, `${verifyToken}x`, challenge), answer =>
      expected(403, answer, { 200: 'anybody can pass for Meta' }),
    ),
    await check('refuses a delivery without a signature', ask(url, { method: 'POST', body: '{}' }), answer =>
      expected(401, answer, {
        200: 'anybody can write into the lake',
        500: 'WHATSAPP_APP_SECRET is not configured there',
      }),
    ),
  ]
}

interface Answered {
  readonly status: number
  readonly body: string
}

const HANDSHAKE_ADVICE = {
  403: 'VERIFY_TOKEN here is not the one deployed',
  404: 'there is no webhook at this address',
  500: 'VERIFY_TOKEN is not configured there',
}

function handshake(url: string, token: string, challenge: string): Promise<Answered> {
  const address = new URL(url)
  const query = { 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': challenge }
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
  return ask(address, { method: 'GET' })
}

async function ask(url: string | URL, request: RequestInit): Promise<Answered> {
  const response = await fetch(url, {
    ...request,
    headers: { 'content-type': 'application/json' },
    redirect: 'manual', // Meta follows none
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  return { status: response.status, body: await response.text() }
}

/** @param problem what is wrong with the answer, if anything */
async function check(
  claim: string,
  answering: Promise<Answered>,
  problem: (answer: Answered) => string | undefined,
): Promise<Finding> {
  try {
    const wrong = problem(await answering)
    return wrong ? { level: 'problem', text: `${claim}? No: ${wrong}` } : { level: 'ok', text: claim }
  } catch (error) {
    return { level: 'problem', text: `${claim}? No answer: ${reasonOf(error)}` }
  }
}

function expected(status: number, answer: Answered, advice: Readonly<Record<number, string>>): string | undefined {
  if (answer.status === status) return undefined
  const why = advice[answer.status]
  return `HTTP ${answer.status} where ${status} is right${why ? `: ${why}` : ''}`
}
