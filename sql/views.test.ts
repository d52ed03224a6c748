import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sources } from '../handlers/sources/index.ts'
import { type Table, tables } from '../handlers/sources/tables.ts'
import { CONTENT_TYPES } from '../handlers/sources/telegram/content.ts'
import { lint } from '../scripts/query/athena-lint.ts'
import { openDuckDb } from '../scripts/query/duckdb.ts'
import { allRows, QueryError, type Row } from '../scripts/query/engine.ts'
import { spoilData, tableRows, temporaryDirectory, writeLake } from '../scripts/query/testing/test-lake.ts'
import { savedQueries } from './catalog.ts'
import { maskText } from './mask-text.ts'
import { parseViewHeader, reads, savedViews } from './views.ts'

const views = savedViews()
const DATE = '2026-11-09'
/** Epoch seconds of noon in São Paulo on `DATE`. */
const NOON = Date.parse(`${DATE}T12:00:00-03:00`) / 1000

type Cells = Readonly<Record<string, string>>

const tableOf = (name: string): Table => {
  const table = tables.find(table => table.name === name)
  assert.ok(table)
  return table
}

const keyOf = ({ name, partitions }: Table, source: string, date: string) =>
  `${name}/${partitions.length > 1 ? `source=${source}/` : ''}context_date=${date}/${name}.parquet`

/** Opens DuckDB over rows of some tables. A row has the SQL of its columns; it arrived at noon unless told. */
async function openLake(t: TestContext, content: Readonly<Record<string, readonly Cells[]>>, timeZone?: string) {
  const files = Object.entries(content).map(([place, rows]) => {
    const [name = '', date = DATE] = place.split(' ')
    const table = tableOf(name)
    const source = name === 'events' ? 'telegram' : 'whatsapp'
    const received = rows.map(row => ({ received_at: String(NOON), ...row }))
    return [keyOf(table, source, date), tableRows(table, received)] as const
  })
  const lake = await writeLake(temporaryDirectory(t), Object.fromEntries(files))
  const engine = await openDuckDb(lake, tables, timeZone === undefined ? {} : { timeZone })
  t.after(() => engine.close())
  return { lake, ask: async (sql: string): Promise<Row[]> => allRows(await engine.run(sql)) }
}

describe('the header of a view', () => {
  const header =
    '-- title: T\n-- description: D\n-- grain: a row\n-- days: all\n-- columns: a varchar,\n--   b bigint\n'

  it('declares the columns and their types', () => {
    assert.deepEqual(parseViewHeader(`${header}select 1`), {
      title: 'T',
      description: 'D',
      grain: 'a row',
      days: 'all',
      columns: [
        { name: 'a', type: 'varchar' },
        { name: 'b', type: 'bigint' },
      ],
    })
  })
  for (const [what, sql, message] of [
    ['another type', header.replace('bigint', 'int'), /"b int" is not a column/],
    ['a comma at the end', header.replace('bigint', 'bigint,'), /"" is not a column/],
    ['other days', header.replace('all', 'some'), /"days" is "of the range" or "all", not "some"/],
    ['no columns', header.replace(/-- columns[\s\S]*/, ''), /lacks "-- columns/],
    ['a chart', `${header}-- chart: bar x=a y=b\n`, /unknown key "chart"/],
  ] as const)
    it(`is refused with ${what}`, () => assert.throws(() => parseViewHeader(sql), message))
})

describe('a query reads a view', () => {
  for (const [sql, isRead] of [
    ['select * from messages', true],
    ['select * from "messages" as m', true],
    ['select 1 from (select * from messages)', true],
    ['select 1 from whatsapp, messages where 1 = 1', true],
    ['select 1 from whatsapp as w left join messages on true', true],
    ['select count(*) as messages from whatsapp order by messages', false],
    ['select a, messages from whatsapp group by a, messages', false],
    ['with messages as (select 1) select * from messages', false],
    ['with messages(a) as (select 1) select * from messages', false],
    ['select * from current_messages', false],
    ["select 'from messages' from whatsapp -- from messages", false],
  ] as const)
    it(`${isRead ? 'in' : 'not in'} ${sql}`, () => assert.equal(reads(sql, 'messages'), isRead))
})

describe('the views', () => {
  it('are in the order in which they read each other, and have no name of a table or query', () => {
    const names = views.map(({ name }) => name)
    assert.deepEqual(
      readdirSync(fileURLToPath(new URL('views/', import.meta.url))).sort(),
      names.map(name => `${name}.sql`).sort(),
    )
    for (const [i, view] of views.entries())
      for (const later of views.slice(i + 1)) assert.ok(!reads(view.sql, later.name), `${view.name}: ${later.name}`)
    for (const { name } of [...tables, ...savedQueries()]) assert.ok(!names.includes(name), name)
  })

  for (const view of views) {
    it(`${view.name} passes the lint`, () => assert.deepEqual(lint(view.sql, tables, { views, isView: true }), []))

    it(`${view.name} has the declared columns`, async t => {
      const engine = await openDuckDb(temporaryDirectory(t), tables)
      t.after(() => engine.close())
      const result = await engine.run(`select * from ${view.name}`)
      assert.deepEqual(result.columns, view.columns)
      assert.deepEqual(await allRows(result), [])
    })
  }

  it('messages reads the table of every platform', () => {
    const text = maskText(views.find(({ name }) => name === 'messages')?.sql ?? '', { names: true })
    for (const { name } of sources) assert.match(text, new RegExp(`from "${name}"`))
  })
})

describe('messages', () => {
  it('has local times; sent_at only where it can be right', async t => {
    const rows = [NOON, NOON + 86_400, NOON + 86_401, NOON - 604_800, NOON - 604_801].map((date, i) => ({
      message_id: `'w${i}'`,
      date: String(date),
    }))
    const old = { date: String(NOON - 9_000_000), field: "'history'" }
    const content = {
      whatsapp: [
        ...rows,
        { ...old, message_id: "'w5'" },
        { ...old, message_id: "'w6'", date: String(NOON + 86_401) },
        { ...old, message_id: "'w8'", date: '1' },
        { message_id: "'w7'" },
      ],
      telegram: [
        { message_id: '1', date: String(NOON) },
        { message_id: '2', date: String(NOON - 604_801) },
      ],
    }
    const sql = 'select message_id, sent_at, received_at from messages order by platform desc, message_id'
    const { ask } = await openLake(t, content)
    const noon = `${DATE} 12:00:00`
    assert.deepEqual(await ask(sql), [
      ['w0', noon, noon],
      ['w1', '2026-11-10 12:00:00', noon],
      ['w2', null, noon],
      ['w3', '2026-11-02 12:00:00', noon],
      ['w4', null, noon],
      ['w5', '2026-07-28 08:00:00', noon],
      ['w6', null, noon],
      ['w7', null, noon],
      ['w8', null, noon],
      ['1', noon, noon],
      ['2', null, noon],
    ])
    const india = await openLake(t, content, 'Asia/Kolkata')
    assert.deepEqual((await india.ask(sql))[0], ['w0', `${DATE} 20:30:00`, `${DATE} 20:30:00`])
  })

  it('knows the person and the direction in days of version 0.1.0', async t => {
    const { ask } = await openLake(t, {
      whatsapp: ['558298887777', '5582998887777', '5215544443333', '541144443333', '551144443333', '15550001111'].map(
        number => ({ number }),
      ),
      'whatsapp 2026-11-10': [{ number: '558298887777', user_id: "'BR.1'" }, { number: 'null' }],
      telegram: [
        { user_id: '5', chat_id: '-1' },
        { user_id: '777000', chat_id: '-1', media_type: "'photo'" },
        { user_id: '6', chat_id: '-1', text: "'a'" },
      ],
    })
    assert.deepEqual(await ask('select distinct direction, is_service from messages'), [['inbound', false]])
    assert.deepEqual(await ask('select platform, person, type from messages order by platform, person, type'), [
      ['telegram', '5', null],
      ['telegram', '6', 'text'],
      ['telegram', null, 'photo'],
      ['whatsapp', '15550001111', null],
      ['whatsapp', '525544443333', null],
      ['whatsapp', '5491144443333', null],
      ['whatsapp', '551144443333', null],
      ['whatsapp', '5582998887777', null],
      ['whatsapp', '5582998887777', null],
      ['whatsapp', 'BR.1', null],
      ['whatsapp', null, null],
    ])
  })

  it('names the customer also of what the business wrote', async t => {
    const outbound = { direction: "'outbound'", kind: "'business_message'", type: "'text'" }
    const { ask } = await openLake(t, {
      whatsapp: [
        { direction: "'outbound'", person: "'55'", name: "'Ana'" },
        { direction: "'outbound'", group_id: "'g'" },
      ],
      telegram: [
        { ...outbound, chat_id: '5', chat_type: "'private'", user_id: '9', person: "'9'", user_first_name: "'Loja'" },
        { direction: "'inbound'", chat_id: '-1', person: "'5'", user_first_name: "'Rui'", user_last_name: "'Sá'" },
        { direction: "'inbound'", chat_id: '-2', user_id: '777000', user_first_name: "'Telegram'" },
      ],
    })
    assert.deepEqual(await ask('select chat, chat_type, person, name from messages order by chat'), [
      ['-1', null, '5', 'Rui Sá'],
      ['-2', null, null, null],
      ['5', 'private', '5', null],
      ['55', 'private', '55', 'Ana'],
      ['g', 'group', null, null],
    ])
  })

  it('names a person by one id, whichever the message came with', async t => {
    const { ask } = await openLake(t, {
      whatsapp: [
        { message_id: "'1'", person: "'5511900010001'" },
        { message_id: "'2'", person: "'BR.1'", direction: "'outbound'" },
        { message_id: "'3'", person: "'BR.1'", group_id: "'g'" },
        { message_id: "'4'", person: "'BR.2'" },
      ],
      'identities 2026-11-20': [{ id: "'5511900010001'", same_as: "'BR.1'" }],
      telegram: [{ message_id: '5', chat_id: '1', user_id: '1', person: "'BR.1'", direction: "'inbound'" }],
    })
    assert.deepEqual(await ask('select message_id, person, chat from messages order by 1'), [
      ['1', '5511900010001', '5511900010001'],
      ['2', '5511900010001', '5511900010001'],
      ['3', '5511900010001', 'g'],
      ['4', 'BR.2', 'BR.2'],
      ['5', 'BR.1', '1'],
    ])
  })

  it('counts an album once, a post without its automatic forward, and two messages of one id twice', async t => {
    const post = (chat_id: string, message_id: string, more: Cells = {}): Cells => ({
      chat_id,
      message_id,
      date: String(NOON),
      type: "'photo'",
      ...more,
    })
    const { ask } = await openLake(t, {
      telegram: [
        post('-1', '1', { media_group_id: "'4'" }),
        post('-1', '2', { media_group_id: "'4'", date: String(NOON + 1) }),
        post('-2', '3', { media_group_id: "'4'" }),
        post('-1', '4'),
        post('-9', '7'),
        post('-1', '5', { is_automatic_forward: 'true' }),
        post('5', '1', { business_connection_id: "'c'" }),
        post('5', '1'),
        post('5', '1', { date: String(NOON + 1) }), // of another bot
        post('5', '0', { update_id: '11' }),
        post('5', '0', { update_id: '12' }),
        post('5', 'null', { update_id: '13' }),
        post('-1', '8', { type: "'pinned_message'" }),
      ],
      whatsapp: ['text', 'reaction', 'edit', 'revoke', 'system', 'request_welcome'].map((type, i) => ({
        type: `'${type}'`,
        message_id: `'w${i}'`,
      })),
    })
    assert.deepEqual(await ask('select distinct counted_as from messages order by 1'), [
      [`-1 4 ${NOON}`],
      ['-1 album 4'],
      ['-2 album 4'],
      [`-9 7 ${NOON}`],
      [`5 1 ${NOON}`],
      [`5 1 ${NOON + 1}`],
      ['5 update 11'],
      ['5 update 12'],
      ['5 update 13'],
      [`c 5 1 ${NOON}`],
      ['w0'],
      [null],
    ])
  })

  it('tells service messages from what people write', async t => {
    const types = [...CONTENT_TYPES, 'new_chat_members', 'pinned_message', 'web_app_data']
    const { ask } = await openLake(t, {
      telegram: types.map(type => ({ direction: "'inbound'", type: `'${type}'` })),
      whatsapp: ['text', 'system', 'request_welcome', 'edit'].map(type => ({ type: `'${type}'` })),
    })
    assert.deepEqual(await ask('select type from messages where is_service order by type'), [
      ['new_chat_members'],
      ['pinned_message'],
      ['request_welcome'],
      ['system'],
      ['web_app_data'],
    ])
  })
})

describe('current_messages', () => {
  const said = (message_id: string, message: string, more: Cells = {}): Cells => ({
    message_id: `'${message_id}'`,
    message: `'${message}'`,
    type: "'text'",
    date: String(NOON),
    ...more,
  })
  const about = (type: string, target_id: string, date: number) => ({
    type: `'${type}'`,
    target_id: `'${target_id}'`,
    date: String(date),
  })

  it('has the last edited text and the time of a deletion', async t => {
    const edit = (kind: string, chat: string, id: string, text: string, date: number, payload = '{}'): Cells => ({
      kind: `'${kind}'`,
      id: `'${kind}${date}'`,
      chat: `'${chat}'`,
      message_id: `'${id}'`,
      text,
      date: String(date),
      payload: `'${payload}'`,
    })
    const post = (chat_id: string, message_id: string, more: Cells = {}): Cells => ({
      chat_id,
      message_id,
      text: "'antes'",
      date: String(NOON),
      ...more,
    })
    const business = '{"business_connection_id":"c1","chat":{"id":5}'
    const { ask } = await openLake(t, {
      whatsapp: [
        said('w1', 'a'),
        said('w2', 'b'),
        said('w3', 'c'),
        said('e1', 'a1', about('edit', 'w1', NOON + 60)),
        said('r1', '', { ...about('revoke', 'w2', NOON + 90), message: 'null' }),
        said('e4', 'x', about('edit', 'w9', NOON)),
      ],
      'whatsapp 2026-11-10': [said('e2', 'a2', about('edit', 'w1', NOON + 120))],
      telegram: [
        post('-1', '1'),
        post('-1', '2'),
        post('5', '1', { business_connection_id: "'c1'" }),
        post('5', '1'),
        post('5', '2', { business_connection_id: "'c1'" }),
      ],
      'events 2026-11-10': [
        edit('edited_message', '-1', '1', "'depois'", NOON + 60),
        edit('edited_message', '-1', '1', "'no meio'", NOON + 30),
        edit('edited_channel_post', '-1', '2', 'null', NOON + 30),
        edit('edited_business_message', '5', '1', "'da loja'", NOON + 30, `${business}}`),
        {
          ...edit('deleted_business_messages', '5', '', 'null', 0, `${business},"message_ids":[2, 17]}`),
          date: 'null',
          message_id: 'null',
        },
        edit('message_reaction', '-1', '1', "'👍'", NOON + 99),
      ],
    })
    const sql = 'select chat, message_id, text, edited_at, deleted_at from current_messages order by 1, 2, 3'
    const at = (time: string) => `${DATE} ${time}`
    assert.deepEqual(await ask(sql), [
      ['-1', '1', 'depois', at('12:01:00'), null],
      ['-1', '2', null, at('12:00:30'), null],
      ['5', '1', 'antes', null, null],
      ['5', '1', 'da loja', at('12:00:30'), null],
      ['5', '2', 'antes', null, at('12:00:00')],
      [null, 'w1', 'a2', at('12:02:00'), null],
      [null, 'w2', 'b', null, at('12:01:30')],
      [null, 'w3', 'c', null, null],
    ])
  })

  it('leaves out a placeholder whose content came', async t => {
    const { ask } = await openLake(t, {
      whatsapp: [
        said('w1', '', { type: "'media_placeholder'" }),
        said('w2', '', { type: "'media_placeholder'" }),
        said('w3', '', { type: "'unsupported'", error_code: '131060' }),
        said('w4', '', { type: "'unsupported'", error_code: '131051' }),
      ],
      'whatsapp 2026-11-10': [said('w1', '', { type: "'image'" }), said('w3', 'now'), said('w5', '')],
    })
    assert.deepEqual(await ask('select message_id, type from current_messages order by 1'), [
      ['w1', 'image'],
      ['w2', 'media_placeholder'],
      ['w3', 'text'],
      ['w4', 'unsupported'],
      ['w5', 'text'],
    ])
  })
})

describe('people', () => {
  const pair = (id: string, same_as: string): Cells => ({ id: `'${id}'`, same_as: `'${same_as}'` })

  it('joins the ids of a person over six steps', async t => {
    const chain = ['d', 'b', 'c', 'e', 'f', 'g', 'a'] // six pairs from end to end
    const { ask } = await openLake(t, {
      identities: [
        ...chain.slice(1).map((id, i) => pair(...([id, chain[i] ?? ''].sort() as [string, string]))),
        pair('x', 'y'),
      ],
      'identities 2026-11-10': [pair('x', 'y')],
    })
    assert.deepEqual(await ask('select platform, id, person from person_ids order by id'), [
      ...[...chain].sort().map(id => ['whatsapp', id, 'a']),
      ...['x', 'y'].map(id => ['whatsapp', id, 'x']),
    ])
  })

  it('is one row for everyone who wrote or was written to', async t => {
    const from = (person: string, id: string, more: Cells = {}) => ({
      message_id: `'${id}'`,
      person: `'${person}'`,
      direction: "'inbound'",
      type: "'text'",
      date: String(NOON),
      ...more,
    })
    const { ask } = await openLake(t, {
      whatsapp: [
        from('551', '1', { name: "'Ana'", number: '551' }),
        from('BR.1', '2', { name: "'Ana Clara'", username: "'ana'", date: String(NOON + 60) }),
        from('BR.1', '3', { direction: "'outbound'", date: String(NOON + 90) }),
        from('BR.1', '4', { type: "'reaction'" }),
        from('551', '5', { type: "'system'" }),
      ],
      whatsapp_statuses: [
        from('BR.1', '3', { status: "'sent'", direction: 'null' }),
        from('BR.1', '9', { status: "'sent'" }),
        from('BR.1', '9', { status: "'read'" }),
        from('552', '8', { status: "'failed'" }),
      ],
      telegram: [
        { ...from('551', '1'), message_id: '1', chat_id: '-1' },
        { ...from('551', '1'), message_id: '1', chat_id: '-2' },
        { ...from('7', '1'), message_id: '1', chat_id: '-3', user_is_bot: 'true' },
      ],
      identities: [pair('551', 'BR.1')],
    })
    assert.deepEqual(await ask('select * from people order by platform, person'), [
      ...[['telegram', '551', '551', null, null, null, null, null, `${DATE} 12:00:00`, `${DATE} 12:00:00`, 2, 0]],
      [
        ...['whatsapp', '551', '551, BR.1', 'Ana Clara', 'Ana, Ana Clara', '551', 'ana', 'ana'],
        ...[`${DATE} 12:00:00`, `${DATE} 12:01:30`, 2, 2],
      ],
      ...[['whatsapp', '552', '552', null, null, null, null, null, `${DATE} 12:00:00`, `${DATE} 12:00:00`, 0, 1]],
    ])
  })
})

describe('outgoing', () => {
  it('is one row a message, priced once', async t => {
    const status = (message_id: string, status: string, seconds: number, more: Cells = {}): Cells => ({
      message_id: `'${message_id}'`,
      status: `'${status}'`,
      date: String(NOON + seconds),
      person: "'55'",
      ...more,
    })
    const price = { pricing_category: "'marketing'", billable: 'true' }
    const { ask } = await openLake(t, {
      whatsapp_statuses: [
        status('m1', 'sent', 0, { ...price, callback_data: "'campanha'" }),
        status('m1', 'delivered', 5, price),
        status('m2', 'failed', 1, { error_code: '131026', error_title: "'Undeliverable'" }),
        status('m3', 'delivered', 1, { group_id: "'g'" }),
        status('m3', 'delivered', 2, { group_id: "'g'", person: "'56'" }),
        status('m3', 'failed', 3, { type: "'payment'" }),
        status('m4', 'sent', -700_000),
      ],
      'whatsapp_statuses 2026-11-10': [status('m1', 'read', 86_400, price)],
    })
    const columns = [
      ...['message_id', 'person', 'group_id', 'status', 'sent_at', 'delivered_at', 'read_at', 'failed_at'],
      ...['error_code', 'error_title', 'pricing_category', 'billable', 'callback_data', 'context_date'],
    ]
    const at = (time: string, date = DATE) => `${date} ${time}`
    assert.deepEqual(await ask(`select ${columns.join(', ')} from outgoing order by 1`), [
      [
        ...['m1', '55', null, 'read', at('12:00:00'), at('12:00:05'), at('12:00:00', '2026-11-10'), null],
        ...[null, null, 'marketing', true, 'campanha', DATE],
      ],
      [
        ...['m2', '55', null, 'failed', null, null, null, at('12:00:01')],
        ...[131026, 'Undeliverable', null, null, null, DATE],
      ],
      ['m3', null, 'g', 'delivered', null, at('12:00:01'), null, null, null, null, null, null, null, DATE],
      ['m4', '55', null, 'sent', null, null, null, null, null, null, null, null, null, DATE],
    ])
  })
})

describe('a filter', () => {
  const [whatsapp, telegram] = [tableOf('whatsapp'), tableOf('telegram')]
  const days = ['2026-11-08', '2026-11-09', '2026-11-10']
  const content = Object.fromEntries(
    days.flatMap(day => [
      [`whatsapp ${day}`, [{ message_id: `'w${day}'` }]],
      [`telegram ${day}`, [{ message_id: '1' }]],
    ]),
  )

  it('by context_date reads only those days of the tables', async t => {
    const { lake, ask } = await openLake(t, content)
    for (const table of [whatsapp, telegram])
      for (const day of ['2026-11-08', '2026-11-10']) spoilData(join(lake, 'enriched', keyOf(table, '', day)))
    const sql = 'select platform, message_id from messages where context_date'
    assert.deepEqual(await ask(`${sql} = date '2026-11-09' order by 1`), [
      ['telegram', '1'],
      ['whatsapp', 'w2026-11-09'],
    ])
    await assert.rejects(ask(`${sql} > date '2026-11-08'`), QueryError)
  })

  for (const [name, sql] of [
    ['messages', 'select message_id from messages'],
    ['current_messages', 'select message_id from current_messages'],
    ['people', 'select person from people'],
  ] as const) {
    it(`by platform reads only the tables of that platform: ${name}`, async t => {
      const { lake, ask } = await openLake(t, { ...content, 'events 2026-11-09': [{ kind: "'edited_message'" }] })
      for (const day of days) spoilData(join(lake, 'enriched', keyOf(telegram, '', day)))
      spoilData(join(lake, 'enriched', keyOf(tableOf('events'), 'telegram', '2026-11-09')))
      await ask(`${sql} where platform = 'whatsapp'`)
      await assert.rejects(ask(`${sql} where platform = 'telegram'`), QueryError)
    })
  }
})
