import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ingestHandler } from '../handlers/ingest/handler.ts'
import { UPDATE_KINDS } from '../handlers/sources/telegram/updates.ts'
import { WEBHOOK_FIELDS } from '../handlers/sources/whatsapp/fields.ts'
import { whatsapp } from '../handlers/sources/whatsapp/index.ts'
import { Configuration } from '../handlers/webhook/configuration.ts'
import { openGateway } from './lib/local/gateway.ts'
import { ran } from './lib/testing/run-command.ts'
import { runScript } from './lib/testing/run-script.ts'
import { type Asked, type StubAnswer, stubServer } from './lib/testing/stub-server.ts'
import { webhook } from './webhook/command.ts'
import { checkTelegram } from './webhook/telegram.ts'
import { configuredChats } from './webhook/telegram-chats.ts'
import { checkWhatsApp } from './webhook/whatsapp-check.ts'

const TOKEN = '110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'
const WEBHOOK_URL = 'https://api.example.invalid/telegram'

const BOT = { id: 110201543, is_bot: true, first_name: 'Lake', username: 'lake_bot', can_read_all_group_messages: true }
const INFO = {
  url: WEBHOOK_URL,
  has_custom_certificate: false,
  pending_update_count: 0,
  max_connections: 40,
  allowed_updates: UPDATE_KINDS,
}
const ok = (result: unknown): StubAnswer => ({ body: { ok: true, result } })
const refused = (error_code: number, description: string, parameters?: object): StubAnswer => ({
  status: error_code,
  body: { ok: false, error_code, description, parameters },
})
const NOT_FOUND = refused(400, 'Bad Request: chat not found')

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
  test('set registers the URL and the secret, asks for every kind of update, and keeps pending updates', async () => {
    const api = await telegram({ setWebhook: () => ok(true) })
    const { code, stdout, stderr } = await api.run(['set', '--url', WEBHOOK_URL])
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.equal(
      stdout,
      `✓ bot: @lake_bot (110201543)
✓ webhook: ${WEBHOOK_URL}, as expected
✓ privacy mode is off: the bot receives every message in its groups
✓ no updates waiting
✓ no delivery has failed
✓ updates: all 27 kinds
`,
    )
    const [parameters, ...others] = api.callsTo('setWebhook')
    const { allowed_updates: allowed, ...rest } = parameters
    assert.deepEqual(rest, { url: WEBHOOK_URL, secret_token: 'the-secret_1', drop_pending_updates: false })
    for (const kind of ['chat_member', 'message_reaction', 'message_reaction_count', 'edited_business_message'])
      assert.ok(allowed.includes(kind), kind)
    assert.deepEqual(allowed, UPDATE_KINDS)
    assert.deepEqual(others, [])
  })

  test('set accepts other kinds of updates, and discards pending updates with --drop-pending', async () => {
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

describe('webhook telegram info: the chats of TELEGRAM_CHAT_ID', { concurrency: true }, () => {
  /** The chats that the bot can read, and how often each method was called with which chat. */
  async function info(list: string | undefined, more: Parameters<typeof telegram>[0] = {}) {
    const chats: Readonly<Record<string, object>> = {
      '-1001500000099': { id: -1001500000099, type: 'supergroup', title: 'Sales' },
      '-1001500000100': { id: -1001500000100, type: 'channel', title: 'News \u001b[31m"today"' },
      '-400000001': { id: -400000001, type: 'group', title: 'Family' },
      '70': { id: 70, type: 'private', first_name: 'Conceição' },
    }
    const api = await telegram({
      getChat: ({ chat_id }) => (chats[String(chat_id)] ? ok(chats[String(chat_id)]) : NOT_FOUND),
      getChatMemberCount: () => ok(3),
      getChatMember: ({ user_id }) => ok({ status: user_id === BOT.id ? 'administrator' : 'left' }),
      ...more,
    })
    const { code, stdout, stderr } = await api.run(
      ['info', '--url', WEBHOOK_URL],
      list === undefined ? {} : { TELEGRAM_CHAT_ID: list },
    )
    assert.equal(stderr, '')
    const head = '✓ updates: all 27 kinds\n'
    const found = stdout.slice(stdout.indexOf(head) + head.length)
    return { code, found, asked: ['getChat', 'getChatMemberCount', 'getChatMember'].map(name => api.callsTo(name)) }
  }

  test('chats that Telegram finds are fine; a title cannot control the terminal', async () => {
    const { code, found, asked } = await info('-1001500000099, -1001500000100,-400000001,70')
    assert.equal(
      found,
      `✓ chat -1001500000099: the supergroup "Sales"
✓ chat -1001500000100: the channel "News \\u001b[31m\\"today\\""
✓ chat -400000001: the group "Family"
✓ chat 70: a private chat
`,
    )
    assert.equal(code, 0)
    assert.deepEqual(asked, [
      [{ chat_id: -1001500000099 }, { chat_id: -1001500000100 }, { chat_id: -400000001 }, { chat_id: 70 }],
      [{ chat_id: -400000001 }],
      [-1001500000099, -1001500000100, -400000001].map(chat_id => ({ chat_id, user_id: BOT.id })),
    ])
  })

  test('an id without -100, without the minus sign, or with a wrong -100: the right one is named', async () => {
    const { code, found } = await info('1500000099,1001500000099,-1500000099,400000001,-100400000001')
    assert.equal(
      found,
      `✗ chat 1500000099: Telegram does not find it. Did you mean -1001500000099, the supergroup "Sales"? Replace 1500000099 by -1001500000099 in TELEGRAM_CHAT_ID.
✗ chat 1001500000099: Telegram does not find it. Did you mean -1001500000099, the supergroup "Sales"? Replace 1001500000099 by -1001500000099 in TELEGRAM_CHAT_ID.
✗ chat -1500000099: Telegram does not find it. Did you mean -1001500000099, the supergroup "Sales"? Replace -1500000099 by -1001500000099 in TELEGRAM_CHAT_ID.
✗ chat 400000001: Telegram does not find it. Did you mean -400000001, the group "Family"? Replace 400000001 by -400000001 in TELEGRAM_CHAT_ID.
✗ chat -100400000001: Telegram does not find it. Did you mean -400000001, the group "Family"? Replace -100400000001 by -400000001 in TELEGRAM_CHAT_ID.
`,
    )
    assert.equal(code, 1)
  })

  test('a right id beside its wrong spelling: the wrong one is to be removed', async () => {
    assert.equal(
      (await info('1500000099,-1001500000099')).found,
      `✗ chat 1500000099: Telegram does not find it. Did you mean -1001500000099, the supergroup "Sales"? Remove 1500000099 from TELEGRAM_CHAT_ID.
✓ chat -1001500000099: the supergroup "Sales"
`,
    )
  })

  test('an id that Telegram finds in no spelling', async () => {
    const { code, found } = await info('-1009999999999,99')
    assert.equal(
      found,
      `✗ chat -1009999999999: Telegram does not find it (Bad Request: chat not found). Either the id is wrong, or the bot was never added to this group or channel.
✗ chat 99: Telegram does not find it (Bad Request: chat not found). Either the id is wrong, or this person has never written to the bot. Ids of groups and channels are negative.
`,
    )
    assert.equal(code, 1)
  })

  test('a chat that the bot was removed from, or is not in', async () => {
    const kicked = 'Forbidden: bot was kicked from the supergroup chat'
    assert.deepEqual(await info('-1001500000099', { getChat: () => refused(403, kicked) }), {
      code: 1,
      found: `✗ chat -1001500000099: the bot may not read it (${kicked}). Add the bot to the chat again.\n`,
      asked: [[{ chat_id: -1001500000099 }], [], []],
    })
    for (const status of ['left', 'kicked']) {
      const { code, found } = await info('-1001500000099', { getChatMember: () => ok({ status }) })
      assert.equal(
        found,
        '✗ chat -1001500000099: the supergroup "Sales": the bot is not in it, so it receives nothing. Add the bot.\n',
      )
      assert.equal(code, 1)
    }
    const left = 'Forbidden: bot is not a member of the group chat'
    const { code, found } = await info('-400000001', { getChatMemberCount: () => refused(403, left) })
    assert.equal(found, `✗ chat -400000001: the bot may not read it (${left}). Add the bot to the chat again.\n`)
    assert.equal(code, 1)
  })

  test('a bot that is no administrator: says what Telegram does not deliver', async () => {
    const { code, found } = await info('-1001500000099', { getChatMember: () => ok({ status: 'member' }) })
    assert.equal(
      found,
      '✓ chat -1001500000099: the supergroup "Sales"; the bot is not an administrator, so Telegram does not deliver reactions or who joins and leaves\n',
    )
    assert.equal(code, 0)
  })

  test('a group that became a supergroup: names the new id', async () => {
    const upgraded = refused(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: -1001500000099,
    })
    // Telegram refuses getChatMemberCount for such a group, and getChat only sometimes.
    for (const method of ['getChatMemberCount', 'getChat']) {
      const { code, found } = await info('-400000001', { [method]: () => upgraded })
      assert.equal(
        found,
        `! chat -400000001: the group became a supergroup and now has the id -1001500000099. Add -1001500000099 to TELEGRAM_CHAT_ID.
  Until then its messages are kept only if the lake received the message that names both ids (log line chat_migrated).
`,
      )
      assert.equal(code, 0)
    }
    const both = await info('-400000001,-1001500000099', { getChatMemberCount: () => upgraded })
    assert.equal(
      both.found,
      `✓ chat -400000001: the group became a supergroup and now has the id -1001500000099, which TELEGRAM_CHAT_ID lists, too
✓ chat -1001500000099: the supergroup "Sales"
`,
    )
  })

  test('*: every chat is kept, and Telegram is asked for none', async () => {
    for (const list of ['*', '-1001500000099,*']) {
      const { code, found, asked } = await info(list)
      assert.equal(found, "✓ every chat of the bot is kept, people's private chats too\n")
      assert.deepEqual([code, asked], [0, [[], [], []]])
    }
  })

  test('no list, and a list that is not valid', async () => {
    const none = await info(undefined)
    assert.equal(
      none.found,
      '! chats: not checked, because TELEGRAM_CHAT_ID is not set and nothing is deployed from this folder\n',
    )
    assert.equal(none.code, 0)
    const { code, found, asked } = await info('-1001500000099,@sales,1.5')
    assert.equal(
      found,
      '✗ TELEGRAM_CHAT_ID contains "@sales", "1.5": the webhook refuses every update. Write ids of chats, as -1001234567890, or * for every chat of the bot.\n',
    )
    assert.deepEqual([code, asked], [1, [[], [], []]])
  })

  test('the list is TELEGRAM_CHAT_ID, or else that of the deployed stack', async () => {
    const stage = {
      find: async (name: string) => (name === 'telegram_chat_id' ? '-1001500000099,70' : assert.fail(name)),
      need: async () => assert.fail(),
    }
    assert.deepEqual(await configuredChats({ TELEGRAM_CHAT_ID: ' 42 , 7' }, stage), {
      setting: 'TELEGRAM_CHAT_ID',
      list: ['42', '7'],
    })
    assert.deepEqual(await configuredChats({}, stage), { setting: 'telegramChatIds', list: ['-1001500000099', '70'] })
    assert.equal(await configuredChats({}, { ...stage, find: async () => undefined }), undefined)
  })

  test('an error that is not about the chat ends the command, without the token', async () => {
    const api = await telegram({ getChat: () => refused(500, `Internal Server Error at /bot${TOKEN}/getChat`) })
    const { code, stdout, stderr } = await api.run(['info'], { TELEGRAM_CHAT_ID: '-1' })
    assert.deepEqual(
      [code, stdout, stderr],
      [1, '', 'TelegramRefusal: Telegram refused getChat: Internal Server Error at /bot<token>/getChat'],
    )
  })

  test('a refusal that quotes the token is printed without it', async () => {
    const { found } = await info('-1', { getChat: () => refused(403, `Forbidden: bot ${TOKEN} was kicked`) })
    assert.equal(
      found,
      '✗ chat -1: the bot may not read it (Forbidden: bot <token> was kicked). Add the bot to the chat again.\n',
    )
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

  test('a problem when messages are not among the kinds of updates', () =>
    assert.match(
      problems({}, { allowed_updates: ['callback_query'] })[0]?.text ?? '',
      /without message and channel_post/,
    ))

  test("a warning that names the kinds that are missing; Telegram's default leaves out three", () => {
    const finding = (allowed_updates: readonly string[] | undefined) => findings({}, { allowed_updates }).at(-1)
    const warning = (missing: string) => ({
      level: 'warning',
      text: `updates: all kinds but ${missing}
Telegram does not deliver these. To ask for every kind, run: npm run webhook -- telegram set`,
    })
    for (const byDefault of [undefined, []])
      assert.deepEqual(finding(byDefault), warning('message_reaction, message_reaction_count, chat_member'))
    assert.deepEqual(
      finding(UPDATE_KINDS.filter(kind => kind !== 'poll' && kind !== 'chat_boost')),
      warning('poll, chat_boost'),
    )
    assert.deepEqual(finding([...UPDATE_KINDS, 'kind_of_the_future']), { level: 'ok', text: 'updates: all 27 kinds' })
  })
})

describe('webhook whatsapp check', () => {
  test('the ingest handler passes', async () => {
    const configuration = new Configuration({ VERIFY_TOKEN: 'v&t=1', WHATSAPP_APP_SECRET: 's' })
    const ingest = { configuration, raw: () => assert.fail('nothing is stored'), day: () => '2026-11-24' }
    const gateway = await openGateway(new Map([['whatsapp', ingestHandler(whatsapp, ingest, () => {})]]))
    after(() => gateway.close())
    const levels = async (appSecret: string) =>
      (await checkWhatsApp(`${gateway.url}/whatsapp`, 'v&t=1', appSecret)).map(({ level }) => level)
    assert.deepEqual(await levels('s'), ['ok', 'ok', 'ok', 'ok'])
    assert.deepEqual(await levels('another'), ['ok', 'ok', 'ok', 'problem'])
    const wrong = await ran(webhook, ['whatsapp', 'check', '--url', `${gateway.url}/whatsapp`], {
      VERIFY_TOKEN: 'other',
      WHATSAPP_APP_SECRET: 'another',
    })
    assert.equal(wrong.code, 1)
    assert.match(wrong.stdout, /✗ answers the handshake[\s\S]*403[\s\S]*not the deployed one/)
    assert.match(wrong.stdout, /✗ accepts a delivery that is signed with the app secret: failed: HTTP 401/)
  })

  test('an endpoint that accepts every request fails', async () => {
    const open = await stubServer(({ path }) => ({
      body: JSON.stringify(new URL(`http://x${path}`).searchParams.get('hub.challenge') ?? ''),
    }))
    after(() => open.close())
    const texts = (await checkWhatsApp(open.url, 'v', 's')).map(({ level, text }) => `${level} ${text}`)
    assert.match(texts[0] ?? '', /^problem .*not the challenge/)
    assert.match(texts[1] ?? '', /^problem .*impersonate Meta/)
    assert.match(texts[2] ?? '', /^problem .*write to the lake/)
    assert.match(texts[3] ?? '', /^problem .*treated the check as a delivery/)
  })

  test('an unreachable endpoint fails', async () => {
    const [finding] = await checkWhatsApp('http://127.0.0.1:9/whatsapp', 'v', 's')
    assert.equal(finding?.level, 'problem')
  })
})

const CALLBACK = 'https://api.example.invalid/whatsapp'
const FIELDS = Object.keys(WEBHOOK_FIELDS)
const META = { VERIFY_TOKEN: 'verify', WHATSAPP_APP_SECRET: 'app-secret', WHATSAPP_ACCESS_TOKEN: 'system-token' }

/** A stub of Meta's Graph API with one app and one business account. It remembers the fields it was asked for. */
async function graph(answers: (asked: Asked) => StubAnswer | undefined = () => undefined, fields: string[] = []) {
  let subscription: object | undefined
  const setFields = (names: readonly string[]) => {
    const versioned = names.map(name => ({ name, version: 'v25.0' }))
    subscription = {
      object: 'whatsapp_business_account',
      callback_url: CALLBACK,
      active: true,
      fields: versioned,
    }
  }
  if (fields.length > 0) setFields(fields)
  const server = await stubServer(asked => {
    const answer = answers(asked)
    if (answer) return answer
    if (asked.method === 'POST') {
      const posted = new URLSearchParams(asked.body.toString()).get('fields')
      if (posted) setFields(posted.split(','))
      return { body: { success: true } }
    }
    if (asked.path.endsWith('/subscriptions')) return { body: { data: subscription ? [subscription] : [] } }
    return { body: { data: [{ whatsapp_business_api_data: { id: '42', name: 'Lake', link: 'https://…' } }] } }
  })
  after(() => server.close())
  const env = { ...META, GRAPH_API_URL: server.url }
  return {
    server,
    subscribe: (...more: string[]) =>
      ran(webhook, ['whatsapp', 'subscribe', '--url', CALLBACK, '--app-id', '42', ...more], env),
    env,
    /** The fields of each request that subscribes the app. */
    requested: () =>
      server.asked
        .filter(({ method, path }) => method === 'POST' && path === '/42/subscriptions')
        .map(({ body }) => new URLSearchParams(body.toString()).get('fields')?.split(',')),
  }
}

/** The lines that explain fields, as the command indents them. */
function explained(fields: readonly string[]): string {
  const width = Math.max(...fields.map(({ length }) => length))
  return fields
    .map(field => `    ${field.padEnd(width)}  ${new Map(Object.entries(WEBHOOK_FIELDS)).get(field)}\n`)
    .join('')
}

const NO_ACCOUNT = `! the business account is neither subscribed nor checked: give its ID with --waba-id and its token in
  WHATSAPP_ACCESS_TOKEN
`

describe('webhook whatsapp subscribe', { concurrency: true }, () => {
  test('subscribes the app to every field that becomes rows, says what each is for, and subscribes the account', async () => {
    const { server, subscribe } = await graph()
    const { code, stdout, stderr } = await subscribe('--waba-id', '4711')
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.equal(
      stdout,
      `✓ the app delivers these fields to ${CALLBACK}:
${explained(FIELDS)}✓ the business account 4711 notifies the app Lake
`,
    )
    assert.match(stdout, /^ {4}messages {29}what people write, and the statuses of what the business sends$/m)
    const [app, , account] = server.asked
    assert.equal(app?.path, '/42/subscriptions')
    assert.equal(app?.headers.authorization, 'Bearer 42|app-secret')
    assert.deepEqual(Object.fromEntries(new URLSearchParams(app?.body.toString())), {
      object: 'whatsapp_business_account',
      callback_url: CALLBACK,
      verify_token: 'verify',
      fields: FIELDS.join(','),
    })
    assert.equal(account?.path, '/4711/subscribed_apps')
    assert.equal(account?.headers.authorization, 'Bearer system-token')
  })

  test('subscribes to the given fields only', async () => {
    const { subscribe, requested } = await graph()
    const { code, stdout } = await subscribe('--fields', 'messages, calls')
    assert.equal(
      stdout,
      `✓ the app delivers these fields to ${CALLBACK}:
    messages  what people write, and the statuses of what the business sends
    calls     calls, and how they end
${NO_ACCOUNT}`,
    )
    assert.equal(code, 0)
    assert.deepEqual(requested(), [['messages', 'calls']])
  })

  const invalid = (message: string) => ({ message, type: 'OAuthException', code: 100, fbtrace_id: 'AbC' })
  const offered = FIELDS.filter(field => field !== 'tracking_events' && field !== 'consumer_profile')
  for (const [what, message] of [
    ['lists the fields that it offers', `(#100) Param fields[33] must be one of {${[...offered, 'other'].join(', ')}}`],
    ['names the fields that it does not offer', '(#100) Unknown fields: tracking_events, consumer_profile.'],
  ] as const) {
    test(`leaves out the fields that Meta does not offer to the app: its error ${what}`, async () => {
      const { subscribe, requested } = await graph(({ method, body }) =>
        method === 'POST' && body.includes('tracking_events')
          ? { status: 400, body: { error: invalid(message) } }
          : undefined,
      )
      const { code, stdout, stderr } = await subscribe()
      assert.equal(stderr, '')
      assert.equal(
        stdout,
        `✓ the app delivers these fields to ${CALLBACK}:
${explained(offered)}✓ fields that Meta does not offer to this app:
    tracking_events   events of message tracking
    consumer_profile  changes of the profiles of customers
${NO_ACCOUNT}`,
      )
      assert.equal(code, 0)
      assert.deepEqual(requested(), [FIELDS, offered])
    })
  }

  test('fails if Meta does not offer messages, a field that was given, or refuses for another reason', async () => {
    const refusing = (message: string) => graph(() => ({ status: 400, body: { error: invalid(message) } }))
    const cases = [
      ['(#100) Param fields[0] must be one of {calls, flows}', []],
      ['(#100) Param fields[1] must be one of {messages}', ['--fields', 'messages,flows']],
      ['(#100) Invalid parameter', []],
    ] as const
    for (const [message, args] of cases) {
      const { subscribe, requested } = await refusing(message)
      const { code, stdout, stderr } = await subscribe(...args)
      assert.deepEqual([code, stdout, requested().length], [1, '', 1])
      assert.equal(
        stderr,
        `GraphRefusal: Meta refused 42/subscriptions: ${message} (type OAuthException, code 100, fbtrace_id AbC)
If a field is the reason, give the fields that Meta offers to the app, such as --fields messages.`,
      )
    }
  })

  test('fails if a field that was asked for is not subscribed afterwards', async () => {
    const { subscribe } = await graph(
      ({ method }) => (method === 'POST' ? { body: { success: 'true' } } : undefined),
      ['messages'],
    )
    const { code, stdout } = await subscribe('--fields', 'messages,calls')
    assert.equal(code, 1)
    assert.equal(
      stdout,
      `✓ the app delivers these fields to ${CALLBACK}:
    messages  what people write, and the statuses of what the business sends
✗ the app is not subscribed to these fields:
    calls  calls, and how they end
  Run: npm run webhook -- whatsapp subscribe
${NO_ACCOUNT}`,
    )
  })

  test("reports Meta's error without the token it quotes", async () => {
    const error = {
      message: '(#2200) Callback verification failed with the following errors: HTTP Status Code = 403 42|app-secret',
      type: 'OAuthException',
      code: 2200,
      fbtrace_id: 'AbC',
    }
    const { subscribe } = await graph(() => ({ status: 400, body: { error } }))
    const { code, stderr } = await subscribe()
    assert.equal(code, 1)
    assert.match(stderr, /Callback verification failed[\s\S]*code 2200[\s\S]*fbtrace_id AbC/)
    assert.ok(!stderr.includes('app-secret'))
  })

  test('reports an expired token of the account', async () => {
    const error = { message: 'Error validating access token', type: 'OAuthException', code: 190, error_subcode: 463 }
    const { subscribe } = await graph(({ path }) =>
      path.startsWith('/4711') ? { status: 401, body: { error } } : undefined,
    )
    const { code, stderr } = await subscribe('--waba-id', '4711')
    assert.equal(code, 1)
    assert.match(stderr, /error_subcode 463[\s\S]*expired or is wrong/)
  })

  test('fails when the account does not list the app afterwards', async () => {
    const { subscribe } = await graph(({ path, method }) =>
      method === 'GET' && path.endsWith('/subscribed_apps') ? { body: { data: [] } } : undefined,
    )
    const { code, stdout } = await subscribe('--waba-id', '4711')
    assert.equal(code, 1)
    assert.match(stdout, /4711 does not notify the app 42/)
  })
})

describe('webhook whatsapp check: the subscription', { concurrency: true }, () => {
  const PASSED = `✓ answers the handshake with the bare challenge
✓ rejects a wrong token
✓ rejects a delivery without a signature
✓ accepts a delivery that is signed with the app secret
`

  /** Runs `whatsapp check` with a webhook that passes its own checks. The app's callback URL is that of the webhook. */
  async function check(
    subscription: (url: string) => object | undefined,
    args: readonly string[] = ['--app-id', '42', '--waba-id', '4711'],
  ) {
    const configuration = new Configuration(META)
    const ingest = { configuration, raw: () => assert.fail('nothing is stored'), day: () => '2026-11-24' }
    const gateway = await openGateway(new Map([['whatsapp', ingestHandler(whatsapp, ingest, () => {})]]))
    after(() => gateway.close())
    const url = `${gateway.url}/whatsapp`
    const { env, server } = await graph(({ path }) => {
      const found = subscription(url)
      return path === '/42/subscriptions' ? { body: { data: found ? [found] : [] } } : undefined
    })
    const { code, stdout, stderr } = await ran(webhook, ['whatsapp', 'check', '--url', url, ...args], env)
    assert.equal(stderr, '')
    assert.ok(stdout.startsWith(PASSED), stdout)
    assert.ok(server.asked.every(({ method }) => method === 'GET'))
    return { code, found: stdout.slice(PASSED.length).replaceAll(url, '<url>') }
  }

  const subscribed =
    (fields: readonly string[], more: object = {}) =>
    (callback_url: string) => ({
      object: 'whatsapp_business_account',
      callback_url,
      active: true,
      fields: fields.map(name => ({ name, version: 'v25.0' })),
      ...more,
    })

  test('an app that is subscribed to every field', async () => {
    assert.deepEqual(await check(subscribed(FIELDS)), {
      code: 0,
      found: `✓ the app delivers these fields to <url>:
${explained(FIELDS)}✓ the business account 4711 notifies the app Lake
`,
    })
  })

  test('names the fields that are missing, and what they are for; without messages it is a problem', async () => {
    const without = (...missing: string[]) => FIELDS.filter(field => !missing.includes(field))
    const some = without('calls', 'smb_message_echoes')
    assert.deepEqual(await check(subscribed(some)), {
      code: 0,
      found: `✓ the app delivers these fields to <url>:
${explained(some)}! the app is not subscribed to these fields:
    smb_message_echoes  what the business writes in the WhatsApp Business app
    calls               calls, and how they end
  Run: npm run webhook -- whatsapp subscribe
✓ the business account 4711 notifies the app Lake
`,
    })
    const silent = without('messages')
    assert.deepEqual(await check(subscribed(silent)), {
      code: 1,
      found: `✓ the app delivers these fields to <url>:
${explained(silent)}✗ the app is not subscribed to these fields:
    messages  what people write, and the statuses of what the business sends
  Run: npm run webhook -- whatsapp subscribe
✓ the business account 4711 notifies the app Lake
`,
    })
  })

  test('an app without a subscription, with another URL, with an inactive one', async () => {
    const remedy = 'Run: npm run webhook -- whatsapp subscribe\n✓ the business account 4711 notifies the app Lake\n'
    const cases = [
      [() => undefined, 'the app has no webhook subscription for whatsapp_business_account'],
      [subscribed(FIELDS, { callback_url: CALLBACK }), `the app delivers to ${CALLBACK}, expected <url>`],
      [subscribed(FIELDS, { active: false }), "the app's webhook subscription is not active"],
    ] as const
    for (const [subscription, problem] of cases)
      assert.deepEqual(await check(subscription), { code: 1, found: `✗ ${problem}. ${remedy}` })
  })

  test('without the ids of the app and of the account says what is not checked', async () => {
    assert.deepEqual(await check(subscribed(FIELDS), []), {
      code: 0,
      found: "! the app's subscription is not checked: give its ID with --app-id\n",
    })
    const { code, found } = await check(subscribed(FIELDS), ['--app-id', '42'])
    assert.deepEqual([code, found.endsWith(`\n${NO_ACCOUNT}`)], [0, true])
  })
})
