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
      'phone_number_id string, reply_to string, media_id string, media_type string, received_at bigint, ' +
      'direction string, field string, person string, username string, group_id string, target_id string, ' +
      'selection_id string, response string, forwarded string, referral_id string, ctwa_clid string, ' +
      'latitude double, longitude double, error_code bigint, payload string',
    whatsapp_statuses:
      'message_id string, status string, date bigint, type string, person string, number bigint, user_id string, ' +
      'username string, group_id string, phone_number_id string, pricing_category string, pricing_type string, ' +
      'pricing_model string, billable boolean, conversation_id string, conversation_type string, ' +
      'error_code bigint, error_title string, callback_data string, received_at bigint, payload string',
    telegram:
      'message_id bigint, user_id bigint, user_is_bot boolean, user_first_name string, chat_id bigint, ' +
      'chat_type string, text string, date bigint, update_id bigint, reply_to bigint, thread_id bigint, ' +
      'media_type string, received_at bigint, direction string, kind string, type string, person string, ' +
      'user_last_name string, user_username string, chat_title string, sender_chat_id bigint, ' +
      'media_group_id string, is_topic_message boolean, is_automatic_forward boolean, forward_type string, ' +
      'business_connection_id string, latitude double, longitude double, payload string',
    events:
      'kind string, event string, id string, date bigint, person string, chat string, message_id string, ' +
      'text string, payload string, raw_key string, received_at bigint',
    identities: 'id string, same_as string, received_at bigint',
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

test('the tables are partitioned by day, those of all platforms by source too', () => {
  const partitions = tables.map(({ name, partitions }) => [name, partitions.map(({ name, type }) => `${name} ${type}`)])
  assert.deepEqual(Object.fromEntries(partitions), {
    whatsapp: ['context_date date'],
    whatsapp_statuses: ['context_date date'],
    telegram: ['context_date date'],
    events: ['source string', 'context_date date'],
    identities: ['source string', 'context_date date'],
    quarantine: ['source string', 'context_date date'],
  })
})
