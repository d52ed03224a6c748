import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { dayKeys } from '../sources/day-keys.ts'
import type { Source } from '../sources/source.ts'
import { telegram } from '../sources/telegram/index.ts'
import { fixturesOf } from '../sources/testing/fixtures.ts'
import { whatsapp } from '../sources/whatsapp/index.ts'
import { arrive, inDirectories, rowsOf } from './testing/transforms.ts'

/*
 * Deliveries that belong together, `fixtures/<platform>/case-<name>-<n>.json`, transformed as one day. They are what
 * people report as bugs of such pipelines.
 */

const DAY = '2026-11-28'

const lakes = inDirectories()
before(() => lakes.start())
after(() => lakes.stop())

type PlainRow = Readonly<Record<string, unknown>>

/** Transforms the deliveries of a case, one a second. @returns the rows of every table */
async function rowsOfCase(source: Source, name: string): Promise<(table: string) => readonly PlainRow[]> {
  const file = new RegExp(`/case-${name}(-\\d)?$`)
  const bodies = fixturesOf(source).flatMap(fixture => (file.test(fixture.name) ? [fixture.body] : []))
  assert.ok(bodies.length > 0, `no fixture of ${name}`)
  const lake = await lakes.open()
  const morning = Date.parse(`${DAY}T12:00:00Z`)
  for (const [i, body] of bodies.entries()) await arrive(lake, source, DAY, body, morning + i * 1000)
  await lake.transform(source, DAY)
  const tables = new Map<string, readonly PlainRow[]>()
  for (const [table, key] of dayKeys(source, DAY)) tables.set(table, await rowsOf(lake.enriched, key))
  return table => tables.get(table) ?? assert.fail(`no table ${table}`)
}

/** Tests that the rows of one table have these values, in the order of arrival. */
function expectRows(source: Source, name: string, table: string, columns: readonly string[], expected: unknown[][]) {
  test(`${name}: ${table} has ${columns.join(', ')}`, async () => {
    const rows = (await rowsOfCase(source, name))(table)
    const values = rows.map(row =>
      columns.map(column => (typeof row[column] === 'bigint' ? Number(row[column]) : row[column])),
    )
    assert.deepEqual(values, expected)
  })
}

describe('WhatsApp', () => {
  const OURS = 'wamid.HBgMNTUxMTQwMDAwMDAwFQIAEhgUM0E4ODg1MDEzNzc5NUM5MTE1QUIA'
  const [first, second] = [
    'wamid.HBgMNTUxMTQwMDAwMDAwFQIAEhgUM0EwREJERjMwMEY4QjM1MjAwMDIA',
    'wamid.HBgMNTUxMTQwMDAwMDAwFQIAEhgUM0FGMDExQjA5MjE2MkIyNjE4ODAA',
  ]
  const ula = '5511990010050'
  const messages = (name: string, columns: readonly string[], expected: unknown[][]) =>
    expectRows(whatsapp, name, 'whatsapp', columns, expected)

  messages(
    'reaction',
    ['type', 'target_id', 'message'],
    [
      ['reaction', OURS, '❤️'],
      ['reaction', OURS, null],
    ],
  )
  messages('reaction-taken-back', ['target_id', 'message'], [[OURS, null]])
  messages(
    'user-id-in-the-contact-alone',
    ['number', 'user_id', 'person', 'username'],
    [[null, 'BR.90001000000000000051', 'BR.90001000000000000051', 'vera.seriguela']],
  )
  messages(
    'username-adopted',
    ['number', 'person', 'username'],
    [
      [5511990010052, 'BR.90001000000000000052', null],
      [5511990010052, 'BR.90001000000000000052', null],
      [null, 'BR.90001000000000000052', 'xisto'],
    ],
  )
  expectRows(
    whatsapp,
    'username-adopted',
    'identities',
    ['id', 'same_as'],
    [['5511990010052', 'BR.90001000000000000052']],
  )
  expectRows(whatsapp, 'number-changed', 'identities', ['id', 'same_as'], [['5511990010053', '5511990010054']])
  messages(
    'brazil-spellings',
    ['number', 'person'],
    [
      [558290010055, '5582990010055'],
      [5582990010055, '5582990010055'],
    ],
  )
  messages(
    'mexico-spellings',
    ['number', 'person'],
    [
      [5215590010041, '525590010041'],
      [525590010041, '525590010041'],
    ],
  )
  messages('echo', ['direction', 'number', 'person'], [['outbound', 5511990010050, ula]])
  expectRows(
    whatsapp,
    'statuses',
    'whatsapp_statuses',
    ['message_id', 'status', 'date', 'pricing_category', 'error_code', 'person'],
    [
      [first, 'sent', 1794315600, 'marketing', null, ula],
      [first, 'delivered', 1794315610, 'marketing', null, ula],
      [first, 'read', 1794315670, 'marketing', null, ula],
      [second, 'failed', 1794315680, null, 131026, ula],
    ],
  )
  test('flow: response holds the answers', async () => {
    const [row] = (await rowsOfCase(whatsapp, 'flow'))('whatsapp')
    assert.deepEqual([row?.message, row?.selection_id], ['Sent', 'flow'])
    assert.equal(JSON.parse(String(row?.response)).nota, 'Excelente')
  })
  messages('ad', ['referral_id', 'ctwa_clid'], [['120208800000000050', 'ARexemploClick0050']])
  messages(
    'location-and-card',
    ['type', 'message', 'latitude', 'longitude'],
    [
      ['location', 'Loja da esquina', -23.55, -46.63],
      ['contacts', 'Vilma Cajá', null, null],
    ],
  )
  messages(
    'group',
    ['message', 'group_id'],
    [
      ['No grupo', 'Y2hhdGxha2UtZ3J1cG8tZmljdGljaW8tMDAwMwZD'],
      ['Direto', null],
    ],
  )
  messages(
    'same-name',
    ['name', 'person'],
    [
      ['Helena', '5521990010056'],
      ['Helena', '5531990010057'],
    ],
  )
  messages('forwarded', ['forwarded'], [['forwarded'], ['frequently_forwarded'], [null]])
  expectRows(whatsapp, 'opt-out', 'events', ['kind', 'event', 'person'], [['user_preferences', 'stop', ula]])
  messages('voice', ['media_id', 'media_type'], [['1200340056007880', 'audio/ogg; codecs=opus']])
  messages(
    'empty-wa-id',
    ['name', 'person'],
    [
      ['Bela', 'BR.90001000000000000062'],
      ['Alba', 'BR.90001000000000000061'],
    ],
  )
  messages('standby', ['direction', 'field'], [['inbound', 'standby']])
  test('replayed: the same message is one row within 7 days, and a new one after 8', async () => {
    const body = fixturesOf(whatsapp).find(({ name }) => name.endsWith('/case-replayed'))?.body ?? assert.fail()
    const lake = await lakes.open()
    const days = ['2026-11-01', '2026-11-08', '2026-11-16']
    const rows = []
    for (const day of days) {
      await arrive(lake, whatsapp, day, body, Date.parse(`${day}T12:00:00Z`))
      rows.push((await lake.transform(whatsapp, day)).rows)
    }
    assert.deepEqual(rows, [1, 0, 1])
  })
})

describe('Telegram', () => {
  const messages = (name: string, columns: readonly string[], expected: unknown[][]) =>
    expectRows(telegram, name, 'telegram', columns, expected)

  messages(
    'update-id-reused',
    ['update_id', 'text'],
    [
      [870000801, 'Pelo primeiro robô'],
      [870000801, 'Outra mensagem, o mesmo update_id'],
    ],
  )
  messages(
    'group-migrates',
    ['chat_id', 'type', 'text'],
    [
      [-4012345679, 'text', 'No grupo antigo'],
      [-4012345679, 'migrate_to_chat_id', null],
      [-1001987654399, 'migrate_from_chat_id', null],
      [-1001987654399, 'text', 'Depois da mudança'],
    ],
  )
  messages(
    'topics',
    ['message_id', 'reply_to', 'thread_id', 'is_topic_message'],
    [
      [6005, null, null, null],
      [6006, 6005, 6005, null],
      [6007, null, 5350, true],
      [6008, null, 5350, true],
    ],
  )
  messages(
    'album',
    ['message_id', 'media_group_id'],
    [6009, 6010, 6011, 6012].map(id => [id, '13900000000000050']),
  )
  messages(
    'not-a-person',
    ['person', 'sender_chat_id'],
    [
      [null, -1001555500001],
      [null, -1001555500001],
      [null, -1001987654321],
      [null, -1001555500001],
    ],
  )
  messages(
    'joins-pins-titles',
    ['type'],
    [['new_chat_members'], ['left_chat_member'], ['pinned_message'], ['new_chat_title']],
  )
  messages(
    'names',
    ['user_last_name', 'user_username'],
    [
      ['Alecrim', 'helena_alecrim_exemplo'],
      ['Boldo', 'helena_boldo_exemplo'],
      [null, 'nome_visivel_exemplo'],
      [null, null],
      [null, null],
    ],
  )
  expectRows(
    telegram,
    'reaction',
    'events',
    ['kind', 'message_id', 'text', 'person'],
    [['message_reaction', '6001', '👍', '7000000150']],
  )
  messages(
    'contents-without-text',
    ['type', 'text', 'latitude', 'longitude'],
    [
      ['poll', 'Que dia é a feira?', null, null],
      ['location', null, -23.5, -46.6],
      ['contact', null, null, null],
    ],
  )
  messages('rich-message', ['type', 'text'], [['rich_message', 'O que a pessoa escreveu']])
})
