import { createHmac } from 'node:crypto'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import type { Source } from '../../sources/source.ts'

/** The secrets of these tests, under the names they have in the environment. */
export const SECRETS = {
  VERIFY_TOKEN: 'verify-token-6f1c9',
  WHATSAPP_APP_SECRET: 'app-secret-9b2e4',
  TELEGRAM_SECRET_TOKEN: 'secret_token-41d7a',
} as const

/** The value of any platform's secret in these tests. */
export const secretOf = (name: string): string =>
  (SECRETS as Readonly<Record<string, string>>)[name] ?? `secret-of-${name}`

/** An environment with which the ingests of these platforms keep their samples and fixtures. */
export const environmentOf = (sources: readonly Source[]): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(sources.flatMap(({ webhook }) => webhook.secrets.map(name => [name, secretOf(name)]))),
  ...Object.assign({}, ...sources.map(({ sample }) => sample.settings)),
})

/** What somebody wrote, and who. Must not appear in a log. */
export const PERSON = {
  name: 'Conceição Arruda',
  phone: '5511987650123',
  text: 'bolo de fubá, 1/2 dúzia @ domingo 🍰',
} as const

/** Words that must not appear in a log line. */
export const PRIVATE = [
  ...Object.values(SECRETS),
  'secret-of-',
  ...PERSON.name.split(' '),
  PERSON.phone,
  'fubá',
  'dúzia',
  'domingo',
]

/** The group that TELEGRAM_CHAT_ID names. */
export const OUR_CHAT = -1001987654321

/** The environment of both ingests. */
export const ENVIRONMENT: Readonly<Record<string, string>> = { ...SECRETS, TELEGRAM_CHAT_ID: String(OUR_CHAT) }

/** 2026-03-10, noon in São Paulo. */
export const NOON = Date.parse('2026-03-10T15:00:00.250Z')

/** A WhatsApp body as Meta writes it: non-ASCII characters, `/` and `@` are escaped. */
export const WHATSAPP_BODY = JSON.stringify({
  object: 'whatsapp_business_account',
  entry: [
    {
      changes: [
        {
          field: 'messages',
          value: {
            contacts: [{ wa_id: PERSON.phone, profile: { name: PERSON.name } }],
            messages: [{ id: 'wamid.1', from: PERSON.phone, timestamp: '1773154800', text: { body: PERSON.text } }],
          },
        },
      ],
    },
  ],
}).replace(/[^ -.0-?A-~]/g, character =>
  character === '/' ? '\\/' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
)

/** A Telegram update with a message in `chat`. */
export const telegramMessage = (chat: number = OUR_CHAT, more: Readonly<Record<string, unknown>> = {}) => ({
  update_id: 870000001,
  message: { message_id: 7, from: { id: 70, first_name: PERSON.name }, chat: { id: chat }, text: PERSON.text, ...more },
})

export type Body = string | Uint8Array

/** The value of X-Hub-Signature-256. */
export const sign = (body: Body, secret: string = SECRETS.WHATSAPP_APP_SECRET) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

/** A signed WhatsApp delivery. */
export const whatsappPost = (body: Body = WHATSAPP_BODY, more: RequestParts = {}) =>
  proxyEvent({ headers: { 'X-Hub-Signature-256': sign(body) }, body, ...more })

/** A Telegram delivery with its secret. */
export const telegramPost = (update: unknown = telegramMessage(), more: RequestParts = {}) =>
  proxyEvent({
    headers: { 'X-Telegram-Bot-Api-Secret-Token': SECRETS.TELEGRAM_SECRET_TOKEN },
    body: typeof update === 'string' || update instanceof Uint8Array ? update : JSON.stringify(update),
    ...more,
  })

/** A delivery of any platform, signed as the platform signs it. */
export const signedPost = (source: Source, body: Body, more: RequestParts = {}, secret = secretOf) =>
  proxyEvent({ headers: source.webhook.sign(Buffer.from(body), secret, more.at ?? NOON), body, ...more })

/** A delivery of a platform's sample message, whose text is private. */
export const samplePost = (source: Source, more: RequestParts = {}) =>
  signedPost(source, source.sample.body(1, PERSON.text), more)

export interface RequestParts {
  readonly method?: string
  readonly query?: Readonly<Record<string, string>> | null
  readonly headers?: Readonly<Record<string, string>> | null
  /** `headers` as lists unless given. */
  readonly multiValueHeaders?: Readonly<Record<string, string[]>> | null
  readonly body?: Body | null
  /** Whether the body is in base64, as API Gateway sends it when all media types are binary. */
  readonly base64?: boolean
  /** Arrival, in epoch milliseconds. */
  readonly at?: number
}

/** The event of a REST API with Lambda proxy integration. */
export function proxyEvent({
  method = 'POST',
  query = null,
  headers = {},
  ...more
}: RequestParts): APIGatewayProxyEvent {
  const { body = null, base64 = true, at = NOON, multiValueHeaders = several(headers) } = more
  const event: { [Name in keyof APIGatewayProxyEvent]?: APIGatewayProxyEvent[Name] | null } = {
    httpMethod: method,
    headers,
    multiValueHeaders,
    queryStringParameters: query,
    multiValueQueryStringParameters: several(query),
    requestContext: { requestTimeEpoch: at } as APIGatewayProxyEvent['requestContext'],
    body: body === null ? null : Buffer.from(body).toString(base64 ? 'base64' : 'utf8'),
    isBase64Encoded: base64,
  }
  return event as APIGatewayProxyEvent
}

const several = (values: Readonly<Record<string, string>> | null) =>
  values && Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]))
