import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Configuration } from '../../webhook/configuration.ts'
import { constantTimeEqual } from '../../webhook/constant-time.ts'
import { type Answer, type Request, text } from '../../webhook/http.ts'
import type { Webhook } from '../../webhook/webhook.ts'

const SIGNATURE_HEADER = 'x-hub-signature-256'

export const webhook: Webhook = {
  secrets: ['VERIFY_TOKEN', 'WHATSAPP_APP_SECRET'],
  settings: [],
  warnings: {},
  registration: url => `npm run webhook -- whatsapp subscribe --url ${url} --app-id … --waba-id …
             or Meta's webhook settings: callback URL ${url}, your VERIFY_TOKEN, field messages and any others`,
  verify,
  isAuthentic,
  sign: (body, secret) => ({
    [SIGNATURE_HEADER]: `sha256=${signature(body, secret('WHATSAPP_APP_SECRET')).toString('hex')}`,
  }),
  decide: () => ({ keep: true }),
  accepted: {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"status":"success"}',
  },
}

/**
 * Meta's handshake, sent whenever the callback URL or the verify token is set. The answer is the bare challenge.
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
 */
async function verify({ query }: Request, configuration: Configuration): Promise<Answer> {
  if (!Object.keys(query).some(name => name.startsWith('hub.'))) return text(400, 'hub.mode is missing')
  const token = query['hub.verify_token'] ?? ''
  const isRight = await configuration.matches('VERIFY_TOKEN', valid => constantTimeEqual(token, valid))
  if (!isRight || query['hub.mode'] !== 'subscribe') return text(403, 'Nao corresponde')
  const challenge = query['hub.challenge']
  return challenge === undefined ? text(400, 'hub.challenge is missing') : text(200, challenge)
}

/**
 * HMAC-SHA256 of the raw body under the app secret. The header holds `sha256=` and the digest in hex.
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started#event-notifications
 */
const signature = (body: Uint8Array, secret: string) => createHmac('sha256', keyOf(secret)).update(body).digest()

/** The secret as an OpenSSL key. Cached for good: a process sees only the few secrets that are valid while it runs. */
function keyOf(secret: string): KeyObject {
  const key = keys.get(secret) ?? createSecretKey(secret, 'utf8')
  keys.set(secret, key)
  return key
}

const keys = new Map<string, KeyObject>()

async function isAuthentic({ header, body }: Request, configuration: Configuration): Promise<boolean> {
  const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(header(SIGNATURE_HEADER) ?? '') ?? []
  const sent = Buffer.from(hex ?? '', 'hex')
  return configuration.matches('WHATSAPP_APP_SECRET', secret => {
    const expected = signature(body, secret)
    return sent.length === expected.length && timingSafeEqual(sent, expected)
  })
}
