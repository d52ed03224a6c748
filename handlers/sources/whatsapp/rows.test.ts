import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { rowsIn } from '../testing/fixtures.ts'
import { parse } from './rows.ts'

const ARRIVAL = Date.parse('2026-11-24T03:15:00.999Z')

/** What a body holds: its messages, its statuses, and what is quarantined. */
const read = (body: Uint8Array) => {
  const result = parse(body, ARRIVAL)
  const rejects = result.rejects.map(({ payload, ...reject }) => ({ ...reject, payload: String(payload) }))
  return { rows: rowsIn(result, 'whatsapp'), statuses: rowsIn(result, 'whatsapp_statuses'), rejects }
}
const reading = (delivery: unknown) => read(Buffer.from(JSON.stringify(delivery)))
const change = (value: unknown) => ({ field: 'messages', value })
const deliveryOf = (...values: unknown[]) => ({
  object: 'whatsapp_business_account',
  entry: values.map(value => ({ changes: [change(value)] })),
})
const said = (id: string, from = '5511900010001') => ({ id, from, timestamp: '1', type: 'text', text: { body: id } })
const contact = (wa_id: string, name: string) => ({ wa_id, profile: { name } })

test('received_at is the arrival in whole seconds', () => {
  assert.equal(reading(deliveryOf({ messages: [said('a')] })).rows[0]?.received_at, 1795490100)
})

test('of a batch of 1,000 updates over many entries and changes none is lost, and all stand in order', () => {
  const ids = Array.from({ length: 1000 }, (_, i) => `wamid.${i}`)
  const entry = Array.from({ length: 10 }, (_, e) => ({
    id: String(e),
    changes: Array.from({ length: 5 }, (_, c) =>
      change({
        contacts: [contact('5511900010001', 'Ana')],
        messages: ids.slice(e * 100 + c * 20, e * 100 + c * 20 + 20).map(id => said(id)),
        statuses: [{ id: 'wamid.sent', status: 'delivered' }],
      }),
    ),
  }))
  const { rows, statuses, rejects } = reading({ object: 'whatsapp_business_account', entry })
  assert.deepEqual(
    rows.map(row => row.message_id),
    ids,
  )
  assert.ok(rows.every(row => row.name === 'Ana' && row.message === row.message_id))
  assert.deepEqual([rejects.length, statuses.length], [0, 50])
})

test('contacts and messages are sets: in any order and number each message finds the contact that wrote it', () => {
  const people = fc.uniqueArray(
    fc.record({ phone: fc.stringMatching(/^55119[0-9]{8}$/), user: fc.stringMatching(/^BR\.[0-9]{6}$/) }),
    { minLength: 2, maxLength: 12, selector: person => person.phone },
  )
  const scene = people
    .filter(them => new Set(them.map(person => person.user)).size === them.length)
    .chain(them =>
      fc.record({
        contacts: fc
          .shuffledSubarray(them, { minLength: 2 })
          .map(known => known.map(({ phone, user }) => ({ wa_id: phone, user_id: user, profile: { name: user } }))),
        messages: fc.array(fc.record({ person: fc.constantFrom(...them), hasPhone: fc.boolean() }), { minLength: 1 }),
      }),
    )
  fc.assert(
    fc.property(scene, ({ contacts, messages }) => {
      const { rows } = reading(
        deliveryOf({
          contacts,
          messages: messages.map(({ person, hasPhone }, i) => ({
            id: String(i),
            from_user_id: person.user,
            ...(hasPhone ? { from: person.phone } : {}),
          })),
        }),
      )
      const known = new Set(contacts.map(({ user_id }) => user_id))
      assert.deepEqual(
        rows.map(({ name, number, user_id }) => ({ name, number, user_id })),
        messages.map(({ person: { phone, user }, hasPhone }) => ({
          name: known.has(user) ? user : null,
          number: hasPhone ? Number(phone) : null,
          user_id: user,
        })),
      )
    }),
    { numRuns: 100 },
  )
})

test('of contacts with the same id the first counts, however many there are', () => {
  for (const more of [0, 50]) {
    const others = Array.from({ length: more }, (_, i) => contact(`55219000${10_000 + i}`, 'Other'))
    const contacts = [
      ...others,
      { user_id: 'BR.1', parent_user_id: 'BR.ENT.1', wa_id: '551187654321', profile: { name: 'first' } },
      { user_id: 'BR.1', profile: { name: 'second' } },
      { user_id: 'BR.2', parent_user_id: 'BR.ENT.1', profile: { name: 'third' } },
      { wa_id: '5511987654321', profile: { name: 'fourth' } },
    ]
    const messages = [
      { id: 'a', from_user_id: 'BR.1' },
      { id: 'b', from_parent_user_id: 'BR.ENT.1' },
      { id: 'c', from: '5511987654321' },
      { id: 'd', from_user_id: 'BR.2', from: '5511987654321' },
      { id: 'e', from_user_id: 'BR.3', from_parent_user_id: 'BR.ENT.1' },
      { id: 'f', from_user_id: 'BR.3' },
    ]
    assert.deepEqual(
      reading(deliveryOf({ contacts, messages })).rows.map(row => String(row.name)),
      ['first', 'first', 'first', 'third', 'first', 'null'],
    )
  }
})

test("a value's only contact serves where no id says otherwise, and never in another value", () => {
  const { rows } = reading(
    deliveryOf(
      {
        contacts: [contact('551187654321', 'Ana')],
        messages: [said('a', '5511987654321'), said('b', '5521900010002'), { id: 'c' }],
      },
      { messages: [said('d', '5511987654321')] },
    ),
  )
  assert.deepEqual(
    rows.map(row => row.name),
    ['Ana', null, 'Ana', null],
  )
})

test('a bad message is quarantined with its JSON alone, between neighbours that keep their rows', () => {
  const body = `{"entry":[{"changes":[{"value":{"messages":[{"id":"a"}, {"id" : 12345678901234567890} ,{"id":"b"}]}}]}]}`
  const { rows, rejects } = read(Buffer.from(body))
  assert.deepEqual(
    rows.map(row => row.message_id),
    ['a', 'b'],
  )
  assert.deepEqual(
    rejects.map(({ reason, payload }) => [reason, payload]),
    [['missing_id', '{"id" : 12345678901234567890}']],
  )
})

test('a message 100,000 levels deep costs neither itself nor a neighbour', () => {
  const deep = `${'{"a":['.repeat(50_000)}${']}'.repeat(50_000)}`
  const body = `{"entry":[{"changes":[{"value":{"messages":[{"id":"a","x":${deep}},${deep},{"id":"b"}]}}]}]}`
  const { rows, rejects } = read(Buffer.from(body))
  assert.deepEqual(
    rows.map(row => row.message_id),
    ['a', 'b'],
  )
  assert.equal(rejects[0]?.payload, deep)
})

// In time that grows with the square of their size, each of these bodies of 3 MB would take from 40 s to minutes.
for (const [what, value] of [
  [
    'long',
    () => ({ messages: Array.from({ length: 1000 }, (_, i) => ({ text: { body: `${i} ${'x'.repeat(2900)}` } })) }),
  ],
  ['bad', () => ({ messages: Array(50_000).fill(0) })],
  [
    "another contact's",
    () => ({
      contacts: Array.from({ length: 30_000 }, (_, i) => ({ user_id: `BR.9000100000000000${i}` })),
      messages: Array.from({ length: 30_000 }, (_, i) => ({ id: 'a', from_user_id: `BR.9000100000000000${9e4 - i}` })),
    }),
  ],
] as const) {
  test(`the largest body is read to its end, even if every message is ${what}`, { timeout: 30_000 }, async () => {
    const body = deliveryOf(value())
    const { rows, rejects } = reading(body)
    await sleep(1) // the timeout ends the test only here
    assert.equal(rows.length + rejects.length, value().messages.length)
  })
}

test('a body that is a view of a larger buffer is read within its bounds, and left as it was', () => {
  const body = Buffer.from(JSON.stringify(deliveryOf({ messages: [said('a'), 0] })))
  const buffer = Buffer.concat([Buffer.from('{"a":'), body, Buffer.from('}')])
  const view = new Uint8Array(buffer.buffer, buffer.byteOffset + 5, body.length)
  assert.deepEqual(read(view), read(body))
  assert.deepEqual(Buffer.from(view), body)
})

test('the quarantine says what is wrong with an id: it is not there, or is no string', () => {
  const messages = [{}, { id: null }, { id: '' }, { id: 123 }, { id: {} }]
  assert.deepEqual(
    reading(deliveryOf({ messages })).rejects.map(({ detail }) => detail),
    [
      'the message has no id',
      'the message has no id',
      'the message has no id',
      "the message's id is a number, not a string",
      "the message's id is an object, not a string",
    ],
  )
})

test('a message of media says its caption, and nothing of another type, also where the media is missing', () => {
  const saying = (more: object) => reading(deliveryOf({ messages: [{ id: 'a', ...more }] })).rows[0]?.message
  for (const type of ['image', 'video', 'document', 'audio', 'sticker']) {
    assert.equal(saying({ type, [type]: { caption: 'caption' }, text: { body: 'text' } }), 'caption')
    assert.equal(saying({ type, text: { body: 'text' } }), null)
    assert.equal(saying({ type, [type]: 'x', text: { body: 'text' } }), null)
  }
  assert.equal(saying({ type: 'image\u0000', text: { body: 'text' } }), 'text')
})
