import { parseArgs } from 'node:util'
import { deployed } from '../lib/aws/outputs.ts'
import { secretFinder } from '../lib/aws/secrets.ts'
import { type Command, UsageError } from '../lib/cli/command.ts'
import { type Finding, renderFindings } from './findings.ts'
import { GRAPH_API, graphApi } from './graph-api.ts'
import { ALLOWED_UPDATES, deleteWebhook, setWebhook, webhookFindings } from './telegram.ts'
import { telegramApi } from './telegram-api.ts'
import { checkWhatsApp } from './whatsapp-check.ts'
import { subscribe } from './whatsapp-subscribe.ts'

const HELP = `Registers the lake's webhooks with the platforms, and checks them.

  npm run webhook -- telegram set [--url URL] [--allowed-updates KIND,…] [--drop-pending]
  npm run webhook -- telegram info [--url URL]
  npm run webhook -- telegram delete [--drop-pending]
  npm run webhook -- whatsapp check [--url URL]
  npm run webhook -- whatsapp subscribe --app-id ID [--waba-id ID] [--url URL] [--fields messages,…]

  --url              the webhook's URL (default: the deployed one)
  --allowed-updates  Telegram update types; "" selects Telegram's own default
                     (default: ${ALLOWED_UPDATES.join(',')})
  --drop-pending     discard the updates that Telegram has not delivered yet
  --app-id           the ID of your Meta app
  --waba-id          the ID of your WhatsApp Business account
  --fields           webhook fields to subscribe to (default: messages)

Secrets come from the environment or from .env, never from the command line:
  TELEGRAM_BOT_TOKEN       telegram set, info, delete   from @BotFather
  WHATSAPP_ACCESS_TOKEN    whatsapp subscribe           of a system user with whatsapp_business_management
  TELEGRAM_SECRET_TOKEN    telegram set                 (default: the deployed secret)
  VERIFY_TOKEN             whatsapp check, subscribe    (default: the deployed secret)
  WHATSAPP_APP_SECRET      whatsapp subscribe           (default: the deployed secret)
TELEGRAM_API_URL and GRAPH_API_URL override the base URLs of the APIs (${GRAPH_API}).

Exit code 1 if a problem keeps messages from the lake.`

export const webhook: Command = async (args, env, print) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      'allowed-updates': { type: 'string', default: ALLOWED_UPDATES.join(',') },
      'drop-pending': { type: 'boolean', default: false },
      'app-id': { type: 'string' },
      'waba-id': { type: 'string' },
      fields: { type: 'string', default: 'messages' },
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
      return report(await webhookFindings(api, url))
    }
    case 'telegram info':
      return report(await webhookFindings(telegram(), values.url ?? (await stage.find('telegram_webhook_url'))))
    case 'telegram delete':
      await deleteWebhook(telegram(), values['drop-pending'])
      print('The webhook is deleted. Telegram keeps new updates for 24 hours, then discards them.')
      return true
    case 'whatsapp check':
      return report(await checkWhatsApp(await urlOf('whatsapp'), await secret('VERIFY_TOKEN')))
    case 'whatsapp subscribe': {
      const { 'app-id': appId, 'waba-id': account } = values
      if (!appId) throw new UsageError('--app-id is missing: developers.facebook.com shows the App ID of your app')
      const accessToken = account ? { account: { id: account, accessToken: requireEnv('WHATSAPP_ACCESS_TOKEN') } } : {}
      return report(
        await subscribe(graphApi(env.GRAPH_API_URL || undefined), {
          appId,
          appSecret: await secret('WHATSAPP_APP_SECRET'),
          callbackUrl: await urlOf('whatsapp'),
          verifyToken: await secret('VERIFY_TOKEN'),
          fields: splitList(values.fields),
          ...accessToken,
        }),
      )
    }
    default:
      throw new UsageError(`unknown command "${positionals.join(' ')}": see npm run webhook -- --help`)
  }
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}
