import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { type Cells, isRowOf } from '../../handlers/sources/erasure.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { telegram } from '../../handlers/sources/telegram/index.ts'
import { rowsIn } from '../../handlers/sources/testing/fixtures.ts'
import { erasure as rules } from '../../handlers/sources/whatsapp/erasure.ts'
import { whatsapp } from '../../handlers/sources/whatsapp/index.ts'
import { fixture, fixtureNames } from '../lib/testing/fixture-lake.ts'
import { containsId } from './contains-id.ts'
import { removePerson } from './person-removal.ts'

/** The business's own number: elements between it and others tie the others' ids. */
const BUSINESS = '551140000000'

/** The error in this chunk of `history` becomes one event with the chunk when no message is left beside it. */
const ABSORBED = 'history-placeholder-beside-an-error'

/** Nothing of others is in the body: it is removed as a whole. */
const NOTHING = /^$/

/** A body without a person, as text, and the ids that it links to the person. */
function without(source: Source, person: string, body: Buffer | string) {
  const { parse, spellings } = source.erasure
  const removal = removePerson(source, Buffer.from(body), 0, new Set(spellings(parse(person))))
  assert.ok(removal)
  const left = Buffer.from(removal.body ?? '')
  return { ...removal, body: left, text: left.toString(), linked: [...removal.linked].sort() }
}

/** The rows of the platform's own table. */
const rowsOf = (source: Source, body: Uint8Array) => rowsIn(source.parse(body, 0), source.name)

/** Removes every person from every fixture, and checks that exactly the person's data is gone. */
function checkFixtures(source: Source, peopleIn: (text: string) => Iterable<string>) {
  const { erasure: rules } = source
  let checked = 0
  for (const name of fixtureNames(source.name)) {
    const body = fixture(`${source.name}/${name}`)
    for (const person of new Set(peopleIn(body.toString('latin1')))) {
      const ids = new Set(rules.spellings(person))
      const removal = removePerson(source, body, 0, ids)
      if (!removal) continue
      const all = new Set([...ids, ...removal.linked.flatMap(rules.spellings)])
      const before = source.parse(body, 0)
      const after = removal.body ? source.parse(removal.body, 0) : { rows: [], rejects: [], identities: [] }
      for (const table of source.tables.map(({ name }) => name)) {
        const others = rowsIn(before, table).filter(row => !isRowOf(rules, table, row as Cells, all))
        const left = rowsIn(after, table)
        const untouched = others.filter(({ payload }) => !containsId(Buffer.from(String(payload)), all))
        assert.ok(
          !left.some(row => isRowOf(rules, table, row as Cells, all)),
          `${name}: ${table} has a row of ${person}`,
        )
        assert.ok(left.length <= others.length, `${name}: ${table} without ${person} has a row more`)
        if (name !== ABSORBED)
          assert.deepEqual(
            left.filter(row => untouched.some(other => isDeepStrictEqual(other, row))),
            untouched,
            `${name}: ${table} without ${person}`,
          )
      }
      const tied = before.identities.filter(({ id, same_as }) => !all.has(id) && !all.has(same_as))
      if (removal.body && person !== BUSINESS)
        assert.deepEqual(after.identities, tied, `${name}: identities without ${person}`)
      const again = removal.body && removePerson(source, Buffer.from(removal.body), 0, ids)
      assert.equal(again?.count ?? 0, 0, `${name}: more of ${person} in a second run`)
      checked++
    }
  }
  assert.ok(checked > 100, `only ${checked} cases`)
}

describe('the data of a person in a WhatsApp body', () => {
  test('in every fixture, removing a person keeps every value of the rows of others', () =>
    checkFixtures(whatsapp, text => text.match(/(?<=")(55\d{10,11}|BR\.\d{20})(?=")/g) ?? []))

  test('in a batch, the message and the contact are removed; every other character stays', () => {
    const body = fixture('whatsapp/batch-contacts-in-another-order').toString('utf8')
    const { messages, contacts } = JSON.parse(body).entry[0].changes[0].value
    const [first] = messages
    const { text, count } = without(whatsapp, first.from, body)
    const contact = contacts.find((item: { wa_id: string }) => item.wa_id === first.from)
    const left = JSON.parse(text).entry[0].changes[0].value
    assert.equal(count, 2)
    assert.deepEqual(left.messages, messages.slice(1))
    assert.deepEqual(
      left.contacts,
      contacts.map((item: unknown) => (item === contact ? {} : item)),
    )
    const pieces = body.length - text.length
    assert.ok(pieces > 0 && body.startsWith(text.slice(0, 60)) && body.endsWith(text.slice(-60)))
  })

  test('a placeholder stays for a contact, so that another one is not taken for the author of all messages', () => {
    const message = (from: string) => ({ from, id: `wamid.${from}`, timestamp: '1', type: 'text', text: { body: 'a' } })
    const body = JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        {
          changes: [
            {
              field: 'messages',
              value: {
                contacts: [
                  { wa_id: '15550000001', profile: { name: 'A' } },
                  { wa_id: '15550000002', profile: { name: 'B' } },
                ],
                messages: ['15550000001', '15550000002', '15550000003'].map(message),
              },
            },
          ],
        },
      ],
    })
    const { body: left } = without(whatsapp, '+1 555 000 0001', body)
    assert.deepEqual(
      rowsOf(whatsapp, left).map(({ name }) => name),
      ['B', null],
    )
  })

  test('a person is found by a number that only the contact has, and by user id; both are linked', () => {
    const body = fixture('whatsapp/phone-and-user-id')
    assert.deepEqual(without(whatsapp, '5511900010001', body).linked, ['BR.90001000000000000001', 'BR.ENT.900010001'])
    assert.deepEqual(rowsOf(whatsapp, without(whatsapp, 'BR.90001000000000000001', body).body), [])
  })

  test('both spellings of a Brazilian mobile number are one person', () => {
    const { body, text } = without(whatsapp, '551190010008', fixture('whatsapp/number-brazil-ninth-digit'))
    assert.deepEqual(rowsOf(whatsapp, body), [])
    assert.doesNotMatch(text, /Heitor/)
    assert.deepEqual(rules.spellings('5511987654321'), ['5511987654321', '551187654321'])
    assert.deepEqual(rules.spellings('551187654321'), ['551187654321', '5511987654321'])
    assert.deepEqual(rules.spellings('551140000000'), ['551140000000'], 'a landline has one spelling')
  })

  test('an id that is null, empty or a boolean links nobody', () => {
    for (const none of [null, '', ' - ', false]) {
      const contact = (wa_id: string) => ({ wa_id, user_id: none, parent_user_id: none })
      const contacts = ['15550000001', '15550000002'].map(contact)
      const messages = contacts.map(({ wa_id }) => ({ from: wa_id, from_user_id: none, id: `wamid.${wa_id}` }))
      const body = JSON.stringify({ entry: [{ changes: [{ value: { contacts, messages } }] }] })
      const { text, linked } = without(whatsapp, '15550000001', body)
      assert.deepEqual(linked, [])
      const { value } = JSON.parse(text).entry[0].changes[0]
      assert.deepEqual(value, { contacts: [{}, contacts[1]], messages: [messages[1]] })
    }
  })

  test('a changed number links the old one to the new one', () => {
    const body = fixture('whatsapp/system-user-changed-number')
    assert.deepEqual(without(whatsapp, '5511900010005', body).linked, ['5511900010055'])
    assert.deepEqual(rowsOf(whatsapp, without(whatsapp, '5511900010055', body).body), [])
    assert.deepEqual(without(whatsapp, 'BR.90001000000000000008', fixture('whatsapp/field-user-id-update')).linked, [
      'BR.90001000000000000007',
    ])
  })

  for (const [name, person, gone, kept] of [
    ['status-with-contacts', '5511900010001', /Ana|recipient_id/, NOTHING],
    ['status-in-a-group', '5511900010005', /recipient_participant_id/, NOTHING],
    ['consumer-profile', 'BR.90001000000000000001', /photo/, NOTHING],
    ['field-calls', '5511900010004', /Diego|sdp/, NOTHING],
    ['field-history', '5511900010001', /Mensagem antiga|Resposta antiga/, NOTHING],
    ['field-smb-message-echoes', '5511900010001', /Eco do que|Ana/, NOTHING],
    ['field-smb-app-state-sync', '5511900090001', /Zeca/, NOTHING],
    ['field-group-participants-update', '5511900010005', /5511900010005/, /"added_participants":\[\]/],
    ['field-user-preferences', '5511900010005', /Elisa|stop/, NOTHING],
    ['contacts-cards', '+55 11 90009-0002', /lia@|"Lia"/, /Zeca[\s\S]*90009-0001/],
  ] as const) {
    test(name, () => {
      const { text } = without(whatsapp, person, fixture(`whatsapp/${name}`))
      assert.doesNotMatch(text, gone)
      assert.match(text, kept)
    })
  }

  test('what stands beside the only message of a chunk of history stays, as the event of the chunk', () => {
    const { text, changes } = without(whatsapp, '5511900010002', fixture(`whatsapp/${ABSORBED}`))
    const chunk = JSON.stringify(JSON.parse(text).entry[0].changes[0].value.history[0])
    assert.match(chunk, /"errors":\[\{"code":2593109.*"threads":\[\]\}$/)
    assert.deepEqual(
      changes.map(({ table, after }) => [table, after?.kind, after && JSON.parse(String(after.payload))]),
      [
        ['events', 'history', JSON.parse(chunk)],
        ['whatsapp', undefined, null],
        ['quarantine', undefined, null], // the null in `errors`, which the event holds as well
      ],
    )
  })

  test('a reply of another person loses the author that it names, but not the id of the message', () => {
    const body = fixture('whatsapp/text-reply').toString().replaceAll('"551140000000"', '"5511900099999"')
    const { body: left, text } = without(whatsapp, '5511900099999', body)
    const payload = (row: object | undefined) => String((row as { payload?: unknown } | undefined)?.payload)
    const [[before], [after]] = [rowsOf(whatsapp, Buffer.from(body)), rowsOf(whatsapp, left)]
    assert.deepEqual(after, { ...before, payload: payload(before).replace('"from":"5511900099999",', '') })
    assert.match(text, /"context":\{"id":"wamid/)
  })

  test('text of others is kept', () => {
    const body = fixture('whatsapp/text')
      .toString()
      .replace(/"body":"[^"]*"/, '"body":"5511900099999"')
    assert.equal(without(whatsapp, '5511900099999', body).count, 0)
  })

  test('parse accepts ids of the platform and refuses others', () => {
    assert.equal(rules.parse('+55 (11) 98765-4321'), '5511987654321')
    for (const wrong of ['Ana', '', '123', 'br.1']) assert.throws(() => rules.parse(wrong), /phone number/)
    for (const wrong of ['@ana', '', '-100', '0']) assert.throws(() => telegram.erasure.parse(wrong), /user id/)
  })
})

describe('the data of a person in a Telegram update', () => {
  test('in every fixture, removing a person keeps every value of the rows of others', () =>
    checkFixtures(telegram, text => text.match(/\b70000\d{5}\b/g) ?? []))

  test('an update of their own is removed as a whole', () =>
    assert.equal(without(telegram, '7000000102', fixture('telegram/text-reply')).text, ''))

  for (const [name, person, gone, kept] of [
    ['text-reply', '7000000101', /Ana|Que horas/, /"reply_to_message":\{"message_id":107,"chat"/],
    ['text-quote', '7000000101', /Ana|Fazemos|encomenda/, /"message_id":111[\s\S]*Com quantos dias/],
    ['forwarded-from-a-user', '7000000199', /"sender_user"|"last_name":"Quati"/, /Encaminhada/],
    ['service-pinned-message', '7000000102', /Regras|Bruno/, /"pinned_message":\{"message_id":186/],
    ['service-new-chat-members', '7000000102', /Bruno/, /Camila/],
    ['service-users-shared', '7000000104', /Diego/, /"users":\[\]/],
    ['update-chat-member', '7000000104', /Diego/, /"status":"kicked"/],
    ['update-callback-query', '7000000101', /Confirma/, NOTHING],
    ['update-message-reaction', '7000000102', /Bruno/, NOTHING],
    ['update-chat-boost', '7000000102', /Bruno/, /boostexemplo1/],
    ['giveaway-winners', '7000000102', /Bruno/, /"winners":\[\]/],
    ['update-deleted-business-messages', '7000000103', /Camila/, NOTHING],
  ] as const) {
    test(name, () => {
      const { text } = without(telegram, person, fixture(`telegram/${name}`))
      assert.doesNotMatch(text, gone)
      assert.match(text, kept)
    })
  }

  test('a mention of a user without a username', () => {
    const user = { id: 7000000101, is_bot: false, first_name: 'Ana' }
    const body = JSON.stringify({
      update_id: 1,
      message: {
        message_id: 2,
        chat: { id: -1, type: 'group' },
        text: 'Ana!',
        entities: [{ type: 'text_mention', offset: 0, length: 3, user }],
      },
    })
    assert.match(
      without(telegram, '7000000101', body).text,
      /"text":"Ana!","entities":\[\{"type":"text_mention","offset":0,"length":3\}\]/,
    )
  })

  test('the id of a message, an update or a story is no user id', () => {
    const body = JSON.stringify({
      update_id: 77,
      message: {
        message_id: 77,
        date: 77,
        chat: { id: -1, type: 'group' },
        story: { chat: { id: -2, type: 'channel' }, id: 77 },
      },
    })
    assert.equal(without(telegram, '77', body).count, 0)
  })
})
