import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'

/** An HTTP request, whichever way it came. */
export interface Request {
  readonly method: string
  readonly query: Readonly<Record<string, string | undefined>>
  /** The value of a header, by its name in lower case. A function, because only one of many headers is needed. */
  readonly header: (name: string) => string | undefined
  /** The bytes as they were sent; signatures are over these. */
  readonly body: Uint8Array
  /** Epoch milliseconds. */
  readonly receivedAt: number
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The time in which a request is answered, in milliseconds, where the platform sets no shorter limit. */
export const ANSWER_WITHIN_MS = 9_000

/**
 * The header of a 2xx answer that says what became of the delivery. The platforms ignore it; `npm run replay` reads it,
 * because a delivery that is not kept is acknowledged, too.
 */
export const OUTCOME_HEADER = 'x-chatlake-outcome'

/** `repeated`: its body was stored before. `foreign`: it is not kept. `checked`: its body is `CHECK_BODY`. */
export type DeliveryOutcome = 'stored' | 'repeated' | 'foreign' | 'checked'

/** A plain-text answer. `nosniff`, because the body may be a challenge that the sender chose. */
export const text = (status: number, body: string): Answer => ({
  status,
  headers: {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  },
  body,
})

/**
 * The request in an API Gateway REST proxy event. Members may be missing: test consoles and emulators leave some out.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function requestOf(event: Partial<APIGatewayProxyEvent>): Request {
  return {
    method: (event.httpMethod ?? '').toUpperCase(),
    query: single(event.queryStringParameters, event.multiValueQueryStringParameters),
    header: name => named(name, event.headers) ?? named(name, event.multiValueHeaders)?.at(-1),
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    receivedAt: event.requestContext?.requestTimeEpoch ?? Date.now(),
  }
}

/** One value for each name: the single value, or else the last of several, as API Gateway itself chooses. */
function single(
  values: Readonly<Record<string, string | undefined>> | null | undefined,
  multiValues: Readonly<Record<string, readonly string[] | undefined>> | null | undefined,
): Record<string, string | undefined> {
  const result = new Map<string, string | undefined>()
  for (const [name, several] of Object.entries(multiValues ?? {})) result.set(name, several?.at(-1))
  for (const [name, value] of Object.entries(values ?? {})) if (value != null) result.set(name, value)
  return Object.fromEntries(result)
}

/** The value of a header, in whatever case its name is written. */
const named = <T>(name: string, headers: Readonly<Record<string, T | undefined>> | null | undefined): T | undefined =>
  Object.entries(headers ?? {}).findLast(([key, value]) => value != null && key.toLowerCase() === name)?.[1]

/** An answer in the form that API Gateway expects. */
export const resultOf = ({ status, headers, body }: Answer): APIGatewayProxyResult => ({
  statusCode: status,
  headers: { ...headers },
  body: body ?? '',
})
