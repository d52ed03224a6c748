import { isObject } from '../../handlers/parsed-json.ts'
import type { Finding } from './findings.ts'
import type { GraphApi } from './graph-api.ts'

export interface Subscription {
  readonly appId: string
  readonly appSecret: string
  readonly callbackUrl: string
  readonly verifyToken: string
  /** Fields of the WhatsApp business account; the lake's rows come of `messages`. */
  readonly fields: readonly string[]
  /** The business account and a token of it that may manage it; without them only the app is subscribed. */
  readonly account?: { readonly id: string; readonly accessToken: string }
}

/**
 * Subscribes an app to what people write to a business account: the app says where and which fields (Meta does its
 * handshake meanwhile), the account which apps hear of it. Both can be done again.
 * @see https://developers.facebook.com/docs/graph-api/webhooks/subscriptions-edge
 * @see https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps/
 */
export async function subscribe(graph: GraphApi, subscription: Subscription): Promise<Finding[]> {
  const { appId, appSecret, callbackUrl, verifyToken, fields, account } = subscription
  const appToken = `${appId}|${appSecret}`
  const made = await graph.post(`${appId}/subscriptions`, appToken, {
    object: OBJECT,
    callback_url: callbackUrl,
    verify_token: verifyToken,
    fields: fields.join(','),
  })
  assertSuccess(made, `${appId}/subscriptions`)
  const findings = [subscribed(await graph.get(`${appId}/subscriptions`, appToken), callbackUrl, fields)]
  if (!account) return [...findings, NO_ACCOUNT]

  const path = `${account.id}/subscribed_apps`
  assertSuccess(await graph.post(path, account.accessToken), path)
  return [...findings, accountHears(await graph.get(path, account.accessToken), account.id, appId)]
}

const OBJECT = 'whatsapp_business_account'

const NO_ACCOUNT: Finding = {
  level: 'warning',
  text: `no business account was named, so whether it tells the app is not known: --waba-id, and its token in
WHATSAPP_ACCESS_TOKEN`,
}

/** Meta writes `true` as a boolean in some answers and as a text in others. */
function assertSuccess(answer: { readonly success?: unknown }, path: string): void {
  if (String(answer.success) !== 'true') throw new Error(`Meta did not confirm ${path}: ${JSON.stringify(answer)}`)
}

/** Whether the app's subscription is the one that was asked for. */
function subscribed(answer: { readonly data?: unknown }, callbackUrl: string, wanted: readonly string[]): Finding {
  const subscription = objects(answer.data).find(({ object }) => object === OBJECT)
  const fields = objects(subscription?.fields).map(({ name }) => name)
  const missing = wanted.filter(field => !fields.includes(field))
  if (subscription?.active !== true || subscription.callback_url !== callbackUrl || missing.length > 0) {
    return {
      level: 'problem',
      text: `the app's subscription is not what was asked for: ${JSON.stringify(subscription ?? null)}`,
    }
  }
  return { level: 'ok', text: `the app delivers ${fields.join(', ')} to ${callbackUrl}` }
}

function accountHears(answer: { readonly data?: unknown }, account: string, appId: string): Finding {
  const apps = objects(answer.data).map(app =>
    isObject(app.whatsapp_business_api_data) ? app.whatsapp_business_api_data : {},
  )
  const ours = apps.find(({ id }) => id === appId)
  return ours
    ? { level: 'ok', text: `the business account ${account} tells the app ${ours.name ?? appId}` }
    : { level: 'problem', text: `the business account ${account} does not tell the app ${appId}` }
}

const objects = (value: unknown) => (Array.isArray(value) ? value.filter(isObject) : [])
