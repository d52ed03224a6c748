import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countUntimed, platformOf, withConditions, withFilters } from './filters.ts'

const RANGE = 'where context_date between cast(? as date) and cast(? as date)'
const RELATIONS = [
  { name: 'messages', columns: ['platform', 'phone_number_id', 'chat', 'direction', 'sent_at'] },
  { name: 'whatsapp', columns: ['phone_number_id', 'direction', 'group_id', 'person'] },
  { name: 'telegram', columns: ['chat_id', 'direction'] },
  { name: 'events', columns: ['chat', 'person'] },
  { name: 'quarantine', columns: ['source'] },
]
const inbound = `select text\nfrom messages\n${RANGE}\n    and direction = 'inbound'\n    and sent_at is not null\n`

describe('withConditions', () => {
  it('adds the conditions after each range of days', () => {
    const sql = `with a as (select 1 as n from messages ${RANGE}) select n from a union all select 2 as n from "whatsapp" ${RANGE}`
    assert.equal(
      withConditions(sql, { platform: 'whatsapp' }),
      sql.replaceAll(RANGE, `${RANGE}\n    and platform = 'whatsapp'`),
    )
  })
  it('quotes a value', () =>
    assert.match(withConditions(inbound, { platform: "o'$& \\" }), /and platform = 'o''\$& \\'\n/))
  it('ignores comments and quoted texts', () => {
    const sql = `select '${RANGE}' as t -- from messages ${RANGE}`
    assert.equal(withConditions(sql, { platform: 'x' }), sql)
  })
})

describe('withFilters', () => {
  it('changes nothing without filters', () => assert.equal(withFilters(inbound, {}, RELATIONS), inbound))

  it("limits a query to a business's number and to a chat, under any id of its person", () => {
    const sql = withFilters(inbound, { phoneNumberId: '1', chat: "5'5" }, RELATIONS)
    assert.match(sql, /and phone_number_id = '1'\n/)
    assert.match(
      sql,
      /and chat in \(select '5''5' union all select person_ids\.person from person_ids where person_ids\.id in \('5''5'\)\)\n/,
    )
  })

  it('knows a number in every spelling, with a plus sign too', () => {
    for (const chat of ['551187654321', '+5511987654321'])
      for (const id of ['551187654321', '5511987654321'])
        assert.match(withFilters(inbound, { chat }, RELATIONS), new RegExp(`person_ids\\.id in \\(.*'${id}'`))
  })

  it('limits a query of events to a chat, or to a person under any id where the event names no chat', () => {
    const sql = withFilters(`select kind from "events" ${RANGE}\n    and kind = 'calls'\n`, { chat: "5'5" }, RELATIONS)
    assert.match(
      sql,
      /and coalesce\(chat, person\) in \(select '5''5' union all select other\.id from person_ids .* in \('5''5'\)\)\n/,
    )
    assert.match(sql, /\n {4}and kind = 'calls'\n$/)
  })

  it("limits a query of the platforms' tables to a chat", () => {
    const [whatsapp, telegram] = ['whatsapp', 'telegram'].map(table =>
      withFilters(`select 1 as n from "${table}" ${RANGE}`, { chat: '-5' }, RELATIONS),
    )
    assert.match(
      whatsapp ?? '',
      /and coalesce\(group_id, person, user_id, cast\(number as varchar\)\) in \(select '-5' /,
    )
    assert.match(telegram ?? '', /and cast\(chat_id as varchar\) in \(select '-5' union all /)
  })

  it('refuses conditions with an "or" of their own, and takes one in parentheses', () => {
    const sql = `select text from messages ${RANGE} and type = 'text' or type = 'image'`
    assert.throws(() => withFilters(sql, { chat: '1' }, RELATIONS), /conditions with "or": put those in parentheses/)
    const bracketed = `select text from messages ${RANGE} and (type = 'text' or type = 'image')`
    assert.match(
      withFilters(bracketed, { chat: '1' }, RELATIONS),
      /and chat in .* and \(type = 'text' or type = 'image'\)$/s,
    )
  })

  it('replaces the direction inbound', () => {
    const rest = inbound.replace("\n    and direction = 'inbound'", '')
    assert.equal(withFilters(inbound, { direction: 'both' }, RELATIONS), rest)
    const outbound = rest.replace(RANGE, `${RANGE}\n    and coalesce(direction, 'inbound') = 'outbound'`)
    assert.equal(withFilters(inbound, { direction: 'outbound' }, RELATIONS), outbound)
    const old = inbound.replace('direction =', "coalesce(direction, 'inbound') =")
    assert.equal(withFilters(old, { direction: 'outbound' }, RELATIONS), outbound)
    assert.equal(withFilters(rest, { direction: 'outbound' }, RELATIONS), outbound)
  })

  for (const [what, sql, filters, message] of [
    [
      'a table without chats',
      `select reason from "quarantine" ${RANGE}`,
      { chat: '1' },
      /quarantine, which has no chats: it cannot be limited by --chat/,
    ],
    [
      'a table without the column',
      `select name from "telegram" ${RANGE}`,
      { phoneNumberId: '1' },
      /telegram, which has no column phone_number_id: .* --phone-number-id/,
    ],
    [
      'one of two tables without it',
      `${inbound} union all select source from quarantine ${RANGE}`,
      { direction: 'both' },
      /quarantine, which has no column direction/,
    ],
    [
      'both directions in the query',
      `select direction from messages ${RANGE}`,
      { direction: 'inbound' },
      /about both directions/,
    ],
    ['no range of days', 'select text from messages', { chat: '1' }, /--chat needs "where context_date/],
  ] as const)
    it(`refuses ${what}`, () => assert.throws(() => withFilters(sql, filters, RELATIONS), message))
})

describe('platformOf', () => {
  const of = (conditions: string) => `select text from messages ${RANGE} ${conditions}`
  for (const [sql, platform] of [
    [of("and platform = 'whatsapp'"), 'whatsapp'],
    [of("and direction = 'inbound' and platform = 'telegram' order by text"), 'telegram'],
    [of("-- and platform = 'whatsapp'"), undefined],
    [of("and text in (select text from b where true and platform = 'whatsapp')"), undefined],
    [`with a as (${of('')}), b as (${of("and platform = 'whatsapp'")}) select text from a`, undefined],
    [
      `with a as (${of("and platform = 'telegram'")}), b as (${of("and platform = 'whatsapp'")}) select text from a`,
      undefined,
    ],
    ['select text from messages', undefined],
  ] as const)
    it(`is ${platform} of ${sql}`, () => assert.equal(platformOf(sql), platform))
})

describe('countUntimed', () => {
  it('counts what a query leaves out for want of a time', () =>
    assert.equal(
      countUntimed(`with written as (\n  ${inbound.trimEnd()}\n)\nselect text from written`),
      `select count(*) as messages\nfrom messages\n${RANGE}\n    and direction = 'inbound'\n    and sent_at is null`,
    ))
  it('is none of a query that leaves out nothing', () =>
    assert.equal(countUntimed(inbound.replace('    and sent_at is not null\n', '')), undefined))
})
