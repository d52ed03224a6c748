import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ingestHandler } from '../handlers/ingest/handler.ts'
import { whatsapp } from '../handlers/sources/whatsapp/index.ts'
import { Configuration } from '../handlers/webhook/configuration.ts'
import { openGateway } from './lib/local/gateway.ts'
import { ran } from './lib/testing/run-command.ts'
import { runScript } from './lib/testing/run-script.ts'
import { type Asked, type StubAnswer, stubServer } from './lib/testing/stub-server.ts'
import { webhook } from './webhook/command.ts'
import { checkTelegram } from './webhook/telegram.ts'
import { checkWhatsApp } from './webhook/whatsapp-check.ts'

const TOKEN = '110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'
const WEBHOOK_URL = 'https://api.example.invalid/telegram'

const BOT = { id: 110201543, is_bot: true, first_name: 'Lake', username: 'lake_bot', can_read_all_group_messages: true }
const INFO = { url: WEBHOOK_URL, has_custom_certificate: false, pending_update_count: 0, max_connections: 40 }
const ok = (result: unknown): StubAnswer => ({ body: { ok: true, result } })

/** A stub of the Bot API for one bot, as described at core.telegram.org/bots/api. */
async function telegram(methods: Record<string, (parameters: Record<string, unknown>) => StubAnswer>) {
  const answers: typeof methods = { getMe: () => ok(BOT), getWebhookInfo: () => ok(INFO), ...methods }
  const server = await stubServer(({ path, body }) => {
    const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(path) ?? []
    if (token !== TOKEN) return { status: 401, body: { ok: false, error_code: 401, description: 'Unauthorized' } }
    const answer = answers[method]
    return answer
      ? answer(JSON.parse(body.toString()))
      : { status: 404, body: { ok: false, error_code: 404, description: 'Not Found' } }
  })
  after(() => server.close())
  const env = { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: server.url, TELEGRAM_SECRET_TOKEN: 'the-secret_1' }
  return {
    run: (parameters: string[], more = {}) => ran(webhook, ['telegram', ...parameters], { ...env, ...more }),
    callsTo: (method: string) =>
      server.asked.filter(({ path }) => path.endsWith(`/${method}`)).map(({ body }) => JSON.parse(body.toString())),
  }
}

describe('webhook telegram', { concurrency: true }, () => {
  test('set registers the URL, the secret and the default update types, and keeps pending updates', async () => {
    const api = await telegram({ setWebhook: () => ok(true) })
    const { code, stdout, stderr } = await api.run(['set', '--url', WEBHOOK_URL])
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.match(stdout, /as expected/)
    assert.deepEqual(api.callsTo('setWebhook'), [
      {
        url: WEBHOOK_URL,
        secret_token: 'the-secret_1',
        allowed_updates: ['message', 'edited_message', 'channel_post', 'edited_channel_post', 'my_chat_member'],
        drop_pending_updates: false,
      },
    ])
  })

  test('set accepts other update types, and discards pending updates with --drop-pending', async () => {
    const api = await telegram({ setWebhook: () => ok(true) })
    await api.run(['set', '--url', WEBHOOK_URL, '--allowed-updates', 'message,channel_post,poll', '--drop-pending'])
    const [parameters] = api.callsTo('setWebhook')
    assert.deepEqual(parameters.allowed_updates, ['message', 'channel_post', 'poll'])
    assert.equal(parameters.drop_pending_updates, true)
  })

  test('retries after the wait that Telegram demands', async () => {
    let calls = 0
    const busy = {
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 1',
      parameters: { retry_after: 1 },
    }
    const api = await telegram({ setWebhook: () => (++calls === 1 ? { status: 429, body: busy } : ok(true)) })
    assert.equal((await api.run(['set', '--url', WEBHOOK_URL])).code, 0)
    assert.equal(calls, 2)
  })

  test('fails when the demanded wait is too long', async () => {
    const busy = {
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 900',
      parameters: { retry_after: 900 },
    }
    const api = await telegram({ setWebhook: () => ({ status: 429, body: busy }) })
    const { code, stderr } = await api.run(['set', '--url', WEBHOOK_URL])
    assert.equal(code, 1)
    assert.match(stderr, /retry after 900/)
  })

  test("reports Telegram's own error description", async () => {
    const description = 'Bad Request: bad webhook: An HTTPS URL must be provided for webhook'
    const api = await telegram({
      setWebhook: () => ({ status: 400, body: { ok: false, error_code: 400, description } }),
    })
    const { code, stderr } = await api.run(['set', '--url', 'http://plain.invalid/telegram'])
    assert.equal(code, 1)
    assert.match(stderr, /An HTTPS URL must be provided/)
  })

  test('never prints the token: refused, unreachable, malformed', async () => {
    const other = '220201543:BBHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'
    const api = await telegram({})
    const runs = await Promise.all([
      api.run(['info'], { TELEGRAM_BOT_TOKEN: other }),
      api.run(['info'], { TELEGRAM_BOT_TOKEN: other, TELEGRAM_API_URL: 'http://127.0.0.1:9' }),
      api.run(['info'], { TELEGRAM_BOT_TOKEN: other, TELEGRAM_API_URL: 'no address' }),
      api.run(['info'], { TELEGRAM_BOT_TOKEN: `${other} and more` }),
    ])
    assert.match(runs[0]?.stderr ?? '', /Unauthorized[\s\S]*@BotFather/)
    assert.match(runs[1]?.stderr ?? '', /ECONNREFUSED|bad port/)
    for (const { code, stdout, stderr } of runs) {
      assert.equal(code, 1)
      assert.ok(!`${stdout}${stderr}`.includes('BBHdq'), stderr)
    }
  })

  test('rejects an invalid secret before calling Telegram', async () => {
    const api = await telegram({ setWebhook: () => ok(true) })
    const { code, stderr } = await api.run(['set', '--url', WEBHOOK_URL], { TELEGRAM_SECRET_TOKEN: 'olá' })
    assert.equal(code, 1)
    assert.match(stderr, /1 to 256/)
    assert.deepEqual(api.callsTo('setWebhook'), [])
  })

  test('info exits with 1 when the webhook has another URL', async () => {
    const api = await telegram({})
    const { code, stdout } = await api.run(['info', '--url', 'https://new.example.invalid/telegram'])
    assert.equal(code, 1)
    assert.match(stdout, /expected: https:\/\/new/)
  })

  test('delete removes the webhook', async () => {
    const api = await telegram({ deleteWebhook: () => ok(true) })
    assert.equal((await api.run(['delete', '--drop-pending'])).code, 0)
    assert.deepEqual(api.callsTo('deleteWebhook'), [{ drop_pending_updates: true }])
  })

  test('the command exits with 1 and prints one sentence without a stack trace', async () => {
    const { code, stderr } = await runScript('webhook', ['telegram', 'info'])
    assert.equal(code, 1)
    assert.equal(stderr.trim(), 'webhook: TELEGRAM_BOT_TOKEN is not set: write it in the environment or in .env')
  })

  test('exit codes for wrong arguments', async () => {
    const [unknown, noToken, none] = await Promise.all([
      ran(webhook, ['telegram', 'sett']),
      ran(webhook, ['telegram', 'info']),
      ran(webhook, []),
    ])
    assert.equal(unknown.code, 2)
    assert.match(noToken.stderr, /TELEGRAM_BOT_TOKEN is not set/)
    assert.equal(noToken.code, 1)
    assert.match(none.stdout, /npm run webhook -- telegram set/)
  })
})

describe('findings about a Telegram webhook', () => {
  const now = Date.parse('2026-11-24T12:00:00Z')
  const findings = (bot: object, info: object, url: string | undefined = WEBHOOK_URL) =>
    checkTelegram({ ...BOT, ...bot }, { ...INFO, ...info }, url, now)
  const problems = (bot: object, info: object) => findings(bot, info).filter(({ level }) => level === 'problem')
  const text = (bot: object, info: object) =>
    findings(bot, info)
      .map(({ text }) => text)
      .join('\n')

  test('only ok findings for a working webhook', () => assert.ok(findings({}, {}).every(({ level }) => level === 'ok')))

  test('a warning about privacy mode, with instructions to turn it off', () => {
    assert.match(
      text({ can_read_all_group_messages: false }, {}),
      /privacy mode is on[\s\S]*\/setprivacy[\s\S]*add it again/,
    )
    assert.deepEqual(problems({ can_read_all_group_messages: false }, {}), [])
  })

  test('a problem when no webhook is set', () =>
    assert.match(problems({}, { url: '' })[0]?.text ?? '', /no webhook is set/))

  test('a failed delivery with updates waiting is a problem, with its age and advice', () => {
    const error = {
      last_error_date: now / 1000 - 7200,
      last_error_message: 'Wrong response from the webhook: 401 Unauthorized',
    }
    const [problem] = problems({}, { pending_update_count: 3, ...error })
    assert.match(problem?.text ?? '', /2 hours ago: Wrong response[\s\S]*secret token differs/)
    assert.match(text({}, { pending_update_count: 3 }), /3 updates waiting/)
  })

  test('a failed delivery without updates waiting is not a problem', () => {
    const error = { last_error_date: now / 1000 - 90, last_error_message: 'Connection timed out' }
    assert.deepEqual(problems({}, error), [])
    assert.match(text({}, error), /1 minute ago/)
  })

  test('a problem when messages are not among the update types', () =>
    assert.match(
      problems({}, { allowed_updates: ['callback_query'] })[0]?.text ?? '',
      /without message and channel_post/,
    ))
})

describe('webhook whatsapp check', () => {
  test('the ingest handler passes', async () => {
    const configuration = new Configuration({ VERIFY_TOKEN: 'v&t=1', WHATSAPP_APP_SECRET: 's' })
    const ingest = { configuration, raw: () => assert.fail('nothing is stored'), day: () => '2026-11-24' }
    const gateway = await openGateway(new Map([['whatsapp', ingestHandler(whatsapp, ingest, () => {})]]))
    after(() => gateway.close())
    const findings = await checkWhatsApp(`${gateway.url}/whatsapp`, 'v&t=1')
    assert.deepEqual(
      findings.map(({ level }) => level),
      ['ok', 'ok', 'ok'],
    )
    const wrong = await ran(webhook, ['whatsapp', 'check', '--url', `${gateway.url}/whatsapp`], {
      VERIFY_TOKEN: 'other',
    })
    assert.equal(wrong.code, 1)
    assert.match(wrong.stdout, /✗ answers the handshake[\s\S]*403[\s\S]*not the deployed one/)
  })

  test('an endpoint that accepts every request fails', async () => {
    const open = await stubServer(({ path }) => ({
      body: JSON.stringify(new URL(`http://x${path}`).searchParams.get('hub.challenge') ?? ''),
    }))
    after(() => open.close())
    const texts = (await checkWhatsApp(open.url, 'v')).map(({ level, text }) => `${level} ${text}`)
    assert.match(texts[0] ?? '', /^problem .*not the challenge/)
    assert.match(texts[1] ?? '', /^problem .*impersonate Meta/)
    assert.match(texts[2] ?? '', /^problem .*write to the lake/)
  })

  test('an unreachable endpoint fails', async () => {
    const [finding] = await checkWhatsApp('http://127.0.0.1:9/whatsapp', 'v')
    assert.equal(finding?.level, 'problem')
  })
})

describe('webhook whatsapp subscribe', { concurrency: true }, () => {
  const callback = 'https://api.example.invalid/whatsapp'
  const SUBSCRIPTION = {
    object: 'whatsapp_business_account',
    callback_url: callback,
    active: true,
    fields: [{ name: 'messages', version: 'v25.0' }],
  }
  const secrets = { VERIFY_TOKEN: 'verify', WHATSAPP_APP_SECRET: 'app-secret', WHATSAPP_ACCESS_TOKEN: 'system-token' }

  async function graph(answers: (asked: Asked) => StubAnswer | undefined) {
    const server = await stubServer(asked => {
      const answer = answers(asked)
      if (answer) return answer
      if (asked.method === 'POST') return { body: { success: true } }
      if (asked.path.endsWith('/subscriptions')) return { body: { data: [SUBSCRIPTION] } }
      return { body: { data: [{ whatsapp_business_api_data: { id: '42', name: 'Lake', link: 'https://…' } }] } }
    })
    after(() => server.close())
    const run = (...more: string[]) =>
      ran(webhook, ['whatsapp', 'subscribe', '--url', callback, '--app-id', '42', ...more], {
        ...secrets,
        GRAPH_API_URL: server.url,
      })
    return { server, run }
  }

  test('subscribes the app and the account', async () => {
    const { server, run } = await graph(() => undefined)
    const { code, stdout, stderr } = await run('--waba-id', '4711')
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.match(stdout, /delivers messages to https[\s\S]*4711 notifies the app Lake/)
    const [app, , account] = server.asked
    assert.equal(app?.path, '/42/subscriptions')
    assert.equal(app?.headers.authorization, 'Bearer 42|app-secret')
    assert.deepEqual(Object.fromEntries(new URLSearchParams(app?.body.toString())), {
      object: 'whatsapp_business_account',
      callback_url: callback,
      verify_token: 'verify',
      fields: 'messages',
    })
    assert.equal(account?.path, '/4711/subscribed_apps')
    assert.equal(account?.headers.authorization, 'Bearer system-token')
  })

  test("reports Meta's error without the token it quotes", async () => {
    const error = {
      message: '(#2200) Callback verification failed with the following errors: HTTP Status Code = 403 42|app-secret',
      type: 'OAuthException',
      code: 2200,
      fbtrace_id: 'AbC',
    }
    const { run } = await graph(() => ({ status: 400, body: { error } }))
    const { code, stderr } = await run()
    assert.equal(code, 1)
    assert.match(stderr, /Callback verification failed[\s\S]*code 2200[\s\S]*fbtrace_id AbC/)
    assert.ok(!stderr.includes('app-secret'))
  })

  test('reports an expired token of the account', async () => {
    const error = { message: 'Error validating access token', type: 'OAuthException', code: 190, error_subcode: 463 }
    const { run } = await graph(({ path }) => (path.startsWith('/4711') ? { status: 401, body: { error } } : undefined))
    const { code, stderr } = await run('--waba-id', '4711')
    assert.equal(code, 1)
    assert.match(stderr, /error_subcode 463[\s\S]*expired or is wrong/)
  })

  test('fails when the account does not list the app afterwards', async () => {
    const { run } = await graph(({ path, method }) =>
      method === 'GET' && path.endsWith('/subscribed_apps') ? { body: { data: [] } } : undefined,
    )
    const { code, stdout } = await run('--waba-id', '4711')
    assert.equal(code, 1)
    assert.match(stdout, /4711 does not notify the app 42/)
  })
})
