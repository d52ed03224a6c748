import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kill } from 'node:process'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { addDays, dayIn } from '../handlers/lake/calendar.ts'
import { rawKey, tableKey } from '../handlers/lake/layout.ts'
import { openLake } from './lib/local/lake.ts'
import { PROCESS_TIMEOUT_MS, scriptArguments, TEST_ENVIRONMENT } from './lib/testing/run-script.ts'

const folder = mkdtempSync(join(tmpdir(), 'chatlake-start-'))
after(() => rmSync(folder, { recursive: true }))

const SECRETS = { VERIFY_TOKEN: 'v', WHATSAPP_APP_SECRET: 'w', TELEGRAM_SECRET_TOKEN: 't', TELEGRAM_CHAT_ID: '-1' }

const TELEGRAM = { 'x-telegram-bot-api-secret-token': 't' }

/** Runs `npm start` in a folder without `.env`. */
function start(args: readonly string[], env: Record<string, string>, cwd = folder) {
  const process_ = spawn(process.execPath, [...scriptArguments('start'), ...args], {
    cwd,
    env: { ...TEST_ENVIRONMENT, TIME_ZONE: 'UTC', ...env },
    detached: true, // its own process group, as from a terminal
    timeout: PROCESS_TIMEOUT_MS,
    killSignal: 'SIGKILL',
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

test('exits with 1 and names every missing secret and setting', async () => {
  const { process, output } = start([], { VERIFY_TOKEN: 'v' })
  const [code] = await once(process, 'close')
  assert.equal(code, 1)
  assert.match(output.stderr, /not configured: WHATSAPP_APP_SECRET, TELEGRAM_SECRET_TOKEN, TELEGRAM_CHAT_ID\n/)
})

test('exits with 1 for an invalid setting and says what to write', async () => {
  const { process, output } = start([], { ...SECRETS, TELEGRAM_CHAT_ID: '-1,@mygroup' })
  const [code] = await once(process, 'close')
  assert.equal(code, 1)
  assert.match(
    output.stderr,
    /TELEGRAM_CHAT_ID is not valid: write ids of chats, as -1001234567890, or \* for every chat of the bot\n/,
  )
})

test('exits with 1 when the path of the lake is a file', async () => {
  const { process, output } = start(['--port', '0', '--lake', fileURLToPath(import.meta.url)], SECRETS)
  const [code] = await once(process, 'close')
  assert.equal(code, 1)
  assert.match(output.stderr, /no lake can be created at .*start\.test\.ts/)
})

test('serves both platforms, stores what arrives and stops on SIGTERM', async () => {
  const { process, output } = start(['--port', '0', '--lake', 'lake'], SECRETS)
  while (!output.stderr.includes('Ctrl-C')) await once(process.stderr, 'data')
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output.stderr)?.[0]

  const query = 'hub.mode=subscribe&hub.verify_token=v&hub.challenge=42'
  assert.equal(await (await fetch(`${url}/whatsapp?${query}`)).text(), '42')
  const update = { update_id: 1, message: { message_id: 1, date: 1, chat: { id: -1, type: 'group' }, text: 'segredo' } }
  const delivery = { method: 'POST', headers: TELEGRAM, body: JSON.stringify(update) }
  assert.equal((await fetch(`${url}/telegram`, delivery)).status, 200)

  process.kill('SIGTERM')
  const [code] = await once(process, 'close')
  assert.equal(code, 0)
  for (const hint of ['callback URL <tunnel>/whatsapp', 'telegram set --url <tunnel>/telegram'])
    assert.ok(output.stderr.includes(hint), hint)
  const today = join(folder, 'lake/raw/telegram', `context_date=${dayIn('UTC')(Date.now())}`)
  assert.ok(existsSync(today) && readdirSync(today).length === 1)
  assert.match(output.stdout, /"event":"stored","source":"telegram"/)
  assert.doesNotMatch(output.stdout + output.stderr, /segredo/)
})

test('a lake keeps its time zone: another one is refused, and without TIME_ZONE it is that of the lake', async () => {
  const args = ['--port', '0', '--lake', 'zoned', '--source', 'whatsapp']
  for (const [TIME_ZONE, said] of [
    [
      'Pacific/Auckland',
      /recorded in lake\.json: Pacific\/Auckland\n[\s\S]*Each day, in the time zone Pacific\/Auckland,/,
    ],
    ['', /^\nchatlake is listening:[\s\S]*Each day, in the time zone Pacific\/Auckland,/],
  ] as const) {
    const { process, output } = start(args, { ...SECRETS, TIME_ZONE })
    while (!output.stderr.includes('Ctrl-C')) await once(process.stderr, 'data')
    process.kill('SIGTERM')
    await once(process, 'close')
    assert.match(output.stderr, said)
  }
  for (const part of ['raw', 'enriched'])
    assert.equal(readFileSync(join(folder, 'zoned', part, 'lake.json'), 'utf8'), '{"time_zone":"Pacific/Auckland"}\n')
  const { process, output } = start(args, { ...SECRETS, TIME_ZONE: 'UTC' })
  assert.deepEqual(await once(process, 'close'), [1, null])
  assert.match(
    output.stderr,
    /^start: .*zoned\/raw\/lake\.json says that .* Pacific\/Auckland, but TIME_ZONE is UTC: unset TIME_ZONE, .*\n$/,
  )
})

test('serves one platform with only its secrets, read from .env', async () => {
  const cwd = join(folder, 'with-env')
  mkdirSync(cwd)
  writeFileSync(join(cwd, '.env'), 'VERIFY_TOKEN=v\nWHATSAPP_APP_SECRET=w\n')
  const { process, output } = start(['--port', '0', '--source', 'whatsapp'], {}, cwd)
  while (!output.stderr.includes('Ctrl-C')) await once(process.stderr, 'data')
  process.kill('SIGTERM')
  await once(process, 'close')
  assert.ok(output.stderr.includes('<tunnel>/whatsapp'))
  assert.doesNotMatch(output.stderr, /telegram/i)
})

test('transforms missed days on start', async () => {
  const lake = openLake(join(folder, 'missed'))
  const day = dayIn('UTC')
  const today = day(Date.now() - 120_000)
  const dates = [3, 2, 1].map(ago => addDays(today, -ago))
  for (const [i, date] of dates.entries()) {
    const update = { update_id: i, message: { message_id: i, date: 1, chat: { id: -1, type: 'group' }, text: 'a' } }
    const body = Buffer.from(JSON.stringify(update))
    await lake.raw.putIfAbsent(rawKey('telegram', date, body), body, Date.now())
  }
  const { process, output } = start(['--port', '0', '--lake', lake.directory], SECRETS)
  while (output.stdout.split('"day_transformed","source":"telegram"').length <= dates.length)
    await once(process.stdout, 'data')
  process.kill('SIGTERM')
  await once(process, 'close')
  for (const date of dates) assert.ok(await lake.enriched.get(tableKey('telegram', date)), date)
})

test('finishes the current request on Ctrl-C, which arrives from the terminal and again from npm', async () => {
  const { process, output } = start(['--port', '0', '--lake', 'interrupted'], SECRETS)
  while (!output.stderr.includes('Ctrl-C')) await once(process.stderr, 'data')
  const { port } = new URL(/http:\/\/127\.0\.0\.1:\d+/.exec(output.stderr)?.[0] ?? '')
  const body = JSON.stringify({ update_id: 1, message: { message_id: 1, date: 1, chat: { id: -1, type: 'group' } } })
  const delivery = request({ host: '127.0.0.1', port, method: 'POST', path: '/telegram', headers: TELEGRAM })
  delivery.write(body.slice(0, 10))
  await once(delivery, 'socket').then(([socket]) => socket.connecting && once(socket, 'connect'))
  await sleep(100) // until the gateway has accepted the connection

  const group = -(process.pid ?? assert.fail('not running'))
  kill(group, 'SIGINT')
  kill(group, 'SIGINT')
  while (!output.stderr.includes('Stopping')) await once(process.stderr, 'data')
  kill(group, 'SIGINT')
  delivery.end(body.slice(10))
  const [answer] = await once(delivery, 'response')
  assert.equal(answer.statusCode, 200)
  answer.resume()
  const [code] = await once(process, 'close')
  assert.equal(code, 0)
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const) {
  test(`npm start stops when npm ends by ${signal}`, { timeout: PROCESS_TIMEOUT_MS }, async () => {
    const npm = spawn('npm', ['start', '--', '--port', '0', '--lake', join(folder, signal)], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...TEST_ENVIRONMENT, ...SECRETS, HOME: folder, NO_UPDATE_NOTIFIER: '1' },
      timeout: PROCESS_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    })
    let output = ''
    npm.stdout.resume()
    npm.stderr.on('data', chunk => {
      output += chunk
    })
    while (!output.includes('Ctrl-C')) await once(npm.stderr, 'data')
    npm.kill(signal)
    await once(npm, 'close') // not before the gateway's process has closed the output, too
    assert.match(output, /Stopping/)
  })
}

test('two processes on one lake keep a group that becomes a supergroup, and so does one that starts later', async () => {
  const [oldId, newId] = [-1, -1001500000099]
  const post = (url: string, chat: number, more: object) => {
    const message = { message_id: 1, date: 1, chat: { id: chat }, ...more }
    const body = JSON.stringify({ update_id: 1, message })
    return fetch(`${url}/telegram`, { method: 'POST', headers: TELEGRAM, body })
  }
  const run = async () => {
    const { process, output } = start(['--port', '0', '--lake', 'shared', '--source', 'telegram'], SECRETS)
    while (!output.stderr.includes('Ctrl-C')) await once(process.stderr, 'data')
    return { process, output, url: /http:\/\/127\.0\.0\.1:\d+/.exec(output.stderr)?.[0] ?? '' }
  }
  const outcome = async (answer: Promise<Response>) => (await answer).headers.get('x-chatlake-outcome')

  const [first, second] = await Promise.all([run(), run()])
  assert.equal(await outcome(post(second.url, newId, { text: 'too early' })), 'foreign')
  assert.equal(await outcome(post(first.url, oldId, { migrate_to_chat_id: newId })), 'stored')
  assert.equal(await outcome(post(second.url, newId, { text: 'a' })), 'stored')
  assert.equal(await outcome(post(first.url, newId, { text: 'b' })), 'stored')
  const third = await run()
  assert.equal(await outcome(post(third.url, newId, { text: 'c' })), 'stored')
  for (const { process } of [first, second, third]) {
    process.kill('SIGTERM')
    await once(process, 'close')
  }
  assert.match(first.output.stdout, /"event":"chat_migrated".*"from_chat_id":-1,"to_chat_id":-1001500000099/)
  assert.match(second.output.stdout, /"event":"foreign".*"chat_id":-1001500000099/)
})
