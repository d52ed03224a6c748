import { isObject, type JsonObject } from '../../handlers/parsed-json.ts'
import { reasonOf } from '../lib/cli/reason.ts'

const TIMEOUT_MS = 30_000

/**
 * The base URL, with the API version. Meta supports a version for two years, then answers with the oldest one left.
 * @see https://developers.facebook.com/docs/graph-api/guides/versioning
 */
export const GRAPH_API = 'https://graph.facebook.com/v25.0'

/** Meta answered a request with an error. The message has its text and codes. */
export class GraphRefusal extends Error {
  override readonly name = 'GraphRefusal'
  /** Meta's error code, such as 100 for an invalid parameter. */
  readonly code: unknown

  constructor(message: string, code: unknown) {
    super(message)
    this.code = code
  }
}

export interface GraphApi {
  /** @throws GraphRefusal, or Error if Meta does not answer */
  get(path: string, token: string): Promise<JsonObject>
  /** @throws GraphRefusal, or Error if Meta does not answer */
  post(path: string, token: string, fields?: Readonly<Record<string, string>>): Promise<JsonObject>
}

/**
 * A client of Meta's Graph API. It sends tokens in a header, not in the URL, and removes them from error messages.
 * @see https://developers.facebook.com/docs/graph-api/guides/error-handling
 */
export function graphApi(base = GRAPH_API): GraphApi {
  async function call(path: string, token: string, request: RequestInit): Promise<JsonObject> {
    const scrub = (text: string) => text.replaceAll(token, '<token>')
    let answer: unknown
    try {
      const response = await fetch(`${base}/${path}`, {
        ...request,
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      answer = JSON.parse(await response.text())
    } catch (error) {
      throw new Error(`Meta did not answer ${path}: ${scrub(reasonOf(error))}`)
    }
    if (!isObject(answer)) throw new Error(`Meta's answer to ${path} is not a JSON object`)
    if (isObject(answer.error))
      throw new GraphRefusal(`Meta refused ${path}: ${scrub(errorText(answer.error))}`, answer.error.code)
    return answer
  }
  return {
    get: (path, token) => call(path, token, { method: 'GET' }),
    post: (path, token, fields = {}) => call(path, token, { method: 'POST', body: new URLSearchParams(fields) }),
  }
}

function errorText(error: JsonObject): string {
  const message = error.error_user_msg ?? error.message ?? 'no reason given'
  const codes = ['type', 'code', 'error_subcode', 'fbtrace_id']
    .filter(name => error[name] !== undefined)
    .map(name => `${name} ${error[name]}`)
  const advice = error.code === 190 ? '\nThe access token has expired or is wrong.' : ''
  return `${message} (${codes.join(', ')})${advice}`
}
