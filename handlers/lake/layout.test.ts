import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tables } from '../sources/tables.ts'
import { quarantineKey, rawKey, rawPrefix, tableKey } from './layout.ts'

test('the key of a raw object has its source, its day and the SHA-256 of its body', () => {
  const key = rawKey('whatsapp', '2026-11-24', Buffer.from('abc'))
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  assert.equal(key, `whatsapp/context_date=2026-11-24/${sha256}.json`)
  assert.ok(key.startsWith(rawPrefix('whatsapp', '2026-11-24')))
})

test('a day has one key in its table and one in the quarantine', () => {
  assert.equal(tableKey('telegram', '2026-11-24'), 'telegram/context_date=2026-11-24/telegram.parquet')
  assert.equal(
    quarantineKey('telegram', '2026-11-24'),
    'quarantine/source=telegram/context_date=2026-11-24/quarantine.parquet',
  )
})

test('the tables have the columns of the contract, in its order', () => {
  const contract = {
    whatsapp:
      'name string, number bigint, message string, date bigint, type string, message_id string, user_id string, ' +
      'phone_number_id string, reply_to string, media_id string, media_type string, received_at bigint',
    telegram:
      'message_id bigint, user_id bigint, user_is_bot boolean, user_first_name string, chat_id bigint, ' +
      'chat_type string, text string, date bigint, update_id bigint, reply_to bigint, thread_id bigint, ' +
      'media_type string, received_at bigint',
    quarantine: 'raw_key string, reason string, detail string, payload string, received_at bigint',
  }
  const columns = tables.map(({ name, columns }) => [
    name,
    Object.entries(columns)
      .map(pair => pair.join(' '))
      .join(', '),
  ])
  assert.deepEqual(Object.fromEntries(columns), contract)
})

test('the tables are partitioned by day, the quarantine by source too', () => {
  const partitions = tables.map(({ name, partitions }) => [name, partitions.map(({ name, type }) => `${name} ${type}`)])
  assert.deepEqual(Object.fromEntries(partitions), {
    whatsapp: ['context_date date'],
    telegram: ['context_date date'],
    quarantine: ['source string', 'context_date date'],
  })
})
