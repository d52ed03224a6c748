import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Source } from '../../handlers/sources/source.ts'
import { telegram } from '../../handlers/sources/telegram/index.ts'
import { whatsapp } from '../../handlers/sources/whatsapp/index.ts'
import { transformDay } from '../../handlers/transform/transform-day.ts'
import type { LocalLake } from '../lib/local/lake.ts'
import { deliver, emptyLake } from '../lib/testing/fixture-lake.ts'
import { ran } from '../lib/testing/run-command.ts'
import { erase } from './command.ts'

/* By which ids a person is found, what is linked to them and by which delivery, and what the verification says. */

const DAY = '2026-11-10'

/** A body of WhatsApp with one change. */
const change = (value: object, field = 'messages') => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '1',
      time: 1794300000,
      changes: [
        { value: { metadata: { display_phone_number: '551140000000', phone_number_id: '2' }, ...value }, field },
      ],
    },
  ],
})

let count = 0
const written = (message: object) => ({
  id: `wamid.${++count}`,
  timestamp: '1794300000',
  type: 'text',
  text: { body: 'a' },
  ...message,
})

/** A message with its contact. */
const message = (contact: object, author: object) => change({ contacts: [contact], messages: [written(author)] })

/** A message of a number alone. */
const from = (number: string) => message({ profile: { name: 'A' }, wa_id: number }, { from: number })

interface Filled {
  readonly lake: LocalLake
  /** The keys of the bodies in their order, as the command writes them. */
  readonly keys: readonly string[]
}

/** A lake with bodies that arrived one after the other. */
async function filled(source: Source, bodies: readonly object[], { transformed = true } = {}): Promise<Filled> {
  const lake = emptyLake()
  const keys: string[] = []
  for (const [hour, body] of bodies.entries())
    keys.push(`raw/${await deliver(lake.raw, source.name, DAY, Buffer.from(JSON.stringify(body)), hour)}`)
  if (transformed) await transformDay(source, DAY, lake)
  return { lake, keys }
}

const run = (source: Source, { directory }: LocalLake, ...args: string[]) =>
  ran(erase, ['--source', source.name, '--lake', directory, ...args])

/** What a lake still has, as text: raw bodies and the tables' rows. */
async function everythingIn({ raw, enriched }: LocalLake): Promise<string> {
  let text = ''
  for (const store of [raw, enriched])
    for await (const page of store.list(''))
      for (const { key } of page) text += Buffer.from((await store.get(key))?.body ?? []).toString('latin1')
  return text
}

describe('a WhatsApp person over many ids', () => {
  const [OLD, NEW] = ['5511988880101', '5511988880202']
  const [USER, NEXT_USER, PARENT] = ['BR.8800000000000000101', 'BR.8800000000000000202', 'BR.ENT.880000101']
  const bodies = [
    from(OLD),
    // the number changes
    change({
      messages: [written({ from: OLD, type: 'system', system: { type: 'user_changed_number', wa_id: NEW } })],
    }),
    // a user id and a parent id stand beside the new number
    message({ profile: { name: 'A' }, wa_id: NEW, user_id: USER, parent_user_id: PARENT }, { from: NEW }),
    // a username is adopted: from now on there is no number
    message({ profile: { name: 'A', username: 'Lia.Mangaba' }, user_id: USER }, { from_user_id: USER }),
    // the user id changes
    change(
      { user_id_update: [{ user_id: { previous: USER, current: NEXT_USER }, timestamp: '1794300001' }] },
      'user_id_update',
    ),
    message({ profile: { name: 'A', username: 'lia.mangaba' }, user_id: NEXT_USER }, { from_user_id: NEXT_USER }),
    // somebody else
    from('5511977770909'),
  ]
  const ALL = [OLD, NEW, USER, NEXT_USER, PARENT]

  for (const [how, transformed] of [
    ['from raw and the tables', true],
    ['from raw alone, before a day is transformed', false],
  ] as const) {
    test(`each linked id has the delivery that ties it and the places in it, ${how}`, async () => {
      const { lake, keys } = await filled(whatsapp, bodies, { transformed })
      const { code, stdout, stderr } = await run(whatsapp, lake, '--person', OLD)
      assert.equal(code, 0, stderr)
      const links = stdout.slice(stdout.indexOf('Deliveries give'))
      assert.equal(
        links,
        `Deliveries give these ids to the same person: ${[NEW, USER, PARENT, NEXT_USER].join(', ')}
  ${NEW} and ${OLD}: ${keys[1]} (messages[0].from and messages[0].system.wa_id)
  ${USER} and ${NEW}: ${keys[2]} (contacts[0].wa_id and contacts[0].user_id)
  ${PARENT} and ${USER}: ${keys[2]} (contacts[0].user_id and contacts[0].parent_user_id)
  ${NEXT_USER} and ${USER}: ${keys[4]} (user_id_update[0].user_id.previous and user_id_update[0].user_id.current)
`,
      )
    })
  }

  for (const person of [...ALL, '@lia.mangaba', '@LIA.MANGABA']) {
    test(`all of it is erased when ${person} is named, and the verification names every id`, async () => {
      const { lake } = await filled(whatsapp, bodies)
      const undecided = await run(whatsapp, lake, '--person', person, '--yes')
      assert.equal(undecided.code, 2)
      assert.match(undecided.stderr, /add --with-linked or --without-linked/)
      const { code, stdout } = await run(whatsapp, lake, '--person', person, '--with-linked', '--yes')
      assert.equal(code, 0, stdout)
      const [, proof = ''] = stdout.split('\nNothing is left: ')
      assert.match(
        proof,
        /^all \d+ versions were read again\.\nSearched raw and every table \(whatsapp, whatsapp_statuses, events, quarantine, identities\) for /,
      )
      for (const id of ALL) assert.ok(proof.includes(id), `the verification names ${id}`)
      assert.ok(proof.includes(OLD.replace(/^55119/, '5511')), 'and the other spelling')
      const left = await everythingIn(lake)
      for (const text of [...ALL, 'mangaba', 'Mangaba']) assert.ok(!left.includes(text), text)
      assert.ok(left.includes('5511977770909'), 'of others everything stays')
    })
  }

  test('a username lists who has it and where that stands', async () => {
    const { lake, keys } = await filled(whatsapp, bodies)
    const { stdout } = await run(whatsapp, lake, '--person', '@lia.mangaba')
    assert.ok(stdout.includes(`\n  ${USER} has or had the username @lia.mangaba: ${keys[3]}\n`), stdout)
    assert.ok(stdout.includes(`\n  ${NEXT_USER} has or had the username @lia.mangaba: ${keys[5]}\n`), stdout)
  })

  test('without the linked ids their data stays, and the verification says so', async () => {
    const { lake } = await filled(whatsapp, bodies)
    const { code, stdout } = await run(whatsapp, lake, '--person', OLD, '--without-linked', '--yes')
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`\\nKept on request, with what is stored under them: ${NEW}, ${USER}, `))
    assert.ok((await everythingIn(lake)).includes(NEXT_USER))
  })

  test('where only the table identities ties an id, its file is named', async () => {
    const { lake, keys } = await filled(whatsapp, bodies)
    await lake.raw.delete((keys[1] ?? '').slice('raw/'.length))
    const { stdout } = await run(whatsapp, lake, '--person', OLD)
    const file = `enriched/identities/source=whatsapp/context_date=${DAY}/identities.parquet`
    assert.ok(stdout.includes(`\n  ${NEW} and ${OLD}: ${file} (in no raw body any more)\n`), stdout)
  })
})

describe('numbers in two spellings', () => {
  for (const [country, one, other] of [
    ['Brazil', '557988887777', '5579988887777'],
    ['Mexico', '5215511112222', '525511112222'],
    ['Argentina', '541133334444', '5491133334444'],
  ] as const)
    for (const [named, found] of [
      [one, other],
      [other, one],
    ] as const)
      test(`${country}: ${named} finds ${found}, says so, and erases both`, async () => {
        const { lake } = await filled(whatsapp, [from(one), from(other), from('5511977770909')])
        const listed = await run(whatsapp, lake, '--person', named)
        assert.match(
          listed.stdout,
          new RegExp(`\\n {2}${named}\\n {2}${found}, another spelling of ${named} that was found\\n`),
        )
        const { code, stdout } = await run(whatsapp, lake, '--person', named, '--yes')
        assert.equal(code, 0)
        for (const spelling of [one, other])
          assert.match(stdout, new RegExp(`\\nSearched raw and every table .* for .*\\b${spelling}\\b`))
        const left = await everythingIn(lake)
        assert.ok(!left.includes(one) && !left.includes(other) && left.includes('5511977770909'))
      })
})

describe('a Telegram person', () => {
  const [PERSON, OTHER] = [7000012345, 7000054321]
  const user = { id: PERSON, is_bot: false, first_name: 'Ivo', username: 'Ivo_Caju' }
  const chat = { id: -1001, type: 'supergroup', title: 'g', username: 'the_group' }
  const bodies = [
    { update_id: 1, message: { message_id: 1, date: 1794300000, chat, from: user, text: 'a' } },
    { update_id: 2, callback_query: { id: '5', from: user, chat_instance: 'c', data: 'd' } },
    {
      update_id: 3,
      message: {
        message_id: 2,
        date: 1794300001,
        chat,
        from: { id: OTHER, is_bot: false, first_name: 'Ana' },
        text: 'b',
      },
    },
  ]

  for (const named of ['@ivo_caju', String(PERSON)]) {
    test(`is found by ${named}`, async () => {
      const { lake, keys } = await filled(telegram, bodies)
      const { code, stdout } = await run(telegram, lake, '--person', named, '--yes')
      assert.equal(code, 0)
      assert.match(stdout, new RegExp(`\\nTaken as this person:\\n {2}${PERSON}\\n`))
      const [first] = keys.slice(0, 2).sort()
      assert.equal(stdout.includes(`${PERSON} has or had the username @ivo_caju: ${first}\n`), named.startsWith('@'))
      assert.match(stdout, new RegExp(`\\nSearched raw and every table \\(telegram, events, .*\\) for ${PERSON}\\.`))
      const left = await everythingIn(lake)
      assert.ok(!left.includes(String(PERSON)) && !left.includes('Ivo') && left.includes(String(OTHER)))
    })
  }

  test('is found by a username that only a table has: the raw bodies are gone', async () => {
    const { lake, keys } = await filled(telegram, bodies)
    for (const key of keys) await lake.raw.delete(key.slice('raw/'.length))
    const { stdout } = await run(telegram, lake, '--person', '@Ivo_Caju')
    const table = `enriched/telegram/context_date=${DAY}/telegram.parquet`
    assert.ok(stdout.includes(`${PERSON} has or had the username @Ivo_Caju: ${table}\n`), stdout)
  })

  test('of a username that several people had, each is listed and one must be named', async () => {
    const second = { ...user, id: OTHER }
    const { lake, keys } = await filled(telegram, [
      { update_id: 1, message: { message_id: 1, date: 1794300000, chat, from: user, text: 'a' } },
      { update_id: 2, message: { message_id: 2, date: 1794300001, chat, from: second, text: 'a' } },
    ])
    const { code, stdout, stderr } = await run(telegram, lake, '--person', '@ivo_caju', '--yes')
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /--person @ivo_caju: several people have or had this username: name one of them by id:\n/)
    for (const [i, id] of [PERSON, OTHER].entries()) assert.ok(stderr.includes(`  ${id}  ${keys[i]}`), stderr)
  })

  test("a group's username is nobody's", async () => {
    const { lake } = await filled(telegram, bodies)
    const { code, stderr } = await run(telegram, lake, '--person', '@the_group')
    assert.equal(code, 2)
    assert.match(stderr, /--person @the_group: nobody has this username in the lake: name the person by another id/)
  })
})

test('a username is found beside a number in an address book', async () => {
  const contact = { full_name: 'A', phone_number: '5511988880707', username: 'ana.s' }
  const body = change({ state_sync: [{ type: 'contact', action: 'add', contact }] }, 'smb_app_state_sync')
  const { lake } = await filled(whatsapp, [body])
  const { code, stdout, stderr } = await run(whatsapp, lake, '--person', '@ana.s', '--yes')
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /5511988880707 has or had the username @ana\.s: raw\//)
  assert.doesNotMatch(await everythingIn(lake), /ana\.s|5511988880707/)
})

test('of a person of whom nothing is stored, that is said, and nothing is asked or changed', async () => {
  for (const [source, person] of [
    [whatsapp, '5511900000404'],
    [whatsapp, 'BR.4040404040404040404'],
    [telegram, '404404404'],
  ] as const) {
    const { lake } = await filled(whatsapp, [from('5511977770909')])
    const before = await everythingIn(lake)
    for (const options of [[], ['--yes']]) {
      const { code, stdout, stderr } = await run(source, lake, '--person', person, ...options)
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, new RegExp(`\\n {2}${person} \\(in no body\\)\\n`))
      assert.match(stdout, /\nNothing of this person is stored: neither raw nor any table has one of these ids/)
    }
    assert.equal(await everythingIn(lake), before)
  }
})

test('what others wrote about a person stays, and its bodies and rows are counted', async () => {
  const person = '5511988880303'
  const { lake } = await filled(whatsapp, [
    from(person),
    message(
      { profile: { name: 'B' }, wa_id: '5511977770909' },
      { from: '5511977770909', text: { body: `call ${person}` } },
    ),
  ])
  const { code, stdout } = await run(whatsapp, lake, '--person', person, '--yes')
  assert.equal(code, 0)
  assert.match(stdout, /Nothing is left[\s\S]*\nIn 1 body and 1 row the id remains in text of other people/)
})

test("the lake's time zone stays, and another one is refused", async () => {
  const { lake } = await filled(whatsapp, [from('5511988880404')])
  const zone = Buffer.from('{"time_zone":"Europe/Berlin"}\n')
  for (const store of [lake.raw, lake.enriched]) await store.putIfAbsent('lake.json', zone, 0)
  const args = ['--source', 'whatsapp', '--lake', lake.directory, '--person', '5511988880404', '--yes']
  const { code, stdout, stderr } = await ran(erase, args, { TIME_ZONE: 'UTC' })
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /raw\/lake\.json says that .* is Europe\/Berlin, but TIME_ZONE is UTC: unset TIME_ZONE, /)
  assert.equal((await ran(erase, args, {})).code, 0)
  assert.equal(await everythingIn(lake), `${zone}${zone}`, 'nothing else is left')
})

test('wrong usernames are refused', async () => {
  const { lake } = await filled(whatsapp, [from('5511977770909')])
  for (const person of ['@', '@a b', '@ação']) {
    const { code, stderr } = await run(whatsapp, lake, '--person', person)
    assert.equal(code, 2)
    assert.match(stderr, /: not a username: it has letters, digits, points and underscores/)
  }
})
