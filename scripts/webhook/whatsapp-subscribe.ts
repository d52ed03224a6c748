import { isObject } from '../../handlers/parsed-json.ts'
import type { Finding } from './findings.ts'
import type { GraphApi } from './graph-api.ts'

export interface Subscription {
  readonly appId: string
  readonly appSecret: string
  readonly callbackUrl: string
  readonly verifyToken: string
  /** Webhook fields of the object `whatsapp_business_account`. Messages arrive with `messages`. */
  readonly fields: readonly string[]
  /** The business account, and a token that may manage it. Without them only the app is subscribed. */
  readonly account?: { readonly id: string; readonly accessToken: string }
}

/**
 * Subscribes an app to a business account. The app's subscription has the callback URL and the fields; Meta performs
 * the handshake before it accepts it. The account's subscription names the app that is notified. Both are idempotent.
 * @throws when Meta refuses a request
 * @see https://developers.facebook.com/docs/graph-api/webhooks/subscriptions-edge
 * @see https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps/
 */
export async function subscribe(graph: GraphApi, subscription: Subscription): Promise<Finding[]> {
  const { appId, appSecret, callbackUrl, verifyToken, fields, account } = subscription
  const appToken = `${appId}|${appSecret}`
  const created = await graph.post(`${appId}/subscriptions`, appToken, {
    object: OBJECT,
    callback_url: callbackUrl,
    verify_token: verifyToken,
    fields: fields.join(','),
  })
  assertSuccess(created, `${appId}/subscriptions`)
  const findings = [appFinding(await graph.get(`${appId}/subscriptions`, appToken), callbackUrl, fields)]
  if (!account) return [...findings, NO_ACCOUNT]

  const path = `${account.id}/subscribed_apps`
  assertSuccess(await graph.post(path, account.accessToken), path)
  return [...findings, accountFinding(await graph.get(path, account.accessToken), account.id, appId)]
}

const OBJECT = 'whatsapp_business_account'

const NO_ACCOUNT: Finding = {
  level: 'warning',
  text: `the business account is neither subscribed nor checked: give its ID with --waba-id and its token in
WHATSAPP_ACCESS_TOKEN`,
}

/** Some of Meta's responses have `true` as a boolean, others as a string. */
function assertSuccess(answer: { readonly success?: unknown }, path: string): void {
  if (String(answer.success) !== 'true') throw new Error(`Meta did not confirm ${path}: ${JSON.stringify(answer)}`)
}

/** Checks that the app's subscription has the requested URL and fields. */
function appFinding(answer: { readonly data?: unknown }, callbackUrl: string, wanted: readonly string[]): Finding {
  const subscription = objects(answer.data).find(({ object }) => object === OBJECT)
  const fields = objects(subscription?.fields).map(({ name }) => name)
  const missing = wanted.filter(field => !fields.includes(field))
  if (subscription?.active !== true || subscription.callback_url !== callbackUrl || missing.length > 0) {
    return {
      level: 'problem',
      text: `the app's subscription differs from the request: ${JSON.stringify(subscription ?? null)}`,
    }
  }
  return { level: 'ok', text: `the app delivers ${fields.join(', ')} to ${callbackUrl}` }
}

function accountFinding(answer: { readonly data?: unknown }, account: string, appId: string): Finding {
  const apps = objects(answer.data).map(app =>
    isObject(app.whatsapp_business_api_data) ? app.whatsapp_business_api_data : {},
  )
  const app = apps.find(({ id }) => id === appId)
  return app
    ? { level: 'ok', text: `the business account ${account} notifies the app ${app.name ?? appId}` }
    : { level: 'problem', text: `the business account ${account} does not notify the app ${appId}` }
}

const objects = (value: unknown) => (Array.isArray(value) ? value.filter(isObject) : [])
