import type { Configuration } from '../../webhook/configuration.ts'
import { constantTimeEqual } from '../../webhook/constant-time.ts'
import type { Request } from '../../webhook/http.ts'
import type { Webhook } from '../../webhook/webhook.ts'
import { CHATS, decide, WARNINGS } from './chats.ts'
import { updatesIn } from './updates.ts'

const TOKEN_HEADER = 'x-telegram-bot-api-secret-token'

export const webhook: Webhook = {
  secrets: ['TELEGRAM_SECRET_TOKEN'],
  settings: [CHATS],
  warnings: WARNINGS,
  registration: url => `npm run webhook -- telegram set --url ${url}      (with TELEGRAM_BOT_TOKEN, from @BotFather)`,
  isAuthentic,
  sign: (_, secret) => ({ [TOKEN_HEADER]: secret('TELEGRAM_SECRET_TOKEN') }),
  decide,
  pairsFolder: 'chats',
  deliveriesIn: updatesIn,
  accepted: { status: 200 }, // no body: Telegram would execute a {"method": …} in it
}

/** @see https://core.telegram.org/bots/api#setwebhook */
async function isAuthentic({ header }: Request, configuration: Configuration): Promise<boolean> {
  const token = header(TOKEN_HEADER) ?? ''
  return configuration.matches('TELEGRAM_SECRET_TOKEN', valid => constantTimeEqual(token, valid))
}
