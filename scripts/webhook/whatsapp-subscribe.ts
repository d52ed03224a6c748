import { isObject, type JsonObject } from '../../handlers/parsed-json.ts'
import { WEBHOOK_FIELDS } from '../../handlers/sources/whatsapp/fields.ts'
import type { Finding } from './findings.ts'
import { type GraphApi, GraphRefusal } from './graph-api.ts'

export interface App {
  readonly id: string
  readonly secret: string
  readonly callbackUrl: string
}

/** A business account, and a token that may manage it. */
export interface Account {
  readonly id: string
  readonly accessToken: string
}

export interface Subscription {
  readonly app: App
  readonly verifyToken: string
  /**
   * Webhook fields of the object `whatsapp_business_account`. Undefined for all of `WEBHOOK_FIELDS` that Meta offers to
   * the app.
   */
  readonly fields?: readonly string[] | undefined
  /** Without an account only the app is subscribed. */
  readonly account?: Account | undefined
}

/**
 * Subscribes an app to a business account. The app's subscription has the callback URL and the fields; Meta performs
 * the handshake before it accepts it. The account's subscription names the app that is notified. Both are idempotent.
 * @throws when Meta refuses a request
 * @see https://developers.facebook.com/docs/graph-api/webhooks/subscriptions-edge
 * @see https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps/
 */
export async function subscribe(graph: GraphApi, subscription: Subscription): Promise<Finding[]> {
  const { app, account, fields } = subscription
  const accepted = await subscribeApp(graph, subscription)
  const findings = await appFindings(graph, app, fields ?? accepted, fields ?? accepted)
  const notOffered = fields ? [] : FIELD_NAMES.filter(field => !accepted.includes(field))
  if (notOffered.length > 0)
    findings.push({ level: 'ok', text: `fields that Meta does not offer to this app:\n${explained(notOffered)}` })
  if (!account) return [...findings, NO_ACCOUNT]
  const path = `${account.id}/subscribed_apps`
  assertSuccess(await graph.post(path, account.accessToken), path)
  return [...findings, await accountFinding(graph, account, app.id)]
}

/**
 * Checks the subscriptions of an app and, if given, of a business account. Changes nothing.
 * @throws when Meta refuses a request
 */
export async function checkSubscription(graph: GraphApi, app: App, account?: Account): Promise<Finding[]> {
  const findings = await appFindings(graph, app, FIELD_NAMES, ['messages'])
  return [...findings, account ? await accountFinding(graph, account, app.id) : NO_ACCOUNT]
}

const OBJECT = 'whatsapp_business_account'

const FIELD_NAMES: readonly string[] = Object.keys(WEBHOOK_FIELDS)

const NO_ACCOUNT: Finding = {
  level: 'warning',
  text: `the business account is neither subscribed nor checked: give its ID with --waba-id and its token in
WHATSAPP_ACCESS_TOKEN`,
}

const appToken = ({ id, secret }: App) => `${id}|${secret}`

/**
 * Creates the app's subscription. Meta refuses a request as a whole if it does not offer one of the fields to the app.
 * If no fields were given, those are left out and the request is repeated.
 * @returns the fields that Meta accepted
 */
async function subscribeApp(graph: GraphApi, { app, verifyToken, fields }: Subscription): Promise<readonly string[]> {
  const path = `${app.id}/subscriptions`
  let names = fields ?? FIELD_NAMES
  for (;;) {
    try {
      const answer = await graph.post(path, appToken(app), {
        object: OBJECT,
        callback_url: app.callbackUrl,
        verify_token: verifyToken,
        fields: names.join(','),
      })
      assertSuccess(answer, path)
      return names
    } catch (error) {
      const offered: readonly string[] = fields ? names : offeredFields(error, names)
      if (offered.length === names.length || !offered.includes('messages')) throw withAdvice(error)
      names = offered
    }
  }
}

/**
 * The fields that Meta offers, by its error: the list after "must be one of", or else the fields that it does not name.
 * @returns all fields if the error is not about fields
 */
function offeredFields(error: unknown, fields: readonly string[]): readonly string[] {
  if (!(error instanceof GraphRefusal) || error.code !== INVALID_PARAMETER) return fields
  const [, list] = /must be one of \{([^}]*)\}/.exec(error.message) ?? []
  const offered = list?.split(/\W+/)
  if (offered) return fields.filter(field => offered.includes(field))
  const named = error.message.split(/\W+/)
  return fields.filter(field => field === 'messages' || !named.includes(field))
}

/** @see https://developers.facebook.com/docs/graph-api/guides/error-handling */
const INVALID_PARAMETER = 100

function withAdvice(error: unknown): unknown {
  if (!(error instanceof GraphRefusal) || error.code !== INVALID_PARAMETER) return error
  const advice = 'If a field is the reason, give the fields that Meta offers to the app, such as --fields messages.'
  return new GraphRefusal(`${error.message}\n${advice}`, error.code)
}

/** Some of Meta's responses have `true` as a boolean, others as a string. */
function assertSuccess(answer: { readonly success?: unknown }, path: string): void {
  if (String(answer.success) !== 'true') throw new Error(`Meta did not confirm ${path}: ${JSON.stringify(answer)}`)
}

/**
 * Checks the app's subscription.
 * @param wanted the fields to look for
 * @param required those of them whose absence is a problem, not a warning
 */
async function appFindings(
  graph: GraphApi,
  app: App,
  wanted: readonly string[],
  required: readonly string[],
): Promise<Finding[]> {
  const answer = await graph.get(`${app.id}/subscriptions`, appToken(app))
  const subscription = objects(answer.data).find(({ object }) => object === OBJECT)
  const problem = subscriptionProblem(subscription, app.callbackUrl)
  if (!subscription || problem) return [{ level: 'problem', text: `${problem}. ${REMEDY}` }]
  const fields = objects(subscription.fields).map(({ name }) => String(name))
  const findings: Finding[] = [
    { level: 'ok', text: `the app delivers these fields to ${app.callbackUrl}:\n${explained(fields)}` },
  ]
  const missing = wanted.filter(field => !fields.includes(field))
  if (missing.length > 0) {
    findings.push({
      level: missing.some(field => required.includes(field)) ? 'problem' : 'warning',
      text: `the app is not subscribed to these fields:\n${explained(missing)}\n${REMEDY}`,
    })
  }
  return findings
}

const REMEDY = 'Run: npm run webhook -- whatsapp subscribe'

function subscriptionProblem(subscription: JsonObject | undefined, callbackUrl: string): string | undefined {
  if (!subscription) return `the app has no webhook subscription for ${OBJECT}`
  if (subscription.callback_url !== callbackUrl)
    return `the app delivers to ${subscription.callback_url}, expected ${callbackUrl}`
  return subscription.active === true ? undefined : "the app's webhook subscription is not active"
}

/** One line a field: its name and what it is for. */
function explained(fields: readonly string[]): string {
  const width = Math.max(0, ...fields.map(({ length }) => length))
  const meanings: Readonly<Record<string, string>> = WEBHOOK_FIELDS
  return fields.map(field => `  ${field.padEnd(width)}  ${meanings[field] ?? ''}`.trimEnd()).join('\n')
}

async function accountFinding(graph: GraphApi, { id, accessToken }: Account, appId: string): Promise<Finding> {
  const answer = await graph.get(`${id}/subscribed_apps`, accessToken)
  const apps = objects(answer.data).map(app =>
    isObject(app.whatsapp_business_api_data) ? app.whatsapp_business_api_data : {},
  )
  const app = apps.find(app => app.id === appId)
  return app
    ? { level: 'ok', text: `the business account ${id} notifies the app ${app.name ?? appId}` }
    : { level: 'problem', text: `the business account ${id} does not notify the app ${appId}` }
}

const objects = (value: unknown) => (Array.isArray(value) ? value.filter(isObject) : [])
