import { createHmac } from 'node:crypto'
import type { Configuration, Setting } from '../../../webhook/configuration.ts'
import { constantTimeEqual } from '../../../webhook/constant-time.ts'
import { type Request, text } from '../../../webhook/http.ts'
import type { Decision, Webhook } from '../../../webhook/webhook.ts'
import { parseObject } from '../../json.ts'

const SECRET = 'PAGER_SIGNING_SECRET'

/** A delivery that was signed longer ago, or so far ahead, is refused. */
const FRESH_MS = 5 * 60_000

/** The teams whose pages are kept. */
const TEAMS: Setting = {
  name: 'PAGER_TEAM',
  accepts: item => /^T\d+$/.test(item),
  write: 'ids of teams, as T1001',
  example: 'T1001',
  description: 'The teams whose pages are kept',
}

export const webhook: Webhook = {
  secrets: [SECRET],
  settings: [TEAMS],
  warnings: {},
  registration: url => `Pager's settings, Webhooks: URL ${url}`,
  answerWithinMs: 2_000, // Pager gives up after 3 s
  isAuthentic,
  sign: (body, secret, sentAt) => {
    const timestamp = String(Math.floor(sentAt / 1000))
    return { 'x-pager-timestamp': timestamp, 'x-pager-signature': signature(timestamp, body, secret(SECRET)) }
  },
  decide,
  accepted: { status: 200 },
}

/** HMAC-SHA256 of the time in epoch seconds, a dot and the raw body. */
const signature = (timestamp: string, body: Uint8Array, secret: string) =>
  `v1=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`

async function isAuthentic({ header, body, receivedAt }: Request, configuration: Configuration): Promise<boolean> {
  const timestamp = header('x-pager-timestamp') ?? ''
  const sent = header('x-pager-signature') ?? ''
  const isRight = await configuration.matches(SECRET, secret =>
    constantTimeEqual(sent, signature(timestamp, body, secret)),
  )
  return isRight && Math.abs(receivedAt - Number(timestamp) * 1000) <= FRESH_MS
}

/** Answers a handshake. Keeps the pages of the teams in PAGER_TEAM, and what is not JSON: it goes to quarantine. */
function decide(body: Uint8Array, configuration: Configuration): Decision {
  const teams = configuration.list(TEAMS)
  const parsed = parseObject(body)
  if ('reject' in parsed) return { keep: true }
  const { json, root } = parsed
  if (json.is(json.at(root, 'type'), 'handshake')) {
    const challenge = json.string(json.at(root, 'challenge'))
    return { handshake: challenge === null ? text(400, 'challenge is missing') : text(200, challenge) }
  }
  return { keep: teams.some(team => team === json.string(json.at(root, 'team'))) }
}
