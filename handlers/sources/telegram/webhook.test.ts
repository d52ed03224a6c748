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
import { UPDATE_KINDS } from './updates.ts'

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
    ['POST, a private chat that is not listed', telegramPost(telegramMessage(70)), foreign],
    ['POST, an update without a chat', telegramPost({ update_id: 1, poll: { id: '5' } }), stored],
    ['POST, an update of no kind', telegramPost({ update_id: 1 }), stored],
    ['POST, an empty object', telegramPost({}), stored],
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

  /** Every kind of update in the Bot API, and whether its content names a chat. If so, that is our chat. */
  const kinds: Readonly<Record<string, readonly [namesChat: boolean, content: unknown]>> = {
    message: [true, message],
    edited_message: [true, message],
    channel_post: [true, message],
    edited_channel_post: [true, message],
    business_connection: [false, { id: 'c', user_chat_id: FOREIGN_CHAT }],
    business_message: [true, message],
    edited_business_message: [true, message],
    deleted_business_messages: [true, { chat, message_ids: [7] }],
    message_reaction: [true, { chat, message_id: 7 }],
    message_reaction_count: [true, { chat, message_id: 7 }],
    inline_query: [false, { id: 'q', chat_type: 'supergroup' }],
    chosen_inline_result: [false, { result_id: 'r' }],
    callback_query: [true, { id: 'q', message }],
    shipping_query: [false, { id: 'q' }],
    pre_checkout_query: [false, { id: 'q' }],
    purchased_paid_media: [false, { from: { id: FOREIGN_CHAT } }],
    poll: [false, { id: 'p' }],
    poll_answer: [false, { poll_id: 'p', voter_chat: { id: FOREIGN_CHAT } }],
    my_chat_member: [true, { chat, date: 1773154800 }],
    chat_member: [true, { chat, date: 1773154800 }],
    chat_join_request: [true, { chat, user_chat_id: 70 }],
    chat_boost: [true, { chat, boost: {} }],
    removed_chat_boost: [true, { chat, boost_id: 'b' }],
    managed_bot: [false, { user: { id: 70 } }],
    subscription: [false, { user: { id: 70 } }],
    stopped_message_generation: [true, { chat, draft_id: 5 }],
    kind_of_the_future: [true, { chat }],
  }

  test('the kinds of this test are those that the webhook is registered for', () => {
    const known = [...Object.keys(kinds), 'guest_message'].filter(kind => kind !== 'kind_of_the_future')
    assert.deepEqual(known.sort(), [...UPDATE_KINDS].sort())
  })

  for (const [kind, [namesChat, content]] of Object.entries(kinds)) {
    test(`${kind}${namesChat ? ' of our chat' : ', which names no chat'}: kept`, async () => {
      assert.equal(await isKept({ update_id: 1, [kind]: content }), true)
    })
    if (!namesChat) continue
    const elsewhere = (id: number) =>
      JSON.parse(JSON.stringify({ update_id: 1, [kind]: content }).replaceAll(String(OUR_CHAT), String(id)))
    test(`${kind} of another chat: kept only with TELEGRAM_CHAT_ID=*`, async () => {
      for (const id of [FOREIGN_CHAT, 70]) {
        assert.equal(await isKept(elsewhere(id)), false)
        assert.equal(await isKept(elsewhere(id), '*'), true)
        assert.equal(await isKept(elsewhere(id), '42, *'), true)
      }
    })
  }

  test('guest_message, which is of a chat that the bot is not in: kept only with TELEGRAM_CHAT_ID=*', async () => {
    const update = { update_id: 1, guest_message: message }
    assert.equal(await isKept(update), false)
    assert.equal(await isKept({ ...update, callback_query: { id: 'q' } }), false)
    assert.equal(await isKept(update, '*'), true)
    assert.equal(await isKept({ update_id: 1, guest_message: {} }), true, 'names no chat')
  })

  const OTHER = { id: FOREIGN_CHAT }
  const lookalikes: Readonly<Record<string, readonly [other: unknown, named?: 'names the other chat']>> = {
    'an id in a string': [{ message: { chat: { id: String(FOREIGN_CHAT) } } }],
    'an id in a list': [{ message: { chat: { id: [FOREIGN_CHAT] } } }],
    'an id in place of the chat': [{ message: { chat: FOREIGN_CHAT } }],
    'a list of chats': [{ message: { chat: [OTHER] } }],
    'a list of messages': [{ message: [{ chat: OTHER }] }],
    'a chat beside the kinds': [{ chat: OTHER }],
    'a message in another kind': [{ chosen_inline_result: { message: { chat: OTHER } } }],
    'a callback of an inline message': [{ callback_query: { id: 'q', chat_instance: FOREIGN_CHAT } }],
    'a callback on a reply': [{ callback_query: { message: { reply_to_message: { chat: OTHER } } } }],
    'kinds that are null': [{ message: null, edited_message: null }],
    'our chat deeper in the message': [{ message: { chat: OTHER, reply_to_message: message } }, 'names the other chat'],
    'a sender with the id of our chat': [
      { message: { chat: OTHER, from: chat, sender_chat: chat } },
      'names the other chat',
    ],
    'a number that can be no id': [{ message: { chat: { id: -1.5 } } }, 'names the other chat'],
    'a number that is too large for an id': [{ message: { chat: { id: -(2 ** 60) } } }, 'names the other chat'],
  }

  for (const [what, [update, named]] of Object.entries(lookalikes)) {
    test(`${what} ${named ?? 'names no chat'}: ${named ? 'not ' : ''}kept`, async () =>
      assert.equal(await isKept(update), named === undefined))
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
      '**',
      `${OUR_CHAT}*`,
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
