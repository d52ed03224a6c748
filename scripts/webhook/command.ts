import { parseArgs } from 'node:util'
import { deployed } from '../lib/aws/outputs.ts'
import { secretFinder } from '../lib/aws/secrets.ts'
import { UsageError } from '../lib/cli/command.ts'
import type { Command } from '../lib/cli/command-line.ts'
import { type Finding, rendered } from './findings.ts'
import { GRAPH_API, graphApi } from './graph-api.ts'
import { ALLOWED_UPDATES, deleteWebhook, setWebhook, webhookFindings } from './telegram.ts'
import { telegramApi } from './telegram-api.ts'
import { checkWhatsApp } from './whatsapp-check.ts'
import { subscribe } from './whatsapp-subscribe.ts'

const HELP = `Points the platforms at the lake, and says whether they reach it.

  npm run webhook -- telegram set [--url URL] [--allowed-updates KIND,…] [--drop-pending]
  npm run webhook -- telegram info [--url URL]
  npm run webhook -- telegram delete [--drop-pending]
  npm run webhook -- whatsapp check [--url URL]
  npm run webhook -- whatsapp subscribe --app-id ID [--waba-id ID] [--url URL] [--fields messages,…]

  --url              the webhook's address; the deployed one unless given
  --allowed-updates  kinds of Telegram update (${ALLOWED_UPDATES.join(',')}); "" is Telegram's own default
  --drop-pending     forget what Telegram has not delivered yet
  --app-id           your Meta app
  --waba-id          your WhatsApp business account
  --fields           what Meta delivers (messages)

Secrets come from the environment, a file .env or, but for the first two, the deployed secret; never from a command line:
  TELEGRAM_BOT_TOKEN       telegram *           from @BotFather
  WHATSAPP_ACCESS_TOKEN    whatsapp subscribe   a system user's, with whatsapp_business_management
  TELEGRAM_SECRET_TOKEN    telegram set
  VERIFY_TOKEN             whatsapp check, subscribe
  WHATSAPP_APP_SECRET      whatsapp subscribe
TELEGRAM_API_URL and GRAPH_API_URL (${GRAPH_API}) name other servers of the two APIs.

Exit code 1 when something keeps messages from the lake.`

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
  const own = (name: string) => {
    const value = env[name]?.trim()
    if (!value) throw new Error(`${name} is not set: write it in the environment or in .env`)
    return value
  }
  const urlOf = async (source: string) => {
    const url = values.url ?? (await stage.need(`${source}_webhook_url`, '--url'))
    if (!URL.canParse(url)) throw new UsageError(`--url ${url} is not an address: write https://…`)
    return url
  }
  const telegram = () => telegramApi(own('TELEGRAM_BOT_TOKEN'), env.TELEGRAM_API_URL || undefined)

  const report = (findings: readonly Finding[]) => {
    print(rendered(findings))
    return findings.every(({ level }) => level !== 'problem')
  }

  switch (positionals.join(' ')) {
    case 'telegram set': {
      const [api, url] = [telegram(), await urlOf('telegram')]
      await setWebhook(api, {
        url,
        secretToken: await secret('TELEGRAM_SECRET_TOKEN'),
        allowedUpdates: list(values['allowed-updates']),
        dropPending: values['drop-pending'],
      })
      return report(await webhookFindings(api, url))
    }
    case 'telegram info':
      return report(await webhookFindings(telegram(), values.url ?? (await stage.find('telegram_webhook_url'))))
    case 'telegram delete':
      await deleteWebhook(telegram(), values['drop-pending'])
      print('The bot has no webhook now: Telegram keeps updates for 24 hours, then forgets them.')
      return true
    case 'whatsapp check':
      return report(await checkWhatsApp(await urlOf('whatsapp'), await secret('VERIFY_TOKEN')))
    case 'whatsapp subscribe': {
      const { 'app-id': appId, 'waba-id': account } = values
      if (!appId) throw new UsageError('--app-id is missing: the App ID of your app at developers.facebook.com')
      const accessToken = account ? { account: { id: account, accessToken: own('WHATSAPP_ACCESS_TOKEN') } } : {}
      return report(
        await subscribe(graphApi(env.GRAPH_API_URL || undefined), {
          appId,
          appSecret: await secret('WHATSAPP_APP_SECRET'),
          callbackUrl: await urlOf('whatsapp'),
          verifyToken: await secret('VERIFY_TOKEN'),
          fields: list(values.fields),
          ...accessToken,
        }),
      )
    }
    default:
      throw new UsageError(`"${positionals.join(' ')}" is no command: see npm run webhook -- --help`)
  }
}

function list(text: string): string[] {
  return text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}
