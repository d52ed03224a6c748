import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'

/** An HTTP request, free of how it came. */
export interface Request {
  readonly method: string
  readonly query: Readonly<Record<string, string | undefined>>
  /** The value of a header, by its name in lower case: of many headers one is asked for. */
  readonly header: (name: string) => string | undefined
  /** The bytes that were sent, before anything has read or re-encoded them. */
  readonly body: Uint8Array
  /** Epoch milliseconds. */
  readonly receivedAt: number
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A plain-text answer; `nosniff`, since a challenge is echoed. */
export const text = (status: number, body: string): Answer => ({
  status,
  headers: {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  },
  body,
})

/**
 * The request in an API Gateway REST proxy event. Takes what test consoles and emulators leave out as absent.
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

/** One value a name: the single one, or the last of several, as API Gateway itself chooses. */
function single(
  values: Readonly<Record<string, string | undefined>> | null | undefined,
  multiValues: Readonly<Record<string, readonly string[] | undefined>> | null | undefined,
): Record<string, string | undefined> {
  const result = new Map<string, string | undefined>()
  for (const [name, several] of Object.entries(multiValues ?? {})) result.set(name, several?.at(-1))
  for (const [name, value] of Object.entries(values ?? {})) if (value != null) result.set(name, value)
  return Object.fromEntries(result)
}

/** What `headers` hold under a name, in whatever case they write it. */
const named = <T>(name: string, headers: Readonly<Record<string, T | undefined>> | null | undefined): T | undefined =>
  Object.entries(headers ?? {}).findLast(([key, value]) => value != null && key.toLowerCase() === name)?.[1]

/** An answer as API Gateway wants it. */
export const resultOf = ({ status, headers, body }: Answer): APIGatewayProxyResult => ({
  statusCode: status,
  headers: { ...headers },
  body: body ?? '',
})
