import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  ENVIRONMENT,
  NOON,
  OUR_CHAT,
  PERSON,
  type RequestParts,
  SECRETS,
  telegramMessage,
  telegramPost,
} from '../../ingest/testing/deliveries.ts'
import { only, openIngest, testThatLogsAreDiscreet } from '../../ingest/testing/harness.ts'
import { telegram } from './index.ts'

const FOREIGN_CHAT = -1002222222222
const { TELEGRAM_SECRET_TOKEN: TOKEN } = SECRETS

const without = (name: string) => ({ ...ENVIRONMENT, [name]: undefined })
const chats = (TELEGRAM_CHAT_ID: string) => ({ ...ENVIRONMENT, TELEGRAM_CHAT_ID })
const tokenHeader = (value: string, name = 'X-Telegram-Bot-Api-Secret-Token'): RequestParts => ({
  headers: { [name]: value },
})

describe('Telegram: requests and their answers', () => {
  const ours = telegramPost()
  const stored = [200, 'stored', { Stored: 1 }, 1] as const
  const foreign = [200, 'foreign', { Foreign: 1 }, 0] as const
  const unauthorized = [401, 'unauthorized', { Unauthorized: 1 }, 0] as const
  const refused = [400, 'refused', { BadRequest: 1 }, 0] as const
  const misconfigured = [500, 'not_configured', { Misconfigured: 1 }, 0] as const
  const notAllowed = [405, undefined, {}, 0] as const

  const table = [
    // request, [answer, what is logged, what is counted, how many objects are stored], environment
    ['POST, secret right, our chat', ours, stored],
    ['POST, another chat', telegramPost(telegramMessage(FOREIGN_CHAT)), foreign],
    ['POST, an update without a chat', telegramPost({ update_id: 1, poll: { id: '5' } }), foreign],
    ['POST, an update of no kind', telegramPost({ update_id: 1 }), foreign],
    ['POST, an empty object', telegramPost({}), foreign],
    ['POST, no secret', telegramPost(telegramMessage(), { headers: {} }), unauthorized],
    ['POST, wrong secret', telegramPost(telegramMessage(), tokenHeader('wrong')), unauthorized],
    ['POST, wrong secret and not JSON', telegramPost('{"a":', tokenHeader('wrong')), unauthorized],
    [
      'POST, wrong secret and no chats',
      telegramPost({}, tokenHeader('wrong')),
      unauthorized,
      without('TELEGRAM_CHAT_ID'),
    ],
    ['POST, no body', telegramPost(''), refused],
    ['POST, not JSON', telegramPost('{"a":'), refused],
    ['POST, not UTF-8', telegramPost(Buffer.from([0x7b, 0xff, 0x7d])), refused],
    ['POST, an array', telegramPost([telegramMessage()]), refused],
    ['POST, null', telegramPost(null), refused],
    ['POST, a number', telegramPost(5), refused],
    ['POST, a string', telegramPost('"text"'), refused],
    ['POST, no secret configured', ours, misconfigured, without('TELEGRAM_SECRET_TOKEN')],
    ['POST, no chats configured', ours, misconfigured, without('TELEGRAM_CHAT_ID')],
    ...['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map(
      method => [method, telegramPost(telegramMessage(), { method }), notAllowed] as const,
    ),
  ] as const

  for (const [request, event, [status, logged, counted, objects], env = ENVIRONMENT] of table) {
    test(`${request}: ${status}`, async () => {
      const outcome = await openIngest(telegram, { env }).deliver(event)
      assert.equal(outcome.status, status)
      if (status === 200) assert.equal(outcome.body, '', 'Telegram would execute a method in the body')
      assert.deepEqual(outcome.logged, logged ? [logged] : [])
      assert.deepEqual(outcome.counted, counted)
      assert.equal(outcome.stored.length, objects)
      assert.equal(outcome.headers.allow, status === 405 ? 'POST' : undefined)
    })
  }
})

test('an update is stored byte for byte, in base64 or not', async () => {
  const body = `{ "message" : {"text":"\\u00e9 \\/ \\ud83c\\udf70 é 🍰 \\ud83c", "chat":{"id":${OUR_CHAT}} },\r\n"update_id":1}\n`
  for (const base64 of [true, false]) {
    const object = only(await openIngest(telegram).deliver(telegramPost(body, { base64 })))
    assert.deepEqual(object, { key: expectedKey(body), body: Buffer.from(body), receivedAt: NOON })
  }
})

describe('Telegram: the secret token', () => {
  const forms: Readonly<Record<string, readonly [200 | 401, RequestParts]>> = {
    'as documented': [200, tokenHeader(TOKEN)],
    'lower-case name': [200, tokenHeader(TOKEN, 'x-telegram-bot-api-secret-token')],
    'upper-case name': [200, tokenHeader(TOKEN, 'X-TELEGRAM-BOT-API-SECRET-TOKEN')],
    'only in multiValueHeaders': [
      200,
      { headers: null, multiValueHeaders: { 'X-Telegram-Bot-Api-Secret-Token': [TOKEN] } },
    ],
    'only in headers': [200, { ...tokenHeader(TOKEN), multiValueHeaders: null }],
    'no headers at all': [401, { headers: null, multiValueHeaders: null }],
    'an empty value': [401, tokenHeader('')],
    'in upper case': [401, tokenHeader(TOKEN.toUpperCase())],
    'a character too few': [401, tokenHeader(TOKEN.slice(0, -1))],
    'a character too many': [401, tokenHeader(`${TOKEN}a`)],
    'the other secret': [401, tokenHeader(SECRETS.VERIFY_TOKEN)],
    'in another header': [401, tokenHeader(TOKEN, 'X-Secret-Token')],
  }

  for (const [form, [status, parts]] of Object.entries(forms)) {
    test(`${form}: ${status}`, async () => {
      const outcome = await openIngest(telegram).deliver(telegramPost(telegramMessage(), parts))
      assert.deepEqual([outcome.status, outcome.stored.length], [status, status === 200 ? 1 : 0])
    })
  }

  test('sign() gives its header: a delivery with it is authentic', async () => {
    const headers = telegram.webhook.sign(Buffer.from('{}'), name => ENVIRONMENT[name] ?? '', NOON)
    assert.equal((await openIngest(telegram).deliver(telegramPost({}, { headers }))).status, 200)
  })

  test('two may be valid at once, comma-separated in the variable', async () => {
    const ingest = openIngest(telegram, { env: { ...ENVIRONMENT, TELEGRAM_SECRET_TOKEN: 'old, new' } })
    const statusFor = async (token: string) =>
      (await ingest.deliver(telegramPost(telegramMessage(), tokenHeader(token)))).status
    assert.deepEqual(await Promise.all(['old', 'new', 'old, new', ''].map(statusFor)), [200, 200, 401, 401])
  })

  test('a body that is not authentic is not parsed', async t => {
    const parse = t.mock.method(JSON, 'parse')
    const decide = t.mock.fn(telegram.webhook.decide)
    const ingest = openIngest({ ...telegram, webhook: { ...telegram.webhook, decide } })
    const { status } = await ingest.deliver(telegramPost(telegramMessage(), tokenHeader('wrong')))
    const parsed = parse.mock.calls.map(({ arguments: [text] }) => text).filter(text => text.includes(PERSON.text))
    assert.deepEqual([status, parsed, decide.mock.callCount()], [401, [], 0])
  })
})

describe('Telegram: the chat that an update is about', () => {
  const chat = { id: OUR_CHAT, type: 'supergroup' }
  const message = { message_id: 7, date: 1773154800, chat }

  /** Every kind of update in the Bot API, with our chat where the kind has a chat, and whether it is kept. */
  const kinds: Readonly<Record<string, readonly [kept: boolean, content: unknown]>> = {
    message: [true, message],
    edited_message: [true, message],
    channel_post: [true, message],
    edited_channel_post: [true, message],
    business_connection: [false, { id: 'c', user_chat_id: OUR_CHAT }],
    business_message: [true, message],
    edited_business_message: [true, message],
    deleted_business_messages: [true, { chat, message_ids: [7] }],
    guest_message: [false, message],
    message_reaction: [true, { chat, message_id: 7 }],
    message_reaction_count: [true, { chat, message_id: 7 }],
    inline_query: [false, { id: 'q', chat_type: 'supergroup' }],
    chosen_inline_result: [false, { result_id: 'r' }],
    callback_query: [true, { id: 'q', message }],
    shipping_query: [false, { id: 'q' }],
    pre_checkout_query: [false, { id: 'q' }],
    purchased_paid_media: [false, { from: { id: OUR_CHAT } }],
    poll: [false, { id: 'p' }],
    poll_answer: [false, { poll_id: 'p', voter_chat: chat }],
    my_chat_member: [true, { chat, date: 1773154800 }],
    chat_member: [true, { chat, date: 1773154800 }],
    chat_join_request: [true, { chat, user_chat_id: 70 }],
    chat_boost: [true, { chat, boost: {} }],
    removed_chat_boost: [true, { chat, boost_id: 'b' }],
    managed_bot: [false, { user: { id: 70 } }],
    subscription: [false, { user: { id: 70 } }],
    kind_of_the_future: [true, { chat }],
  }

  for (const [kind, [kept, content]] of Object.entries(kinds)) {
    test(`${kind}: ${kept ? 'kept' : 'never kept'}`, async () => {
      assert.equal(await isKept({ update_id: 1, [kind]: content }), kept)
    })
    if (!kept) continue
    test(`${kind} of another chat: not kept`, async () => {
      const elsewhere = JSON.stringify(content).replaceAll(String(OUR_CHAT), String(FOREIGN_CHAT))
      assert.equal(await isKept({ update_id: 1, [kind]: JSON.parse(elsewhere) }), false)
    })
  }

  const lookalikes: Readonly<Record<string, unknown>> = {
    'an id in a string': { message: { chat: { id: String(OUR_CHAT) } } },
    'an id in a list': { message: { chat: { id: [OUR_CHAT] } } },
    'the id in place of the chat': { message: { chat: OUR_CHAT } },
    'a list of chats': { message: { chat: [chat] } },
    'a list of messages': { message: [message] },
    'a chat beside the kinds': { chat },
    'a chat deeper in the message': { message: { ...message, chat: { id: FOREIGN_CHAT }, reply_to_message: message } },
    'a sender with the id of the chat': { message: { chat: { id: FOREIGN_CHAT }, from: chat, sender_chat: chat } },
    'a message in another kind': { chosen_inline_result: { message } },
    'a callback of an inline message': { callback_query: { id: 'q', inline_message_id: 'm', chat_instance: OUR_CHAT } },
    'a callback on a reply to our chat': { callback_query: { message: { reply_to_message: message } } },
    'a callback on a guest message': { guest_message: message, callback_query: { id: 'q' } },
    'kinds that are null': { message: null, edited_message: null },
  }

  for (const [what, update] of Object.entries(lookalikes)) {
    test(`${what} does not count`, async () => assert.equal(await isKept(update), false))
  }

  test('TELEGRAM_CHAT_ID names one chat or several, with spaces or without', async () => {
    for (const list of [`${OUR_CHAT}`, ` ${OUR_CHAT} `, `42,${OUR_CHAT},-7`, `42 , ${OUR_CHAT} ,\n-7,`]) {
      assert.equal(await isKept({ message }, list), true, list)
      assert.equal(await isKept({ message: { chat: { id: 42 } } }, list), list.includes('42'), list)
      assert.equal(await isKept({ message: { chat: { id: 7 } } }, list), false, list)
    }
    const longest = 2 ** 52 - 1
    assert.equal(await isKept({ message: { chat: { id: longest } } }, String(longest)), true)
  })

  test('a TELEGRAM_CHAT_ID that is not a list of numbers counts as not configured: 500, and the log names it', async () => {
    const malformed = [
      '',
      ' ',
      ',',
      'abc',
      `${OUR_CHAT},abc`,
      '@channel',
      '1.5',
      '−1001',
      `${OUR_CHAT} 42`,
      '9'.repeat(20),
    ]
    for (const list of malformed) {
      const ingest = openIngest(telegram, { env: chats(list) })
      const { status, stored, logged, counted } = await ingest.deliver(telegramPost())
      assert.deepEqual([status, stored, logged, counted], [500, [], ['not_configured'], { Misconfigured: 1 }], list)
      assert.equal(ingest.lines[0]?.setting, 'TELEGRAM_CHAT_ID')
    }
  })

  async function isKept(update: unknown, list = String(OUR_CHAT)) {
    const { status, stored } = await openIngest(telegram, { env: chats(list) }).deliver(telegramPost(update))
    assert.equal(status, 200)
    return stored.length === 1
  }
})

describe('Telegram: a chat that migrates is logged as an error and counted', () => {
  const [old, supergroup] = [-4012345678, OUR_CHAT]
  const departure = telegramPost(telegramMessage(old, { migrate_to_chat_id: supergroup }))
  const arrival = telegramPost(telegramMessage(supergroup, { migrate_from_chat_id: old }))

  const cases = [
    // what, event, TELEGRAM_CHAT_ID, what is counted
    ['the old chat names the new id', departure, [old], { ChatMigrated: 1, Stored: 1 }],
    ['the new chat names the old id, and is not configured', arrival, [old], { ChatMigrated: 1, Foreign: 1 }],
    ['the new chat names the old id, and is configured', arrival, [old, supergroup], { ChatMigrated: 1, Stored: 1 }],
    ['another chat names its new id', departure, [42], { Foreign: 1 }],
    ['another chat names its old id', arrival, [42], { Foreign: 1 }],
    ['our chat does not migrate', telegramPost(), [OUR_CHAT], { Stored: 1 }],
  ] as const

  for (const [what, event, list, expected] of cases) {
    test(`${what}: ${Object.keys(expected).join(', ')}`, async () => {
      const ingest = openIngest(telegram, { env: chats(list.join()) })
      const { status, counted } = await ingest.deliver(event)
      assert.equal(status, 200)
      assert.deepEqual(counted, expected)
      const errors = ingest.lines.filter(line => line.level === 'error')
      assert.deepEqual(
        errors.map(line => [line.event, line.from_chat_id, line.to_chat_id]),
        'ChatMigrated' in expected ? [['chat_migrated', old, supergroup]] : [],
      )
    })
  }
})

describe('Telegram: any body with the right secret is answered', () => {
  const chatId = fc.oneof(fc.constant(OUR_CHAT), fc.constant(FOREIGN_CHAT), fc.double(), fc.jsonValue())
  const content = fc.oneof(
    fc.record({ chat: fc.record({ id: chatId }), migrate_to_chat_id: chatId, migrate_from_chat_id: chatId }),
    fc.record({ message: fc.record({ chat: fc.record({ id: chatId }) }) }),
    fc.jsonValue(),
  )
  const kind = fc.oneof(
    fc.constantFrom('message', 'callback_query', 'guest_message', 'update_id', '__proto__', 'constructor', 'toString'),
    fc.string(),
  )
  const update = fc.dictionary(kind, content, { maxKeys: 4 }).map(object => JSON.stringify(object))

  test('any JSON object: 200, and it is stored byte for byte or counted as foreign', () =>
    fc.assert(
      fc.asyncProperty(update, async body => {
        const outcome = await openIngest(telegram).deliver(telegramPost(body))
        assert.deepEqual([outcome.status, outcome.body], [200, ''])
        if (outcome.stored.length === 0) return assert.equal(outcome.counted.Foreign, 1)
        assert.equal(outcome.counted.Stored, 1)
        assert.deepEqual(only(outcome), { key: expectedKey(body), body: Buffer.from(body), receivedAt: NOON })
      }),
    ))

  test('any other JSON, and any other bytes: 400, and nothing is stored', () => {
    const json = fc.oneof(
      fc.array(update),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
      fc.boolean(),
    )
    const other = fc.oneof(
      json.map(value => Buffer.from(JSON.stringify(value))),
      fc.uint8Array({ maxLength: 100 }).map(bytes => Buffer.from([0xff, ...bytes])),
    )
    return fc.assert(
      fc.asyncProperty(other, async body => {
        const { status, stored } = await openIngest(telegram).deliver(telegramPost(body))
        assert.deepEqual([status, stored], [400, []])
      }),
    )
  })

  test('an object a hundred thousand levels deep: 200', async () => {
    const deep = `{"message":{"chat":{"id":${OUR_CHAT}},"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`
    const outcome = await openIngest(telegram).deliver(telegramPost(deep))
    assert.deepEqual([outcome.status, only(outcome).key], [200, expectedKey(deep)])
  })
})

testThatLogsAreDiscreet()

function expectedKey(body: string) {
  return `telegram/context_date=2026-03-10/${createHash('sha256').update(body).digest('hex')}.json`
}
