import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Columns } from '../../handlers/lake/columns.ts'
import { tableKey } from '../../handlers/lake/layout.ts'
import { ParquetWriter } from '../../handlers/lake/parquet.ts'
import { readBack } from '../../handlers/lake/testing/read-parquet.ts'
import { dayKeys } from '../../handlers/sources/day-keys.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { telegram } from '../../handlers/sources/telegram/index.ts'
import { whatsapp } from '../../handlers/sources/whatsapp/index.ts'
import { transformDay } from '../../handlers/transform/transform-day.ts'
import { deliver, emptyLake } from '../lib/testing/fixture-lake.ts'
import { ran } from '../lib/testing/run-command.ts'
import { eraseFrom } from './command.ts'

/* What `npm run erase` leaves in each table: small lakes, exact rows. */

type Lake = ReturnType<typeof emptyLake>

const DAYS = ['2026-11-10', '2026-11-11', '2026-11-12'] as const
const [DAY] = DAYS
const [ANA, BRUNO] = ['5511987650001', '5511987650002']
const [ANA_USER, ANA_NEW_USER, BRUNO_USER] = ['BR.100001', 'BR.100009', 'BR.200002']

/** A lake with one delivery for each body of each day, and its tables. */
async function lakeOf(source: Source, ...days: readonly (readonly object[])[]): Promise<Lake> {
  const lake = emptyLake()
  for (const [i, bodies] of days.entries()) {
    const date = DAYS[i] ?? DAY
    for (const [hour, body] of bodies.entries())
      await deliver(lake.raw, source.name, date, Buffer.from(JSON.stringify(body)), hour)
    await transformDay(source, date, lake)
  }
  return lake
}

async function rowsOf(lake: Lake, source: Source, table: string, date: string = DAY) {
  const file = await lake.enriched.get(dayKeys(source, date).get(table) ?? '')
  return file ? (await readBack(file.body)).rows : []
}

/** The rows of every table and day that has some. */
async function allRows(lake: Lake, source: Source): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {}
  for (const date of DAYS)
    for (const table of dayKeys(source, date).keys()) {
      const rows = await rowsOf(lake, source, table, date)
      if (rows.length > 0) all[`${table} ${date}`] = rows
    }
  return all
}

/** Erases a person. @returns what the command says */
async function eraseOnly(lake: Lake, source: Source, person: string, ...options: string[]): Promise<string> {
  const args = ['--source', source.name, '--lake', lake.directory, '--person', person, ...options]
  const { code, stdout, stderr } = await ran(eraseFrom([whatsapp, telegram]), [...args, '--yes'], process.env)
  assert.equal(code, 0, stdout + stderr)
  return stdout
}

/** Erases a person, and checks that the days made again have what was left. */
async function erase(lake: Lake, source: Source, person: string, ...options: string[]): Promise<string> {
  const stdout = await eraseOnly(lake, source, person, ...options)
  const left = await allRows(lake, source)
  for (const date of DAYS) await transformDay(source, date, lake)
  assert.deepEqual(await allRows(lake, source), left, 'the days made again')
  return stdout
}

const change = (field: string, value: object) => ({
  object: 'whatsapp_business_account',
  entry: [{ id: '1', time: 1794300000, changes: [{ field, value }] }],
})
const message = (ids: object, id: string, more: object = { type: 'text', text: { body: id } }) => ({
  ...ids,
  id,
  timestamp: '1794300000',
  ...more,
})
const messages = (...list: object[]) => change('messages', { messages: list })

describe('every spelling of a number', () => {
  for (const [country, named, other, neighbour] of [
    ['Brazil', '5511987650001', '551187650001', '551187650002'],
    ['Mexico', '525512345678', '5215512345678', '5215512345679'],
    ['Argentina', '541112345678', '5491112345678', '5491112345679'],
  ] as const) {
    test(country, async () => {
      const lake = await lakeOf(whatsapp, [
        messages(message({ from: named }, 'a')),
        messages(message({ from: other }, 'b')),
        messages(message({ from: neighbour }, 'c')),
      ])
      const said = await erase(lake, whatsapp, `+${named}`)
      assert.match(said, RegExp(`\\n {2}${named}\\n {2}${other}, another spelling of ${named} that was found\\n`))
      assert.deepEqual(
        (await rowsOf(lake, whatsapp, 'whatsapp')).map(row => row.message_id),
        ['c'],
      )
      assert.deepEqual(whatsapp.erasure.spellings(named), [named, other])
      assert.deepEqual(whatsapp.erasure.spellings(other), [other, named])
    })
  }

  test('is not mentioned where it was not found; a landline and a foreign number have one', async () => {
    const lake = await lakeOf(whatsapp, [messages(message({ from: ANA }, 'a'), message({ from: BRUNO }, 'b'))])
    assert.doesNotMatch(await erase(lake, whatsapp, ANA), /spelling/)
    for (const number of ['551140000000', '15550000001']) assert.deepEqual(whatsapp.erasure.spellings(number), [number])
  })
})

describe('linked ids', () => {
  /** Ana writes by number, adopts a username, and changes her user id; each step on another day. */
  const lakeOfAna = () => {
    const contacts = [{ wa_id: ANA, user_id: ANA_USER, profile: { name: 'Ana', username: 'ana' } }]
    const system = { type: 'user_changed_user_id', user_id: ANA_NEW_USER, previous_user_id: ANA_USER }
    return lakeOf(
      whatsapp,
      [change('messages', { contacts, messages: [message({ from: ANA, from_user_id: ANA_USER }, 'by-number')] })],
      [messages(message({ from_user_id: ANA_USER }, 'changed', { type: 'system', system }))],
      [
        messages(message({ from_user_id: ANA_NEW_USER }, 'by-new-user-id')),
        messages(message({ from: BRUNO, from_user_id: BRUNO_USER }, 'of-bruno')),
      ],
    )
  }

  test('are followed through identities over two steps, and said before anything is done', async () => {
    const lake = await lakeOfAna()
    assert.deepEqual(
      [...(await rowsOf(lake, whatsapp, 'identities')), ...(await rowsOf(lake, whatsapp, 'identities', DAYS[1]))].map(
        ({ id, same_as }) => [id, same_as],
      ),
      [
        [ANA, ANA_USER],
        [ANA_USER, ANA_NEW_USER],
      ],
    )
    const before = await allRows(lake, whatsapp)
    const args = ['--source', 'whatsapp', '--lake', lake.directory, '--person', ANA]
    const listed = await ran(eraseFrom([whatsapp]), args, process.env)
    assert.match(listed.stdout, RegExp(`to the same person: ${ANA_USER}, ${ANA_NEW_USER}\\n?`))
    const undecided = await ran(eraseFrom([whatsapp]), [...args, '--yes'], process.env)
    assert.equal(undecided.code, 2)
    assert.deepEqual(await allRows(lake, whatsapp), before)

    const said = await erase(lake, whatsapp, ANA, '--with-linked')
    assert.match(
      said,
      RegExp(`${ANA}\\n {2}${ANA_USER}, linked by deliveries\\n {2}${ANA_NEW_USER}, linked by deliveries\\n`),
    )
    const left = await allRows(lake, whatsapp)
    assert.deepEqual(Object.keys(left), [`whatsapp ${DAYS[2]}`, `identities ${DAYS[2]}`])
    assert.deepEqual(
      left[`whatsapp ${DAYS[2]}`]?.map(row => (row as { message_id: string }).message_id),
      ['of-bruno'],
    )
  })

  test('are kept on request: what is under the named id alone goes', async () => {
    const lake = await lakeOfAna()
    await erase(lake, whatsapp, ANA, '--without-linked')
    assert.deepEqual(Object.keys(await allRows(lake, whatsapp)), [
      `whatsapp ${DAYS[1]}`,
      `identities ${DAYS[1]}`,
      `whatsapp ${DAYS[2]}`,
      `identities ${DAYS[2]}`,
    ])
  })

  test('pairs of others stay, and a pair that another body ties still', async () => {
    const pair = { user_id: 'BR.1', parent_user_id: 'BR.ENT.1' }
    const lake = await lakeOf(whatsapp, [
      change('messages', { contacts: [{ wa_id: ANA, ...pair }], messages: [message({ from: ANA }, 'a')] }),
      change('messages', { contacts: [pair], messages: [message({ from_user_id: 'BR.1' }, 'b')] }),
      messages(message({ from: BRUNO, from_user_id: BRUNO_USER }, 'c')),
    ])
    await eraseOnly(lake, whatsapp, ANA, '--without-linked')
    const pairs = async () => (await rowsOf(lake, whatsapp, 'identities')).map(({ id, same_as }) => [id, same_as])
    const expected = [
      ['BR.1', 'BR.ENT.1'],
      [BRUNO, BRUNO_USER],
    ]
    assert.deepEqual(await pairs(), expected)
    await transformDay(whatsapp, DAY, lake)
    assert.deepEqual(await pairs(), expected)
  })
})

describe('whatsapp', () => {
  test('of a status to a group only that of the participant goes', async () => {
    const status = (participant: string, user: string) => ({
      id: 'wamid.group',
      status: 'read',
      timestamp: '1794300000',
      recipient_id: 'GROUP1',
      recipient_type: 'group',
      recipient_participant_id: participant,
      recipient_participant_user_id: user,
    })
    const statuses = [status(ANA, ANA_USER), status(BRUNO, BRUNO_USER)]
    const lake = await lakeOf(whatsapp, [change('messages', { statuses })])
    const [, ofBruno] = await rowsOf(lake, whatsapp, 'whatsapp_statuses')
    await erase(lake, whatsapp, ANA, '--with-linked')
    assert.deepEqual(await rowsOf(lake, whatsapp, 'whatsapp_statuses'), [ofBruno])
    assert.equal(ofBruno?.person, BRUNO_USER)
    assert.equal(ofBruno?.group_id, 'GROUP1')
  })

  test('a shared card is cut out of the payload, and the message no longer names it', async () => {
    const card = (formatted_name: string, phone: string) => ({ name: { formatted_name }, phones: [{ phone }] })
    const contacts = [card('Ana', '+55 11 98765-0001'), card('Bia', '+55 11 98765-0003')]
    const cards = message({ from: BRUNO }, 'cards', { type: 'contacts', contacts })
    const lake = await lakeOf(whatsapp, [messages(cards)])
    const [before] = await rowsOf(lake, whatsapp, 'whatsapp')
    assert.equal(before?.message, 'Ana')
    await erase(lake, whatsapp, ANA)
    assert.deepEqual(await rowsOf(lake, whatsapp, 'whatsapp'), [
      { ...before, message: 'Bia', payload: JSON.stringify({ ...cards, contacts: [contacts[1]] }) },
    ])
  })

  test('a reply loses whom it answers; a call, an opt-out and a contact of the person go', async () => {
    const reply = message({ from: BRUNO }, 'reply', {
      type: 'text',
      text: { body: 'oi' },
      context: { from: ANA, id: 'x' },
    })
    const call = (from: string) => ({
      id: `call-${from}`,
      event: 'connect',
      direction: 'USER_INITIATED',
      from,
      to: '1',
    })
    const preference = (wa_id: string) => ({
      wa_id,
      category: 'marketing_messages',
      value: 'stop',
      timestamp: 1794300000,
    })
    const synced = (phone_number: string) => ({
      type: 'contact',
      action: 'add',
      contact: { phone_number, full_name: 'X' },
    })
    const handover = { type: 'control_passed', sender: { phone_number: ANA }, timestamp: '1794300000' }
    const lake = await lakeOf(whatsapp, [
      messages(reply),
      change('calls', { calls: [call(ANA), call(BRUNO)] }),
      change('user_preferences', { user_preferences: [preference(ANA), preference(BRUNO)] }),
      change('smb_app_state_sync', { state_sync: [synced(ANA), synced(BRUNO)] }),
      change('messaging_handovers', handover),
    ])
    assert.deepEqual(
      (await rowsOf(lake, whatsapp, 'events')).map(({ kind, person }) => [kind, person]),
      [
        ['calls', ANA],
        ['calls', BRUNO],
        ['user_preferences', ANA],
        ['user_preferences', BRUNO],
        ['smb_app_state_sync', ANA],
        ['smb_app_state_sync', BRUNO],
        ['messaging_handovers', ANA],
      ],
    )
    await erase(lake, whatsapp, ANA)
    assert.deepEqual(
      (await rowsOf(lake, whatsapp, 'events')).map(({ kind, person }) => [kind, person]),
      [
        ['calls', BRUNO],
        ['user_preferences', BRUNO],
        ['smb_app_state_sync', BRUNO],
      ],
    )
    const [left] = await rowsOf(lake, whatsapp, 'whatsapp')
    assert.equal(left?.payload, JSON.stringify({ ...reply, context: { id: 'x' } }))
  })

  test('an event about several people keeps the others', async () => {
    const group = (...added_participants: object[]) => ({
      group_id: 'GROUP1',
      type: 'group_participants_add',
      timestamp: '1794300000',
      added_participants,
    })
    const [ana, bruno] = [{ input: '+55 11 98765-0001' }, { wa_id: BRUNO, user_id: BRUNO_USER }]
    const lake = await lakeOf(whatsapp, [change('group_participants_update', { groups: [group(ana, bruno)] })])
    const [before] = await rowsOf(lake, whatsapp, 'events')
    await erase(lake, whatsapp, ANA)
    const [left, ...more] = await rowsOf(lake, whatsapp, 'events')
    assert.equal(more.length, 0)
    assert.deepEqual(left, { ...before, id: left?.id, payload: JSON.stringify(group(bruno)) })
    assert.match(String(left?.id), /^[0-9a-f]{32}$/)
    assert.notEqual(left?.id, before?.id)
  })

  test('events that become the same are one, as when the day is made again', async () => {
    const group = (wa_id: string) => ({
      group_id: 'GROUP1',
      type: 'group_participants_add',
      timestamp: '1794300000',
      added_participants: [{ wa_id }],
    })
    const groups = [group('551187650001'), group(ANA)]
    const lake = await lakeOf(whatsapp, [change('group_participants_update', { groups })])
    assert.equal((await rowsOf(lake, whatsapp, 'events')).length, 2)
    await erase(lake, whatsapp, ANA)
    assert.deepEqual(
      (await rowsOf(lake, whatsapp, 'events')).map(({ payload }) => payload),
      [JSON.stringify({ ...group(ANA), added_participants: [] })],
    )
  })
})

describe('telegram', () => {
  const user = (id: number, first_name: string) => ({ id, is_bot: false, first_name })
  const chat = { id: -1001, type: 'supergroup', title: 'Clientes' }
  const [ana, bruno] = [user(7000000101, 'Ana'), user(7000000102, 'Bruno')]

  test('a membership that another person changed stays, about nobody', async () => {
    const member = (of: object) => ({
      chat,
      from: bruno,
      date: 1794300000,
      old_chat_member: { ...of, status: 'member' },
      new_chat_member: { ...of, status: 'kicked' },
    })
    const lake = await lakeOf(telegram, [
      { update_id: 1, chat_member: member({ user: ana }) },
      { update_id: 2, message_reaction: { chat, message_id: 5, user: ana, date: 1794300000, new_reaction: [] } },
    ])
    const [before] = await rowsOf(lake, telegram, 'events')
    assert.equal(before?.person, '7000000101')
    await erase(lake, telegram, '7000000101')
    const [left, ...more] = await rowsOf(lake, telegram, 'events')
    assert.equal(more.length, 0)
    assert.deepEqual(left, { ...before, id: left?.id, person: null, payload: JSON.stringify(member({})) })
  })

  test('a poll without a date of its own gets the id that it would have without the person', async () => {
    const entities = [{ type: 'text_mention', offset: 0, length: 3, user: ana }]
    const poll = (question_entities: object[]) => ({ id: '9', question: 'Ana?', question_entities, options: [] })
    const lake = await lakeOf(telegram, [{ update_id: 3, poll: poll(entities) }])
    await erase(lake, telegram, '7000000101')
    const [left] = await rowsOf(lake, telegram, 'events')
    assert.equal(left?.payload, JSON.stringify(poll([{ type: 'text_mention', offset: 0, length: 3 } as object])))
  })

  test('messages of others lose the person and keep everything else', async () => {
    const base = { chat, from: bruno, date: 1794300000 }
    const opening = { message_id: 10, chat, from: ana, date: 1, forum_topic_created: { name: 'Ana fala' } }
    const lake = await lakeOf(telegram, [
      { update_id: 4, message: { message_id: 11, ...base, left_chat_member: ana } },
      {
        update_id: 5,
        message: { message_id: 12, ...base, contact: { phone_number: '1', first_name: 'Ana', user_id: ana.id } },
      },
      {
        update_id: 6,
        message: {
          message_id: 13,
          ...base,
          text: 'x',
          message_thread_id: 10,
          is_topic_message: true,
          reply_to_message: opening,
        },
      },
      {
        update_id: 7,
        message: { message_id: 14, ...base, text: 'y', forward_origin: { type: 'user', date: 1, sender_user: ana } },
      },
      { update_id: 8, message: { message_id: 15, chat, from: ana, date: 1, text: 'z' } },
    ])
    const before = await rowsOf(lake, telegram, 'telegram')
    await erase(lake, telegram, '7000000101')
    const withoutPayload = ({ payload, ...row }: Record<string, unknown>) => row
    const left = await rowsOf(lake, telegram, 'telegram')
    assert.deepEqual(left.map(withoutPayload), before.slice(0, 4).map(withoutPayload))
    assert.deepEqual(
      left.map(({ payload }) => JSON.parse(String(payload))),
      [
        { message_id: 11, ...base, left_chat_member: {} },
        { message_id: 12, ...base, contact: {} },
        {
          ...{ message_id: 13, ...base, text: 'x', message_thread_id: 10, is_topic_message: true },
          reply_to_message: { message_id: 10, chat, date: 1, forum_topic_created: {} },
        },
        { message_id: 14, ...base, text: 'y', forward_origin: { type: 'user', date: 1 } },
      ],
    )
  })
})

describe('tables whose raw bodies are gone', () => {
  const gone = async (lake: Lake, source: Source) => {
    for await (const page of lake.raw.list(`${source.name}/`)) for (const { key } of page) await lake.raw.delete(key)
  }

  test('are cut by their columns and payloads alone', async () => {
    const participants = [{ wa_id: ANA }, { wa_id: BRUNO }]
    const group = {
      group_id: 'G',
      type: 'group_participants_add',
      timestamp: '1794300000',
      added_participants: participants,
    }
    const contacts = [{ name: { formatted_name: 'Ana' }, phones: [{ wa_id: ANA }] }]
    const bodies = [
      messages(
        message({ from: ANA, from_user_id: ANA_USER }, 'a'),
        message({ from: BRUNO }, 'b', { type: 'contacts', contacts }),
      ),
      change('group_participants_update', { groups: [group] }),
      change('messages', { statuses: [{ id: 'x', status: 'sent', recipient_id: ANA }] }),
      change('messages', {
        messages: [
          { from: ANA, type: 'text' },
          { from: BRUNO, type: 'text' },
        ],
      }),
    ]
    const lake = await lakeOf(whatsapp, bodies)
    const before = await allRows(lake, whatsapp)
    const withRaw = await lakeOf(whatsapp, bodies)
    await erase(withRaw, whatsapp, ANA, '--with-linked')
    await gone(lake, whatsapp)
    await eraseOnly(lake, whatsapp, ANA, '--with-linked')
    assert.deepEqual(await allRows(lake, whatsapp), await allRows(withRaw, whatsapp))
    assert.deepEqual(Object.keys(before), [
      `whatsapp ${DAY}`,
      `whatsapp_statuses ${DAY}`,
      `events ${DAY}`,
      `identities ${DAY}`,
      `quarantine ${DAY}`,
    ])
    assert.deepEqual(Object.keys(await allRows(lake, whatsapp)), [
      `whatsapp ${DAY}`,
      `events ${DAY}`,
      `quarantine ${DAY}`,
    ])
  })
})

describe('a lake of the version before', () => {
  /** The first columns of a table, up to `received_at`: those that it had before. */
  const earlierColumns = ({ tables, name }: Source): Columns => {
    const columns = Object.entries(tables.find(table => table.name === name)?.columns ?? {})
    return Object.fromEntries(columns.slice(0, columns.findIndex(([column]) => column === 'received_at') + 1))
  }

  /** Replaces what was made by the one table that there was. */
  async function makeEarlier(lake: Lake, source: Source): Promise<void> {
    const rows = await rowsOf(lake, source, source.name)
    for (const [, key] of dayKeys(source, DAY)) await lake.enriched.delete(key)
    const writer = new ParquetWriter(earlierColumns(source))
    for (const row of rows) writer.append(row as Record<string, string | bigint | null>)
    await lake.enriched.put(tableKey(source.name, DAY), (await writer.finish()) ?? [])
  }

  test('whatsapp', async () => {
    const contacts = [
      { name: { formatted_name: 'Ana' }, phones: [{ wa_id: ANA }] },
      { name: { formatted_name: 'Bia' }, phones: [{ wa_id: '1' }] },
    ]
    const lake = await lakeOf(whatsapp, [
      messages(
        message({ from: ANA, from_user_id: ANA_USER }, 'a'),
        message({ from: BRUNO }, 'b', { type: 'contacts', contacts }),
      ),
      messages(message({ from_user_id: ANA_USER }, 'c')),
    ])
    await makeEarlier(lake, whatsapp)
    const [, before] = await rowsOf(lake, whatsapp, 'whatsapp')
    assert.deepEqual(Object.keys(before ?? {}), Object.keys(earlierColumns(whatsapp)))
    await eraseOnly(lake, whatsapp, ANA, '--with-linked')
    const left = await rowsOf(lake, whatsapp, 'whatsapp')
    const nulls = Object.fromEntries(Object.keys(whatsapp.tables[0]?.columns ?? {}).map(column => [column, null]))
    assert.deepEqual(left, [{ ...nulls, ...before, message: 'Bia' }])
    await transformDay(whatsapp, DAY, lake)
    assert.deepEqual(
      (await rowsOf(lake, whatsapp, 'whatsapp')).map(({ message_id, message }) => [message_id, message]),
      [['b', 'Bia']],
    )
  })

  test('telegram', async () => {
    const from = (id: number) => ({ id, is_bot: false, first_name: String(id) })
    const update = (id: number, user: number) => ({
      update_id: id,
      message: { message_id: id, chat: { id: -1, type: 'group' }, from: from(user), date: 1794300000, text: 'a' },
    })
    const lake = await lakeOf(telegram, [update(1, 7000000101), update(2, 7000000102)])
    await makeEarlier(lake, telegram)
    await eraseOnly(lake, telegram, '7000000101')
    assert.deepEqual(
      (await rowsOf(lake, telegram, 'telegram')).map(({ user_id, payload }) => [user_id, payload]),
      [[7000000102n, null]],
    )
  })
})
