import { isObject, type JsonObject } from '../../handlers/parsed-json.ts'
import { reasonOf } from '../lib/cli/reason.ts'

const TIMEOUT_MS = 30_000

/** The version asked for; Meta keeps one for two years and then answers with the oldest it still has. */
export const GRAPH_API = 'https://graph.facebook.com/v25.0'

export interface GraphApi {
  /** @throws with Meta's own words and codes */
  get(path: string, token: string): Promise<JsonObject>
  /** @throws with Meta's own words and codes */
  post(path: string, token: string, fields?: Readonly<Record<string, string>>): Promise<JsonObject>
}

/**
 * Meta's Graph API. Tokens go into a header, never into a URL, and never into an error.
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
    if (!isObject(answer)) throw new Error(`Meta's answer to ${path} is no object`)
    if (isObject(answer.error)) throw new Error(`Meta refused ${path}: ${scrub(errorText(answer.error))}`)
    return answer
  }
  return {
    get: (path, token) => call(path, token, { method: 'GET' }),
    post: (path, token, fields = {}) => call(path, token, { method: 'POST', body: new URLSearchParams(fields) }),
  }
}

function errorText(error: JsonObject): string {
  const said = [error.error_user_msg ?? error.message ?? 'it does not say why']
  const numbers = ['type', 'code', 'error_subcode', 'fbtrace_id']
    .filter(name => error[name] !== undefined)
    .map(name => `${name} ${error[name]}`)
  const advice = error.code === 190 ? ['\nThe access token has expired or is wrong.'] : []
  return [...said, `(${numbers.join(', ')})`, ...advice].join(' ')
}
