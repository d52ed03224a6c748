import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ENVIRONMENT, telegramMessage, telegramPost } from '../../ingest/testing/deliveries.ts'
import { openIngest, type Stored, storeThatPuts, testThatLogsAreDiscreet } from '../../ingest/testing/harness.ts'
import { telegram } from './index.ts'

const OLD = -400000001
const NEW = -1001500000099
const STRANGER = -1009999999999

const chats = (...ids: readonly (number | string)[]) => ({ ...ENVIRONMENT, TELEGRAM_CHAT_ID: ids.join() })

/** The updates of a group that becomes a supergroup. */
const inOld = telegramMessage(OLD)
const departure = telegramMessage(OLD, { migrate_to_chat_id: NEW })
const arrival = telegramMessage(NEW, { migrate_from_chat_id: OLD })
const inNew = telegramMessage(NEW)

const PAIR = `telegram/chats/${NEW}/${OLD}.json`
const LOOK_UP = `LIST telegram/chats/${NEW}/`

/** Functions of one lake, each a process of its own. */
function functions(count: number, env: NodeJS.ProcessEnv = chats(OLD)) {
  const stored = new Map<string, Stored>()
  return { stored, all: Array.from({ length: count }, () => openIngest(telegram, { env, stored })) }
}

describe('Telegram: a group that becomes a supergroup', () => {
  const cases = [
    // what, update, TELEGRAM_CHAT_ID, what is counted, what is asked of the lake before the body is stored
    ['the old chat names the new id', departure, [OLD], { ChatMigrated: 1, Stored: 1 }, [`PUT ${PAIR}`]],
    ['the old chat names a new id that is listed', departure, [OLD, NEW], { ChatMigrated: 1, Stored: 1 }, []],
    ['the new chat names the old id', arrival, [OLD], { ChatMigrated: 1, Stored: 1 }, [`PUT ${PAIR}`]],
    ['the new chat is listed and names the old id', arrival, [OLD, NEW], { ChatMigrated: 1, Stored: 1 }, []],
    ['the new chat alone is listed', arrival, [NEW], { Stored: 1 }, []],
    ['every chat is kept', departure, ['*'], { ChatMigrated: 1, Stored: 1 }, [`PUT ${PAIR}`]],
    ['a chat that is kept, and no migration', inOld, [OLD], { Stored: 1 }, []],
    ['a private chat that is not kept', telegramMessage(70), [OLD], { Foreign: 1 }, []],
    ['a group that is not kept', inNew, [42], { Foreign: 1 }, [LOOK_UP]],
    ['a group that is not kept names its new id', departure, [42], { Foreign: 1 }, [`LIST telegram/chats/${OLD}/`]],
    [
      'a group that is not kept names its old id',
      arrival,
      [42],
      { Foreign: 1 },
      [LOOK_UP, `LIST telegram/chats/${OLD}/`],
    ],
    ['a new id that is no group', telegramMessage(OLD, { migrate_to_chat_id: 70 }), [OLD], { Stored: 1 }, []],
    ['a new id that is the old one', telegramMessage(OLD, { migrate_to_chat_id: OLD }), [OLD], { Stored: 1 }, []],
    ['an id in a string', telegramMessage(OLD, { migrate_to_chat_id: String(NEW) }), [OLD], { Stored: 1 }, []],
    ['another kind of update', { edited_message: departure.message }, [OLD], { Stored: 1 }, []],
  ] as const

  for (const [what, update, list, expected, asked] of cases) {
    test(`${what}: ${Object.keys(expected).join(', ')}`, async () => {
      const ingest = openIngest(telegram, { env: chats(...list) })
      const { status, counted, requests, stored } = await ingest.deliver(telegramPost(update))
      assert.deepEqual([status, counted], [200, expected])
      assert.deepEqual(requests, [...asked, ...stored.map(({ key }) => `PUT ${key}`)])
      const errors = ingest.lines.filter(line => line.level === 'error')
      assert.deepEqual(
        errors.map(line => [line.event, line.from_chat_id, line.to_chat_id]),
        'ChatMigrated' in expected ? [['chat_migrated', OLD, NEW]] : [],
      )
    })
  }

  for (const [what, notice] of [
    ['the old chat', departure],
    ['the new chat', arrival],
  ] as const) {
    test(`is kept by every function once ${what} has said so; each looks it up once`, async () => {
      const {
        all: [first, second, third],
      } = functions(3)
      assert.equal((await first?.deliver(telegramPost(notice)))?.counted.ChatMigrated, 1)
      for (const ingest of [second, third, first]) {
        const [once, again] = [await ingest?.deliver(telegramPost(inNew)), await ingest?.deliver(telegramPost(inNew))]
        assert.deepEqual(once?.counted, ingest === second ? { Stored: 1 } : { Repeated: 1 })
        assert.deepEqual(again?.counted, { Repeated: 1 })
        assert.deepEqual(
          ingest?.requests.filter(request => request.startsWith('LIST')),
          ingest === first ? [] : [LOOK_UP],
        )
      }
    })
  }

  test('the pair of ids is stored with the time of arrival, outside of the days', async () => {
    const {
      stored,
      all: [ingest],
    } = functions(1)
    const at = Date.parse('2026-11-28T02:50:00Z')
    await ingest?.deliver(telegramPost(departure, { at }))
    assert.deepEqual(stored.get(PAIR), { key: PAIR, body: Buffer.from(`["${NEW}","${OLD}"]`), receivedAt: at })
    await ingest?.deliver(telegramPost(arrival, { at: at + 1 }))
    assert.deepEqual(
      [...stored.keys()].filter(key => !key.includes('/context_date=')),
      [PAIR],
    )
  })

  test('a "no" is not remembered: the next message of the group is looked up again', async () => {
    const {
      all: [first, second],
    } = functions(2)
    assert.deepEqual((await first?.deliver(telegramPost(inNew)))?.counted, { Foreign: 1 })
    await second?.deliver(telegramPost(departure))
    assert.deepEqual((await first?.deliver(telegramPost(inNew)))?.counted, { Stored: 1 })
  })

  test('is kept for as long as its old id is listed', async () => {
    const { stored, all } = functions(1)
    await all[0]?.deliver(telegramPost(departure))
    const later = openIngest(telegram, { env: chats(42), stored })
    assert.deepEqual((await later.deliver(telegramPost(inNew))).counted, { Foreign: 1 })
  })

  test('may do so twice', async () => {
    const last = -1001500000100
    const { all } = functions(4)
    await all[0]?.deliver(telegramPost(departure))
    const second = await all[1]?.deliver(telegramPost(telegramMessage(last, { migrate_from_chat_id: NEW })))
    assert.deepEqual(second?.counted, { ChatMigrated: 1, Stored: 1 })
    assert.deepEqual((await all[2]?.deliver(telegramPost(telegramMessage(last))))?.counted, { Stored: 1 })
    const onward = await all[3]?.deliver(telegramPost(telegramMessage(last, { migrate_to_chat_id: STRANGER })))
    assert.deepEqual(onward?.counted, { ChatMigrated: 1, Stored: 1 })
  })

  test('pairs that lead in a circle keep nothing', async () => {
    const stored = new Map<string, Stored>()
    for (const [a, b] of [
      [NEW, STRANGER],
      [STRANGER, NEW],
    ]) {
      const key = `telegram/chats/${a}/${b}.json`
      stored.set(key, { key, body: Buffer.from('[]'), receivedAt: 0 })
    }
    const ingest = openIngest(telegram, { env: chats(OLD), stored })
    assert.deepEqual((await ingest.deliver(telegramPost(inNew))).counted, { Foreign: 1 })
  })

  test('any updates of any groups on any functions: as a model that knows everything at once', () => {
    const group = fc.constantFrom(-1, -2, -3, -1004, -1005)
    const message = fc.record({ chat: group, to: fc.option(group), from: fc.option(group), by: fc.nat(2) })
    return fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 12 }), fc.subarray([-1, -2, -1004]), async (messages, listed) => {
        const ingests = functions(3, chats(42, ...listed)).all
        const kept = new Set<number>(listed)
        for (const [i, { chat, to, from, by }] of messages.entries()) {
          if (chat !== to && chat !== from) {
            if (from !== null && kept.has(from)) kept.add(chat)
            if (to !== null && kept.has(chat)) kept.add(to)
          }
          const update = telegramMessage(chat, { migrate_to_chat_id: to, migrate_from_chat_id: from, text: String(i) })
          const outcome = await ingests[by]?.deliver(telegramPost(update))
          assert.equal(outcome?.stored.length, kept.has(chat) ? 1 : 0)
        }
      }),
    )
  })
})

describe('Telegram: the lake fails', () => {
  const failing = (request: 'PUT' | 'LIST', fail: () => Promise<never>) => () => ({
    ...storeThatPuts(async key => (request === 'PUT' && key === PAIR ? fail() : 'created')),
    // biome-ignore lint/correctness/useYield: it fails before its first page
    async *list() {
      if (request === 'LIST') await fail()
    },
  })
  const ways = {
    fails: async () => {
      throw new Error('AccessDenied')
    },
    hangs: () => new Promise<never>(() => {}),
  }

  for (const [how, fail] of Object.entries(ways)) {
    test(`a look-up ${how}: 500, so that the delivery comes again`, async () => {
      const ingest = openIngest(telegram, { env: chats(OLD), raw: failing('LIST', fail), answerWithinMs: 50 })
      const { status, counted } = await ingest.deliver(telegramPost(inNew))
      assert.deepEqual([status, counted], [500, { StoreFailed: 1 }])
      assert.equal((await ingest.deliver(telegramPost(inOld))).status, 200, 'a listed chat is not looked up')
      assert.equal((await ingest.deliver(telegramPost(telegramMessage(70)))).status, 200, 'nor is a private one')
    })

    test(`a new id cannot be stored, the store ${how}: 500, and the message is not acknowledged`, async () => {
      const ingest = openIngest(telegram, { env: chats(OLD), raw: failing('PUT', fail), answerWithinMs: 50 })
      for (const notice of [departure, arrival]) {
        const { status, counted } = await ingest.deliver(telegramPost(notice))
        assert.deepEqual([status, counted], [500, { StoreFailed: 1 }])
      }
    })
  }
})

describe('Telegram: the log line of an update that is not kept', () => {
  test('has the id of a group or channel, never that of a private chat', async () => {
    const ids = [STRANGER, -5, 7080605040, 1500000001] // too long to stand in a time or a request's id by chance
    for (const kind of ['message', 'channel_post', 'my_chat_member', 'guest_message']) {
      for (const id of ids) {
        const ingest = openIngest(telegram, { env: chats(OLD) })
        await ingest.deliver(telegramPost({ update_id: 1, [kind]: { chat: { id } } }))
        const [line, ...others] = ingest.lines
        assert.deepEqual([line?.event, line?.chat_id, others], ['foreign', id < 0 ? id : undefined, []])
        assert.equal(JSON.stringify(line).includes(String(id)), id < 0)
      }
    }
  })

  test('comes with an alarm where TELEGRAM_CHAT_ID has the id without -100 or without the minus sign', async () => {
    const cases = [
      [NEW, '1500000099', true],
      [NEW, '42,-1500000099', true],
      [NEW, '1001500000099', true],
      [OLD, '400000001', true],
      [OLD, '-100400000001', false],
      [NEW, '99', false],
      [NEW, '-1001500000098', false],
    ] as const
    for (const [id, list, isMistyped] of cases) {
      const ingest = openIngest(telegram, { env: chats(list) })
      const { status, counted, logged } = await ingest.deliver(telegramPost(telegramMessage(id)))
      assert.deepEqual([status, counted], [200, { Foreign: 1, ...(isMistyped && { ChatIdMistyped: 1 }) }], list)
      assert.deepEqual(logged, [...(isMistyped ? ['chat_id_mistyped'] : []), 'foreign'])
      assert.ok(ingest.lines.every(line => line.chat_id === id))
    }
  })

  test('comes without that alarm for a guest message, which no list would keep', async () => {
    const ingest = openIngest(telegram, { env: chats('1500000099') })
    const { counted } = await ingest.deliver(telegramPost({ update_id: 1, guest_message: inNew.message }))
    assert.deepEqual(counted, { Foreign: 1 })
  })
})

testThatLogsAreDiscreet()
