import { parseArgs } from 'node:util'
import { UPDATE_KINDS } from '../../handlers/sources/telegram/updates.ts'
import { deployed } from '../lib/aws/outputs.ts'
import { secretFinder } from '../lib/aws/secrets.ts'
import { type Command, UsageError } from '../lib/cli/command.ts'
import { type Finding, renderFindings } from './findings.ts'
import { GRAPH_API, graphApi } from './graph-api.ts'
import { deleteWebhook, fetchBot, setWebhook, webhookFindings } from './telegram.ts'
import { telegramApi } from './telegram-api.ts'
import { chatFindings, configuredChats } from './telegram-chats.ts'
import { checkWhatsApp } from './whatsapp-check.ts'
import { checkSubscription, subscribe } from './whatsapp-subscribe.ts'

const HELP = `Registers the lake's webhooks with the platforms, and checks them.

  npm run webhook -- telegram set [--url URL] [--allowed-updates KIND,…] [--drop-pending]
  npm run webhook -- telegram info [--url URL]
  npm run webhook -- telegram delete [--drop-pending]
  npm run webhook -- whatsapp check [--app-id ID [--waba-id ID]] [--url URL]
  npm run webhook -- whatsapp subscribe --app-id ID [--waba-id ID] [--url URL] [--fields messages,…]

telegram info checks the bot, its webhook and each chat in TELEGRAM_CHAT_ID. whatsapp check sends requests to the
webhook, one of them signed with the app secret; none is stored. With --app-id, it also asks Meta whether the secret is
the app's, and which fields the app is subscribed to.

  --url              the webhook's URL (default: the deployed one)
  --allowed-updates  the kinds of updates to ask for; "" selects Telegram's own default
                     (default: all ${UPDATE_KINDS.length} kinds, each of which becomes rows)
  --drop-pending     discard the updates that Telegram has not delivered yet
  --app-id           the ID of your Meta app
  --waba-id          the ID of your WhatsApp Business account
  --fields           webhook fields to subscribe to (default: every field that Meta offers to the app and that becomes
                     rows)

Secrets come from the environment or from .env, never from the command line:
  TELEGRAM_BOT_TOKEN       telegram set, info, delete   from @BotFather
  WHATSAPP_ACCESS_TOKEN    with --waba-id               of a system user with whatsapp_business_management
  TELEGRAM_SECRET_TOKEN    telegram set                 (default: the deployed secret)
  VERIFY_TOKEN             whatsapp check, subscribe    (default: the deployed secret)
  WHATSAPP_APP_SECRET      whatsapp check, subscribe    (default: the deployed secret)
TELEGRAM_CHAT_ID lists the chats that telegram info checks (default: the deployed setting).
TELEGRAM_API_URL and GRAPH_API_URL override the base URLs of the APIs (${GRAPH_API}).

Exit code 1 if a problem keeps messages from the lake.`

export const webhook: Command = async (args, env, print) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      'allowed-updates': { type: 'string', default: UPDATE_KINDS.join(',') },
      'drop-pending': { type: 'boolean', default: false },
      'app-id': { type: 'string' },
      'waba-id': { type: 'string' },
      fields: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help || positionals.length === 0) {
    print(HELP)
    return true
  }

  const stage = deployed(env)
  const secret = secretFinder(env, stage)
  const requireEnv = (name: string) => {
    const value = env[name]?.trim()
    if (!value) throw new Error(`${name} is not set: write it in the environment or in .env`)
    return value
  }
  const urlOf = async (source: string) => {
    const url = values.url ?? (await stage.need(`${source}_webhook_url`, '--url'))
    if (!URL.canParse(url)) throw new UsageError(`--url ${url} is not a URL: write https://…`)
    return url
  }
  const telegram = () => telegramApi(requireEnv('TELEGRAM_BOT_TOKEN'), env.TELEGRAM_API_URL || undefined)

  const graph = () => graphApi(env.GRAPH_API_URL || undefined)
  const app = async (id: string, callbackUrl: string) => ({
    id,
    secret: await secret('WHATSAPP_APP_SECRET'),
    callbackUrl,
  })
  const account = () => {
    const id = values['waba-id']
    return id ? { id, accessToken: requireEnv('WHATSAPP_ACCESS_TOKEN') } : undefined
  }

  const report = (findings: readonly Finding[]) => {
    print(renderFindings(findings))
    return findings.every(({ level }) => level !== 'problem')
  }

  switch (positionals.join(' ')) {
    case 'telegram set': {
      const [api, url] = [telegram(), await urlOf('telegram')]
      await setWebhook(api, {
        url,
        secretToken: await secret('TELEGRAM_SECRET_TOKEN'),
        allowedUpdates: splitList(values['allowed-updates']),
        dropPending: values['drop-pending'],
      })
      return report(await webhookFindings(api, await fetchBot(api), url))
    }
    case 'telegram info': {
      const api = telegram()
      const bot = await fetchBot(api)
      const url = values.url ?? (await stage.find('telegram_webhook_url'))
      return report([
        ...(await webhookFindings(api, bot, url)),
        ...(await chatFindings(api, bot, await configuredChats(env, stage))),
      ])
    }
    case 'telegram delete':
      await deleteWebhook(telegram(), values['drop-pending'])
      print('The webhook is deleted. Telegram keeps new updates for 24 hours, then discards them.')
      return true
    case 'whatsapp check': {
      const url = await urlOf('whatsapp')
      const findings = await checkWhatsApp(url, await secret('VERIFY_TOKEN'), await secret('WHATSAPP_APP_SECRET'))
      if (values['app-id'] === undefined) return report([...findings, NO_APP])
      return report([...findings, ...(await checkSubscription(graph(), await app(values['app-id'], url), account()))])
    }
    case 'whatsapp subscribe': {
      const { 'app-id': appId, fields } = values
      if (!appId) throw new UsageError('--app-id is missing: developers.facebook.com shows the App ID of your app')
      return report(
        await subscribe(graph(), {
          app: await app(appId, await urlOf('whatsapp')),
          verifyToken: await secret('VERIFY_TOKEN'),
          fields: fields === undefined ? undefined : splitList(fields),
          account: account(),
        }),
      )
    }
    default:
      throw new UsageError(`unknown command "${positionals.join(' ')}": see npm run webhook -- --help`)
  }
}

const NO_APP: Finding = {
  level: 'warning',
  text: "the app's subscription is not checked: give its ID with --app-id",
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}
