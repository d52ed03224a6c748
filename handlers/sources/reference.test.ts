import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { expectedOf as telegram } from './telegram/testing/reference.ts'
import { expectedFixturesOf, expectedJson } from './testing/expected.ts'
import { isWritable, mutate, mutation, parsedOf, writeJson } from './testing/mutations.ts'
import type { Cell, Expected } from './testing/reference.ts'
import { expectedOf as whatsapp } from './whatsapp/testing/reference.ts'

const COLUMNS: Readonly<Record<string, string>> = {
  whatsapp: `name number message date type message_id user_id phone_number_id reply_to media_id media_type direction
    field person username group_id target_id selection_id response forwarded referral_id ctwa_clid latitude longitude
    error_code payload`,
  whatsapp_statuses: `message_id status date type person number user_id username group_id phone_number_id
    pricing_category pricing_type pricing_model billable conversation_id conversation_type error_code error_title
    callback_data payload`,
  telegram: `message_id user_id user_is_bot user_first_name chat_id chat_type text date update_id reply_to thread_id
    media_type direction kind type person user_last_name user_username chat_title sender_chat_id media_group_id
    is_topic_message is_automatic_forward forward_type business_connection_id latitude longitude payload`,
  events: 'kind event id date person chat message_id text payload',
}

const BIGINTS = new Set(
  `number date error_code message_id/telegram user_id/telegram chat_id update_id reply_to/telegram thread_id
    sender_chat_id`.split(/\s+/),
)
const DOUBLES = new Set(['latitude', 'longitude'])
const BOOLEANS = new Set(['billable', 'user_is_bot', 'is_topic_message', 'is_automatic_forward'])

function typeOf(table: string, column: string): 'bigint' | 'number' | 'boolean' | 'string' {
  if (BIGINTS.has(column) || BIGINTS.has(`${column}/${table}`)) return 'bigint'
  if (DOUBLES.has(column)) return 'number'
  return BOOLEANS.has(column) ? 'boolean' : 'string'
}

for (const [source, expectedOf] of Object.entries({ whatsapp, telegram })) {
  test(`the reference reader of ${source} accounts for every fixture after any mutation`, () => {
    const documents = expectedFixturesOf(source).map(({ body }) => parsedOf(body))
    const document = fc.constantFrom(...documents.filter(isWritable))
    fc.assert(
      fc.property(document, fc.array(mutation, { minLength: 1, maxLength: 3 }), (original, mutations) => {
        const body = Buffer.from(writeJson(mutate(original, mutations)))
        assertIsAccounted(expectedOf(body), body)
      }),
      { numRuns: 500 },
    )
  })

  describe(`the reference reader of ${source} finds in every fixture what is expected of it`, () => {
    for (const { name, body, expected } of expectedFixturesOf(source)) {
      test(name, () => {
        const found = expectedOf(body)
        assert.deepEqual(expectedJson(found), expected)
        for (const [table, rows] of Object.entries(found.rows))
          for (const row of rows) {
            assert.deepEqual(Object.keys(row), COLUMNS[table]?.split(/\s+/), `the columns of ${table} in their order`)
            for (const [column, cell] of Object.entries(row))
              if (cell !== null) assert.equal(typeof cell, typeOf(table, column), `${table}.${column}`)
          }
        assertIsAccounted(found, body)
      })
    }
  })
}

/** Every body has an item, and every payload is a part of its body. */
function assertIsAccounted({ rows, quarantined }: Expected, body: Uint8Array): void {
  const payloads: Cell[] = Object.values(rows).flatMap(those => those.map(row => row.payload ?? null))
  const elements = quarantined.filter(({ reason }) => reason !== 'not_utf8').map(({ payload }) => payload)
  assert.ok(payloads.length + quarantined.length > 0, 'no body is without an item')
  for (const payload of [...payloads, ...elements])
    assert.ok(Buffer.from(body).includes(String(payload)), 'a payload stands in the body')
}
