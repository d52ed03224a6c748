import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { dayIn } from '../handlers/lake/calendar.ts'

const script = fileURLToPath(new URL('start.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'chatlake-start-'))
after(() => rmSync(folder, { recursive: true }))

const SECRETS = { VERIFY_TOKEN: 'v', WHATSAPP_APP_SECRET: 'w', TELEGRAM_SECRET_TOKEN: 't', TELEGRAM_CHAT_ID: '-1' }

/** `npm start` in an empty folder, so that no `.env` is found. */
function start(args: readonly string[], env: Record<string, string>) {
  const tsx = import.meta.resolve('tsx')
  const process_ = spawn(process.execPath, ['--import', tsx, script, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, TIME_ZONE: 'UTC', ...env },
  })
  const output = { stdout: '', stderr: '' }
  process_.stdout.on('data', chunk => {
    output.stdout += chunk
  })
  process_.stderr.on('data', chunk => {
    output.stderr += chunk
  })
  return { process: process_, output }
}

test('without its secrets it refuses to start, and names every one that is missing', async () => {
  const { process, output } = start([], { VERIFY_TOKEN: 'v' })
  const [code] = await once(process, 'close')
  assert.equal(code, 1)
  assert.match(output.stderr, /not configured: WHATSAPP_APP_SECRET, TELEGRAM_SECRET_TOKEN, TELEGRAM_CHAT_ID\n/)
})

test('with a setting that cannot be right it refuses to start, and says what to write', async () => {
  const { process, output } = start([], { ...SECRETS, TELEGRAM_CHAT_ID: '-1,@mygroup' })
  const [code] = await once(process, 'close')
  assert.equal(code, 1)
  assert.match(output.stderr, /TELEGRAM_CHAT_ID cannot be right: write ids of chats, as -1001234567890\n/)
})

test('it serves both platforms, keeps what arrives, and stops cleanly when told to', async () => {
  const { process, output } = start(['--port', '0', '--lake', 'lake'], SECRETS)
  while (!output.stderr.includes('Ctrl-C')) await once(process.stderr, 'data')
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output.stderr)?.[0]

  const query = 'hub.mode=subscribe&hub.verify_token=v&hub.challenge=42'
  assert.equal(await (await fetch(`${url}/whatsapp?${query}`)).text(), '42')
  const update = { update_id: 1, message: { message_id: 1, date: 1, chat: { id: -1, type: 'group' }, text: 'segredo' } }
  const headers = { 'x-telegram-bot-api-secret-token': 't' }
  const delivery = { method: 'POST', headers, body: JSON.stringify(update) }
  assert.equal((await fetch(`${url}/telegram`, delivery)).status, 200)

  process.kill('SIGTERM')
  const [code] = await once(process, 'close')
  assert.equal(code, 0)
  const today = join(folder, 'lake/raw/telegram', `context_date=${dayIn('UTC')(Date.now())}`)
  assert.ok(existsSync(today) && readdirSync(today).length === 1)
  assert.match(output.stdout, /"event":"stored","source":"telegram"/)
  assert.doesNotMatch(output.stdout + output.stderr, /segredo/)
})
