import assert from 'node:assert/strict'
import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ingestHandler } from '../handlers/ingest/handler.ts'
import { DirectoryStore } from '../handlers/lake/directory-store.ts'
import { LAKE_KEY, rawKey } from '../handlers/lake/layout.ts'
import type { ObjectStore } from '../handlers/lake/object-store.ts'
import { type S3Server, skipS3, startS3Server } from '../handlers/lake/testing/s3-server.ts'
import { sources } from '../handlers/sources/index.ts'
import { Configuration } from '../handlers/webhook/configuration.ts'
import { openGateway } from './lib/local/gateway.ts'
import { deliver, emptyLake, fixture } from './lib/testing/fixture-lake.ts'
import { ran } from './lib/testing/run-command.ts'
import { stubServer } from './lib/testing/stub-server.ts'
import { replay } from './replay/command.ts'
import { throttle } from './replay/deliver.ts'

const SECRETS = {
  VERIFY_TOKEN: 'v',
  WHATSAPP_APP_SECRET: 'app',
  TELEGRAM_SECRET_TOKEN: 'telegram',
  TELEGRAM_CHAT_ID: '-1001987654321',
}
const FAST = ['--rate', '1000']

/** The answer of an ingest that stored the body. */
const STORED = { status: 200, headers: { 'x-chatlake-outcome': 'stored' } }

/** A lake behind a local gateway, and a lake with three days of WhatsApp and one of Telegram. */
async function lakes() {
  const target = emptyLake()
  const ingest = { configuration: new Configuration(SECRETS), raw: () => target.raw, day: () => '2026-11-24' }
  const gateway = await openGateway(
    new Map(sources.map(source => [source.name, ingestHandler(source, ingest, () => {})])),
  )
  after(() => gateway.close())
  const lake = emptyLake()
  const bodies = ['text', 'text-escapes-of-older-bodies', 'body-not-utf8-latin1'].map(name =>
    fixture(`whatsapp/${name}`),
  )
  for (const [i, body] of bodies.entries()) await deliver(lake.raw, 'whatsapp', `2026-11-0${i + 1}`, body)
  await deliver(lake.raw, 'telegram', '2026-11-01', fixture('telegram/text'))
  return { lake, target, url: gateway.url, bodies }
}

async function contents(raw: ObjectStore): Promise<Map<string, { body: string; arrival: number }>> {
  const all = new Map<string, { body: string; arrival: number }>()
  for await (const page of raw.list('')) {
    for (const { key } of page) {
      const object = await raw.get(key)
      if (object) all.set(key, { body: Buffer.from(object.body).toString('base64'), arrival: object.receivedAt })
    }
  }
  return all
}

describe('replay to a webhook', () => {
  test('sends every body unchanged, signed as its platform signs', async () => {
    const { lake, target, url, bodies } = await lakes()
    for (const { name } of sources) {
      const { code, stdout } = await ran(
        replay,
        ['--source', name, '--lake', lake.directory, '--url', `${url}/${name}`, ...FAST],
        SECRETS,
      )
      assert.equal(code, 0)
      assert.match(stdout, name === 'whatsapp' ? /bodies +3\naccepted +3/ : /bodies +1\naccepted +1/)
    }
    const expected = [
      ...bodies.map(body => rawKey('whatsapp', '2026-11-24', body)),
      rawKey('telegram', '2026-11-24', fixture('telegram/text')),
    ]
    assert.deepEqual([...(await contents(target.raw)).keys()].sort(), expected.sort())
  })

  test('sends only the given days, and only lists them with --dry-run', async () => {
    const { lake, target, url } = await lakes()
    const args = [
      '--source',
      'whatsapp',
      '--lake',
      lake.directory,
      '--url',
      `${url}/whatsapp`,
      '--from',
      '2026-11-02',
      '--to',
      '2026-11-02',
      ...FAST,
    ]
    const dry = await ran(replay, [...args, '--dry-run'])
    assert.equal(dry.code, 0)
    assert.match(dry.stdout, /^whatsapp\/context_date=2026-11-02\/[0-9a-f]{64}\.json\n$/)
    assert.match(dry.stderr, /Would deliver 1 body/)
    assert.equal((await contents(target.raw)).size, 0)
    assert.equal((await ran(replay, args, SECRETS)).code, 0)
    assert.equal((await contents(target.raw)).size, 1)
  })

  test('stops at once when the secret is wrong', async () => {
    const { lake, url } = await lakes()
    const { code, stderr } = await ran(
      replay,
      ['--source', 'whatsapp', '--lake', lake.directory, '--url', `${url}/whatsapp`, ...FAST],
      { WHATSAPP_APP_SECRET: 'other' },
    )
    assert.equal(code, 1)
    assert.match(stderr, /local secret is not the deployed one/)
  })

  test('retries server errors, and lists what was refused', async () => {
    const { lake } = await lakes()
    let calls = 0
    const busy = await stubServer(() => (++calls < 3 ? { status: 500 } : STORED))
    const refusing = await stubServer(() => ({ status: 400 }))
    after(() => Promise.all([busy.close(), refusing.close()]))
    const args = ['--source', 'telegram', '--lake', lake.directory, ...FAST]
    assert.equal((await ran(replay, [...args, '--url', busy.url], SECRETS)).code, 0)
    assert.equal(calls, 3)
    const { code, stdout, stderr } = await ran(replay, [...args, '--url', refusing.url], SECRETS)
    assert.equal(code, 1)
    assert.match(stdout, /refused +1/)
    assert.match(stderr, /telegram\/context_date=2026-11-01\/.* refused: HTTP 400/)
  })

  test('counts what the webhook stored now and before, and exits with 1 for what it does not keep', async () => {
    const { target, url } = await lakes()
    const update = (id: number, chat: number) =>
      JSON.stringify({
        update_id: id,
        message: { message_id: id, date: 1773154800, chat: { id: chat, type: 'group' } },
      })
    const kept = [1, 2, 3].map(id => update(id, -1001987654321))
    const file = temporaryFile('updates.jsonl', [update(4, -5), ...kept, update(5, 70), update(6, -6)].join('\n'))
    const args = ['--source', 'telegram', file, '--url', `${url}/telegram`, ...FAST]
    const notes = `${file}#1 foreign: acknowledged, but not kept
${file}#5 foreign: acknowledged, but not kept
${file}#6 foreign: acknowledged, but not kept
Foreign: the webhook does not keep these. Compare its setting TELEGRAM_CHAT_ID.
`
    assert.deepEqual(await ran(replay, args, SECRETS), {
      code: 1,
      stdout: 'bodies    6\naccepted  3\nforeign   3\n',
      stderr: notes,
    })
    const stored = [...(await contents(target.raw)).values()].map(({ body }) => Buffer.from(body, 'base64').toString())
    assert.deepEqual(stored.sort(), kept)
    assert.deepEqual(await ran(replay, args, SECRETS), {
      code: 1,
      stdout: 'bodies    6\nrepeated  3\nforeign   3\n',
      stderr: notes,
    })
  })

  test('does not count a body as accepted if the answer does not say that it was stored', async () => {
    const file = temporaryFile('body.json', fixture('telegram/text'))
    for (const [headers, found] of [
      [{}, 'missing'],
      [{ 'x-chatlake-outcome': 'constructor' }, '"constructor"'],
    ] as const) {
      const silent = await stubServer(() => ({ status: 200, headers }))
      after(() => silent.close())
      assert.deepEqual(await ran(replay, ['--source', 'telegram', file, '--url', silent.url, ...FAST], SECRETS), {
        code: 1,
        stdout: 'bodies       1\nunconfirmed  1\n',
        stderr: `${file} unconfirmed: acknowledged, but the answer's header x-chatlake-outcome is ${found}\n`,
      })
    }
  })

  test('lists the failures first, 20 of them', async () => {
    const updates = Array.from({ length: 24 }, (_, i) => JSON.stringify({ update_id: i + 1 }))
    const file = temporaryFile('updates.json', `[${updates}]`)
    const server = await stubServer(({ body }) =>
      body.toString() === updates[23] ? { status: 400 } : { status: 200, headers: { 'x-chatlake-outcome': 'foreign' } },
    )
    after(() => server.close())
    const { code, stdout, stderr } = await ran(
      replay,
      ['--source', 'telegram', file, '--url', server.url, ...FAST],
      SECRETS,
    )
    assert.deepEqual([code, stdout], [1, 'bodies   24\nforeign  23\nrefused   1\n'])
    assert.equal(
      stderr,
      `${file}#24 refused: HTTP 400
${Array.from({ length: 19 }, (_, i) => `${file}#${i + 1} foreign: acknowledged, but not kept\n`).join('')}… and 4 more
Foreign: the webhook does not keep these. Compare its setting TELEGRAM_CHAT_ID.
`,
    )
  })

  test('keeps to the rate limit', async () => {
    const started = performance.now()
    for await (const _ of throttle(Array.from({ length: 11 }), 50, new AbortController().signal));
    assert.ok(performance.now() - started >= 195)
  })
})

const buckets = { server: undefined as S3Server | undefined }
before(async () => {
  if (!skipS3) buckets.server = await startS3Server()
})
after(() => buckets.server?.stop())

describe('replay into raw', () => {
  const kinds = [
    { name: 'a directory', skip: false as const, open: async () => mkdtempSync(join(tmpdir(), 'chatlake-raw-')) },
    { name: 'S3', skip: skipS3, open: async () => `s3://${(await buckets.server?.bucket())?.name}/copy` },
  ]
  for (const { name, skip, open } of kinds) {
    test(`in ${name}: keeps keys and arrival times, and changes nothing the second time`, { skip }, async () => {
      const { lake } = await lakes()
      const place = await open()
      const args = ['--source', 'whatsapp', '--lake', lake.directory, '--to-raw', place, ...FAST]
      const first = await ran(replay, args, process.env)
      assert.equal(first.stderr, "The lake's time zone is now recorded in lake.json: America/Sao_Paulo\n")
      assert.match(first.stdout, /created +3/)
      const second = await ran(replay, args, process.env)
      assert.equal(second.stderr, '')
      assert.match(second.stdout, /exists +3/)
      const back = mkdtempSync(join(tmpdir(), 'chatlake-raw-'))
      assert.equal(
        (await ran(replay, ['--source', 'whatsapp', '--raw', place, '--to-raw', back, ...FAST], process.env)).code,
        0,
      )
      const copied = await contents(new DirectoryStore(back))
      assert.ok(copied.delete(LAKE_KEY))
      assert.deepEqual(copied, new Map([...(await contents(lake.raw))].filter(([key]) => key.startsWith('whatsapp/'))))
    })
  }

  test('files arrive at their modification time, or at --received-at', async () => {
    const { target } = await lakes()
    const file = join(mkdtempSync(join(tmpdir(), 'chatlake-files-')), 'body.json')
    writeFileSync(file, fixture('whatsapp/text'))
    const arrival = Date.parse('2026-11-05T02:30:00.000Z') // the 4th in São Paulo
    utimesSync(file, arrival / 1000, arrival / 1000)
    const args = ['--source', 'whatsapp', file, '--to-raw', join(target.directory, 'raw')]
    assert.equal((await ran(replay, ['--source', 'whatsapp', file, '--to-raw', '/nowhere/at/all'])).code, 1)
    await target.raw.putIfAbsent('whatsapp/there', new Uint8Array(), 0)
    assert.equal((await ran(replay, args)).code, 0)
    const later = [...args, '--received-at', '2026-12-01T12:00:00Z']
    const refused = await ran(replay, later, { TIME_ZONE: 'UTC' })
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /raw\/lake\.json says that .* is America\/Sao_Paulo, but TIME_ZONE is UTC: unset/)
    assert.equal((await ran(replay, later)).code, 0)
    const stored = await contents(target.raw)
    assert.equal(stored.get(rawKey('whatsapp', '2026-11-04', fixture('whatsapp/text')))?.arrival, arrival)
    assert.equal(
      stored.get(rawKey('whatsapp', '2026-12-01', fixture('whatsapp/text')))?.arrival,
      Date.parse('2026-12-01T12:00:00Z'),
    )
  })
})

describe('replay between lakes of two time zones', () => {
  const zoneIn = async (raw: ObjectStore) => (await raw.get(LAKE_KEY))?.body.toString()
  const berlin = '{"time_zone":"Europe/Berlin"}\n'

  /** A lake of Berlin. Its body arrived on the 5th there, and on the 4th in São Paulo. */
  async function lakeOfBerlin() {
    const lake = emptyLake()
    await lake.raw.putIfAbsent(LAKE_KEY, Buffer.from(berlin), 0)
    const body = fixture('whatsapp/text')
    await lake.raw.putIfAbsent(rawKey('whatsapp', '2026-11-05', body), body, Date.parse('2026-11-05T02:30:00Z'))
    return { lake, body }
  }
  const into = () => mkdtempSync(join(tmpdir(), 'chatlake-raw-'))
  const copy = (from: string, to: string, env = {}, ...more: string[]) =>
    ran(replay, ['--source', 'whatsapp', '--lake', from, '--to-raw', to, ...FAST, ...more], env)

  test('a raw without a time zone gets that of the origin', async () => {
    const { lake, body } = await lakeOfBerlin()
    const to = into()
    assert.equal((await copy(lake.directory, to, {}, '--dry-run')).code, 0)
    assert.equal(await zoneIn(new DirectoryStore(to)), undefined)
    assert.equal((await copy(lake.directory, to)).code, 0)
    assert.equal(await zoneIn(new DirectoryStore(to)), berlin)
    assert.ok(await new DirectoryStore(to).get(rawKey('whatsapp', '2026-11-05', body)))
  })

  test("in a lake of another zone the day is that of the arrival by its clock; the origin's days are said", async () => {
    const { lake, body } = await lakeOfBerlin()
    const to = into()
    const { code, stderr } = await copy(lake.directory, to, { TIME_ZONE: 'America/Sao_Paulo' })
    assert.equal(code, 0)
    assert.equal(
      stderr,
      "The lake's time zone is now recorded in lake.json: America/Sao_Paulo\n" +
        'Days of arrival are those of America/Sao_Paulo; where the bodies come from, of Europe/Berlin.\n',
    )
    const keys = [...(await contents(new DirectoryStore(to))).keys()]
    assert.deepEqual(keys, [LAKE_KEY, rawKey('whatsapp', '2026-11-04', body)])
  })

  test('to a webhook, a lake of another zone than TIME_ZONE is refused', async () => {
    const { lake } = await lakeOfBerlin()
    const args = ['--source', 'whatsapp', '--lake', lake.directory, '--url', 'http://127.0.0.1:9', '--dry-run']
    assert.equal((await ran(replay, args)).code, 0)
    const { code, stderr } = await ran(replay, args, { TIME_ZONE: 'UTC' })
    assert.equal(code, 1)
    assert.match(stderr, /raw\/lake\.json says that .* Europe\/Berlin, but TIME_ZONE is UTC: /)
  })
})

describe('replay of a dump of getUpdates', () => {
  const group = '{"id":-1001987654321,"type":"supergroup"}'
  /** Bytes that a serialiser would write otherwise. */
  const updates = [
    `{"update_id":10, "message":{"message_id":1,"date":1773154800,"chat":${group},"text":"caf\\u00e9 \\/ 1.0e0"}}`,
    `{"message":{"chat":${group},"message_id":2,"date":1773154801},"update_id":11}`,
    `{"update_id":12,"callback_query":{"id":"4382bfdwdsb323b2d9","a":1,"a":2}}`,
  ]
  const [one = '', two = '', three = ''] = updates
  const dumps = {
    'an answer': `{"ok":true,"result":[${one},\n  ${two} , ${three}]}\n`,
    'a list': `[\n${updates.join(',\n')}\n]`,
    'JSON Lines of updates': `${one}\n\n${two}\r\n  ${three}`,
    'JSON Lines of answers': `{"ok":true,"result":[${one}]}\n{"ok":true,"result":[]}\n{"ok":true,"result":[${two},${three}]}\n`,
  }
  for (const [what, dump] of Object.entries(dumps)) {
    test(`${what}: each update is delivered as its bytes are in the file`, async () => {
      const { target, url } = await lakes()
      const file = temporaryFile('dump.json', dump)
      const args = ['--source', 'telegram', file, '--url', `${url}/telegram`, ...FAST]
      assert.deepEqual(await ran(replay, [...args, '--dry-run'], SECRETS), {
        code: 0,
        stdout: `${file}#1\n${file}#2\n${file}#3\n`,
        stderr: `Would deliver 3 bodies to ${url}/telegram.\n`,
      })
      assert.deepEqual(await ran(replay, args, SECRETS), { code: 0, stdout: 'bodies    3\naccepted  3\n', stderr: '' })
      const expected = updates.map(update => rawKey('telegram', '2026-11-24', Buffer.from(update)))
      assert.deepEqual([...(await contents(target.raw)).keys()].sort(), expected.sort())
    })
  }

  test('into raw: each update is an object of its own', async () => {
    const raw = mkdtempSync(join(tmpdir(), 'chatlake-raw-'))
    const file = temporaryFile('dump.json', dumps['an answer'])
    const args = ['--source', 'telegram', file, '--to-raw', raw, ...FAST]
    const { code, stdout } = await ran(replay, [...args, '--received-at', '2026-11-05T02:30:00Z'])
    assert.deepEqual([code, stdout], [0, 'bodies   3\ncreated  3\n'])
    const expected = updates.map(update => rawKey('telegram', '2026-11-04', Buffer.from(update)))
    assert.deepEqual([...(await contents(new DirectoryStore(raw))).keys()].sort(), [LAKE_KEY, ...expected].sort())
  })

  const refused = {
    'an answer of Telegram without a list of updates: Unauthorized':
      '{"ok":false,"error_code":401,"description":"Unauthorized"}',
    'an answer of Telegram without a list of updates': '{"ok":true,"result":{"id":1}}',
    'item 2 has no update_id': `[${one},{"message":{}}]`,
    'line 3 is not JSON': `${one}\n${two}\n{"update_id":12,"mess`,
  }
  for (const [message, dump] of Object.entries(refused)) {
    test(`is refused, and nothing is delivered: ${message}`, async () => {
      const { target, url } = await lakes()
      const file = temporaryFile('dump.json', dump)
      assert.deepEqual(
        await ran(replay, ['--source', 'telegram', file, '--url', `${url}/telegram`, ...FAST], SECRETS),
        { code: 1, stdout: '', stderr: `Error: ${file}: ${message}` },
      )
      assert.equal((await contents(target.raw)).size, 0)
    })
  }

  test('one update, and what is no dump, is delivered as the file is', async () => {
    const { target, url } = await lakes()
    const files = [`${one}\n`, 'no JSON', '{"a":1}'].map((text, i) => temporaryFile(`${i}.json`, text))
    const { code, stdout, stderr } = await ran(
      replay,
      ['--source', 'telegram', ...files, '--url', `${url}/telegram`, ...FAST],
      SECRETS,
    )
    assert.deepEqual(
      [code, stdout, stderr],
      [1, 'bodies    3\naccepted  2\nrefused   1\n', `${files[1]} refused: HTTP 400\n`],
    )
    const expected = [`${one}\n`, '{"a":1}'].map(body => rawKey('telegram', '2026-11-24', Buffer.from(body)))
    assert.deepEqual([...(await contents(target.raw)).keys()].sort(), expected.sort())
  })
})

function temporaryFile(name: string, content: string | Uint8Array): string {
  const file = join(mkdtempSync(join(tmpdir(), 'chatlake-files-')), name)
  writeFileSync(file, content)
  return file
}

test('exit codes for wrong arguments', async () => {
  const code = async (...args: string[]) => (await ran(replay, args)).code
  assert.equal(await code('--source', 'whatsapp', '--lake', '.'), 1, 'there is no ./raw')
  assert.equal(await code('--source', 'whatsapp', '--url', 'http://x'), 2)
  assert.equal(await code('--source', 'whatsapp', '--raw', '.', 'file'), 2)
  assert.equal(await code('--source', 'whatsapp', '--raw', '.'), 2)
  assert.equal(await code('--source', 'whatsapp', '--raw', '.', '--url', 'x', '--to-raw', '.'), 2)
  assert.equal(await code('--source', 'whatsapp', '--raw', '.', '--url', 'http://x', '--rate', 'fast'), 2)
  assert.equal(await code('--source', 'whatsapp', '/nowhere/at/all', '--url', 'http://x'), 1)
})
