import assert from 'node:assert/strict'
import { linkSync, mkdirSync, mkdtempSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { DirectoryStore } from '../handlers/lake/directory-store.ts'
import { quarantineKey, tableKey } from '../handlers/lake/layout.ts'
import type { ObjectStore } from '../handlers/lake/object-store.ts'
import { S3Store } from '../handlers/lake/s3-store.ts'
import { readBack } from '../handlers/lake/testing/read-parquet.ts'
import { type S3Server, skipS3, startS3Server } from '../handlers/lake/testing/s3-server.ts'
import type { Source } from '../handlers/sources/source.ts'
import { telegram } from '../handlers/sources/telegram/index.ts'
import { whatsapp } from '../handlers/sources/whatsapp/index.ts'
import { transformDay } from '../handlers/transform/transform-day.ts'
import { erase } from './erase/command.ts'
import { directoryVersionedStore } from './erase/directory-versioned-store.ts'
import { erase as eraseFound, survey } from './erase/erasure.ts'
import { s3VersionedStore } from './erase/s3-versioned-store.ts'
import type { VersionedStore } from './erase/versioned-store.ts'
import { deliver, fixture, fixtureNames } from './lib/testing/fixture-lake.ts'
import { ran } from './lib/testing/run-command.ts'

const DAY = '2026-11-10'
const NEXT = '2026-11-11'
/** Ana writes in many fixtures, alone and among others. */
const ANA = '5511900010001'

/** Fixtures that most tests use: single and batched messages, with and without a phone number, statuses, bad bodies. */
const FEW = /^(batch-[acot]|phone|status-[rw]|contacts-c|text-reply|body-truncated|message-without|week-2026-11-09-1)/

interface Lake {
  readonly raw: ObjectStore
  readonly enriched: ObjectStore
  /** The command's options for this lake. */
  readonly options: readonly string[]
  readonly rawVersions: VersionedStore
  readonly enrichedVersions: VersionedStore
}

function directoryLake(folder = mkdtempSync(join(tmpdir(), 'chatlake-erase-'))): Lake & { readonly folder: string } {
  const [raw, enriched] = [join(folder, 'raw'), join(folder, 'enriched')]
  return {
    folder,
    raw: new DirectoryStore(raw),
    enriched: new DirectoryStore(enriched),
    options: ['--lake', folder],
    rawVersions: directoryVersionedStore(raw),
    enrichedVersions: directoryVersionedStore(enriched),
  }
}

/** A body that is not JSON with Ana's number, and one with another number. */
const BAD = `{"from":"${ANA}","text":`
const OTHER_BAD = '{"from":"5511900019999","text":'

/** Delivers WhatsApp fixtures on one day and some again on the next, and Telegram fixtures; makes the tables. */
async function fill(lake: Lake, pattern = FEW): Promise<void> {
  const names = fixtureNames('whatsapp').filter(name => pattern.test(name))
  for (const [i, name] of names.entries()) await deliver(lake.raw, 'whatsapp', DAY, fixture(`whatsapp/${name}`), i % 20)
  for (const name of names.slice(0, 8)) await deliver(lake.raw, 'whatsapp', NEXT, fixture(`whatsapp/${name}`))
  await deliver(lake.raw, 'whatsapp', NEXT, fixture('whatsapp/text'))
  for (const body of [BAD, OTHER_BAD]) await deliver(lake.raw, 'whatsapp', DAY, Buffer.from(body))
  for (const name of fixtureNames('telegram').slice(0, 5))
    await deliver(lake.raw, 'telegram', DAY, fixture(`telegram/${name}`))
  for (const date of [DAY, NEXT]) await transformDay(whatsapp, date, lake)
  await transformDay(telegram, DAY, lake)
}

async function rows(lake: Lake, key: string) {
  const object = await lake.enriched.get(key)
  return object ? (await readBack(object.body)).rows : []
}

/** The content of every version in both stores. */
async function everything({ rawVersions, enrichedVersions }: Lake, prefix: string): Promise<Map<string, Buffer>> {
  const all = new Map<string, Buffer>()
  for (const store of [rawVersions, enrichedVersions]) {
    for await (const version of store.list(prefix)) {
      const content = await store.read(version)
      if (content) all.set(`${version.key} ${version.id ?? ''}`, Buffer.from(content.body))
    }
  }
  return all
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString())
    return true
  } catch {
    return false
  }
}

const isAnas = (row: Record<string, unknown>) =>
  String(row.number) === ANA || String(row.user_id) === 'BR.90001000000000000001'

const kinds = [
  { name: 'in a directory', skip: false as const, open: async () => directoryLake() },
  { name: 'in versioned buckets', skip: skipS3, open: () => bucketLake() },
]

let server: S3Server | undefined
before(async () => {
  if (!skipS3) server = await startS3Server()
})
after(() => server?.stop())

async function bucketLake(): Promise<Lake> {
  assert.ok(server)
  const [raw, enriched] = [await server.bucket({ versioned: true }), await server.bucket({ versioned: true })]
  const client = new S3Client({ forcePathStyle: true })
  return {
    raw: new S3Store(raw.name),
    enriched: new S3Store(enriched.name),
    options: ['--raw', `s3://${raw.name}`, '--enriched', `s3://${enriched.name}`],
    rawVersions: s3VersionedStore(client, raw.name),
    enrichedVersions: s3VersionedStore(client, enriched.name),
  }
}

const run = (lake: Lake, ...more: string[]) =>
  ran(erase, ['--source', 'whatsapp', ...lake.options, ...more], process.env)

for (const { name, skip, open } of kinds) {
  describe(`erase ${name}`, { skip }, () => {
    test('without --yes lists what it would erase, and changes nothing', async () => {
      const lake = await open()
      await fill(lake)
      const before = await everything(lake, '')
      const { code, stdout, stderr } = await run(lake, '--person', `+${ANA}`)
      assert.equal(code, 0)
      assert.match(stdout, /raw bodies +\d+ +0 +\d+ {2}parts\nwhatsapp +\d+ +0 +\d+ {2}rows\n/)
      assert.match(stdout, /to the same person: BR\.90001000000000000001/)
      assert.match(stdout, /not JSON, but contains the id: whatsapp\/context_date=2026-11-10\//)
      assert.match(stderr, /Nothing was changed/)
      assert.ok(isDeepStrictEqual(await everything(lake, ''), before))
    })

    test('removes the rows of the person and no others, keeps every other body, and verifies it', async () => {
      const lake = await open()
      await fill(lake)
      await transformDay(whatsapp, DAY, lake) // gives the Parquet a second version
      const tables = [tableKey('whatsapp', DAY), tableKey('whatsapp', NEXT), tableKey('telegram', DAY)]
      const rowsBefore = await Promise.all(tables.map(key => rows(lake, key)))
      const quarantineBefore = await rows(lake, quarantineKey('whatsapp', DAY))
      const bodiesBefore = new Map<string, { body: Buffer; receivedAt: number }>()
      for await (const page of lake.raw.list('')) {
        for (const { key } of page) {
          const object = await lake.raw.get(key)
          if (object) bodiesBefore.set(key, { body: Buffer.from(object.body), receivedAt: object.receivedAt })
        }
      }

      const undecided = await run(lake, '--person', ANA, '--yes')
      assert.equal(undecided.code, 2)
      assert.match(undecided.stderr, /--with-linked or --without-linked/)
      const { code, stdout } = await run(lake, '--person', ANA, '--yes', '--with-linked', '--include-unreadable')
      assert.match(stdout, /Nothing is left: all \d+ versions were read again/)
      assert.equal(code, 0)

      const rowsAfter = await Promise.all(tables.map(key => rows(lake, key)))
      assert.deepEqual(
        rowsAfter,
        rowsBefore.map(table => table.filter(row => !isAnas(row))),
      )
      assert.ok(rowsBefore[0]?.some(isAnas))
      const holdsAna = ({ payload }: Record<string, unknown>) =>
        [String(payload), Buffer.from(String(payload), 'base64').toString('latin1')].some(text => text.includes(ANA))
      const quarantineAfter = await rows(lake, quarantineKey('whatsapp', DAY))
      assert.ok(
        isDeepStrictEqual(
          quarantineAfter,
          quarantineBefore.filter(row => !holdsAna(row)),
        ),
      )
      assert.ok(quarantineBefore.some(holdsAna) && quarantineAfter.length > 0)
      let [rewritten, removed] = [0, 0]
      for (const [key, before] of bodiesBefore) {
        const object = await lake.raw.get(key)
        if (!object) {
          assert.ok(before.body.includes(ANA) || before.body.includes('BR.90001000000000000001'))
          removed++
          continue
        }
        assert.ok(isJson(before.body) || !before.body.includes(ANA))
        assert.equal(object.receivedAt, before.receivedAt, 'the arrival is kept')
        if (before.body.equals(object.body)) continue
        rewritten++
        assert.ok(before.body.includes(ANA) || before.body.includes('BR.90001000000000000001'))
      }
      assert.ok(rewritten > 5 && removed > 5, `${rewritten} rewritten, ${removed} removed`)
      for (const [version, body] of await everything(lake, 'whatsapp/')) {
        assert.ok(!body.includes(`"${ANA}"`), version)
        assert.ok(!body.includes('Ana Pitangueira'), version)
      }
      const again = await run(lake, '--person', ANA, '--person', 'BR.90001000000000000001', '--yes')
      assert.match(again.stdout, /raw bodies +0 +0 +0/)
      assert.equal(again.code, 0)
    })

    test('a second run completes an interrupted one', async () => {
      for (const failAt of [1, 2, 5]) {
        const lake = await open()
        for (const name of [
          'text',
          'phone-and-user-id',
          'batch-one-person-three-messages',
          'batch-two-entries',
          'status-read',
        ]) {
          await deliver(lake.raw, 'whatsapp', DAY, fixture(`whatsapp/${name}`))
        }
        await transformDay(whatsapp, DAY, lake)
        const before = await rows(lake, tableKey('whatsapp', DAY))
        let writes = 0
        const failing = (store: VersionedStore): VersionedStore => {
          const fail = () => {
            if (++writes === failAt) throw new Error('power failure')
          }
          return {
            ...store,
            replace: async (...parameters) => {
              fail()
              await store.replace(...parameters)
            },
            remove: async version => {
              fail()
              await store.remove(version)
            },
          }
        }
        const ids = new Set([ANA])
        const erasure = { source: whatsapp, ids, includeUnreadable: false }
        const whole = { ...erasure, raw: lake.rawVersions, enriched: lake.enrichedVersions }
        const halfway = { ...erasure, raw: failing(lake.rawVersions), enriched: failing(lake.enrichedVersions) }
        const found = await survey(halfway)
        await eraseFound(halfway, found, () => {}).catch(error => assert.match(error.message, /power failure/))
        await eraseFound(whole, await survey(whole), () => {})
        assert.deepEqual((await survey(whole, found.changes)).found, [])
        assert.deepEqual(
          await rows(lake, tableKey('whatsapp', DAY)),
          before.filter(row => !isAnas(row)),
        )
      }
    })

    test('an unreadable body is kept and listed, and the command fails', async () => {
      const lake = await open()
      await deliver(lake.raw, 'whatsapp', DAY, Buffer.from(BAD))
      await transformDay(whatsapp, DAY, lake)
      const { code, stdout } = await run(lake, '--person', ANA, '--yes')
      assert.equal(code, 1)
      assert.match(stdout, /Data is left in these objects:\n {2}whatsapp\//)
      const whole = await run(lake, '--person', ANA, '--yes', '--include-unreadable')
      assert.equal(whole.code, 0)
      assert.equal((await everything(lake, '')).size, 0)
    })
  })
}

/** The bytes of every file of a platform's tables, by key. */
async function tableBytes(lake: Lake, { name, tables }: Source): Promise<Map<string, Buffer>> {
  const all = new Map<string, Buffer>()
  const folders = [...tables.map(table => (table.isShared ? `${table.name}/source=${name}/` : `${table.name}/`))]
  for (const prefix of [...folders, `identities/source=${name}/`, `quarantine/source=${name}/`])
    for await (const page of lake.enriched.list(prefix))
      for (const { key } of page) all.set(key, Buffer.from((await lake.enriched.get(key))?.body ?? []))
  return all
}

/** A lake with every fixture of a platform on one day and a third of them on the next, and with its tables. */
async function lakeOfEverything(source: Source): Promise<{ readonly folder: string }> {
  const lake = directoryLake()
  for (const [i, name] of fixtureNames(source.name).entries()) {
    const body = fixture(`${source.name}/${name}`)
    await deliver(lake.raw, source.name, DAY, body, i % 20)
    if (i % 3 === 0) await deliver(lake.raw, source.name, NEXT, body, i % 20)
  }
  for (const date of [DAY, NEXT]) await transformDay(source, date, lake)
  return lake
}

/** A copy of a lake. Its files are links: a DirectoryStore replaces files and never changes them. */
function copyOf({ folder }: { readonly folder: string }) {
  const copy = directoryLake()
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (statSync(join(folder, name)).isDirectory()) mkdirSync(join(copy.folder, name))
    else linkSync(join(folder, name), join(copy.folder, name))
  }
  return copy
}

describe('transforming every day again after an erasure gives the same bytes of every table', () => {
  const lakes = new Map<Source, { readonly folder: string }>()
  before(async () => {
    for (const source of [whatsapp, telegram]) lakes.set(source, await lakeOfEverything(source))
  })
  const own = ['whatsapp', 'whatsapp_statuses', 'events', 'identities']
  for (const [source, people, options, tables] of [
    [whatsapp, [ANA], ['--with-linked'], [...own, 'quarantine']],
    [whatsapp, ['5511900010005'], ['--with-linked'], [...own, 'quarantine']],
    [whatsapp, ['BR.90001000000000000004'], ['--without-linked'], ['events', 'identities']],
    [telegram, ['7000000101'], [], ['telegram', 'events', 'quarantine']],
    [telegram, ['7000000102', '7000000103'], [], ['telegram', 'events']],
  ] as const) {
    test(`${source.name} ${people.join(', ')} ${options.join(' ')}`, async () => {
      const lake = copyOf(lakes.get(source) ?? assert.fail())
      const before = await tableBytes(lake, source)
      const persons = people.flatMap(person => ['--person', person])
      const args = ['--source', source.name, ...lake.options, ...persons, ...options, '--yes', '--include-unreadable']
      const { code, stdout, stderr } = await ran(erase, args, process.env)
      assert.equal(code, 0, stdout + stderr)
      const erased = await tableBytes(lake, source)
      for (const date of [DAY, NEXT]) await transformDay(source, date, lake)
      const again = await tableBytes(lake, source)
      assert.deepEqual([...again.keys()], [...erased.keys()])
      for (const [key, bytes] of erased) {
        const rebuilt = again.get(key) ?? Buffer.of()
        if (key.startsWith('identities/')) assert.deepEqual(await pairsIn(bytes), await pairsIn(rebuilt), key)
        else if (!bytes.equals(rebuilt)) {
          assert.deepEqual((await readBack(bytes)).rows, (await readBack(rebuilt)).rows, key)
          assert.fail(`${key} has the same rows in other bytes`)
        }
      }
      const changed = [...before].filter(([key, bytes]) => !bytes.equals(erased.get(key) ?? Buffer.of()))
      assert.deepEqual([...new Set(changed.map(([key]) => key.slice(0, key.indexOf('/'))))], tables)
    })
  }
})

/** A pair that a removed body was the first to tie has another place and arrival when its day is made again. */
const pairsIn = async (file: Buffer) => (await readBack(file)).rows.map(({ id, same_as }) => `${id} ${same_as}`).sort()

test('data under a linked id is kept or erased, depending on the option', async () => {
  for (const [option, left] of [
    ['--without-linked', 1],
    ['--with-linked', 0],
  ] as const) {
    const lake = directoryLake()
    const other = fixture('whatsapp/username-without-phone').toString()
    await deliver(lake.raw, 'whatsapp', DAY, fixture('whatsapp/phone-and-user-id'))
    await deliver(lake.raw, 'whatsapp', NEXT, Buffer.from(other.replaceAll('00000000000011"', '00000000000001"')))
    for (const date of [DAY, NEXT]) await transformDay(whatsapp, date, lake)
    const { code } = await run(lake, '--person', ANA, '--yes', option)
    assert.equal(code, 0)
    assert.equal((await rows(lake, tableKey('whatsapp', DAY))).length, 0)
    assert.equal((await rows(lake, tableKey('whatsapp', NEXT))).length, left)
  }
})

test('erases a Telegram user', async () => {
  const lake = directoryLake()
  for (const name of fixtureNames('telegram')) await deliver(lake.raw, 'telegram', DAY, fixture(`telegram/${name}`))
  await transformDay(telegram, DAY, lake)
  const before = await rows(lake, tableKey('telegram', DAY))
  const { code } = await ran(erase, [
    '--source',
    'telegram',
    '--person',
    '7000000101',
    '--yes',
    '--include-unreadable',
    ...lake.options,
  ])
  assert.equal(code, 0)
  const left = await rows(lake, tableKey('telegram', DAY))
  const ofOthers = before.filter(
    ({ user_id, chat_id, payload }) =>
      ![user_id, chat_id].map(String).includes('7000000101') && !String(payload).includes('"from":{"id":"7000000101"'),
  )
  const withoutPayload = ({ payload, ...row }: Record<string, unknown>) => row
  assert.deepEqual(left.map(withoutPayload), ofOthers.map(withoutPayload))
  for (const { payload } of left) assert.doesNotMatch(String(payload), /\b7000000101\b(?!\.)|Pitangueira/)
  assert.ok(left.length < before.length)
})

describe('versions in S3', { skip: skipS3 }, () => {
  test('replaced and deleted versions of the person are erased, too, and no others', async () => {
    const lake = await bucketLake()
    const bucket = lake.rawVersions.name.replace(/^s3:\/\/|\/$/g, '')
    const client = new S3Client({ forcePathStyle: true })
    const key = await deliver(lake.raw, 'whatsapp', DAY, fixture('whatsapp/text'))
    const number = JSON.parse(fixture('whatsapp/text').toString()).entry[0].changes[0].value.messages[0].from
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: '{}' }))
    const deleted = await deliver(lake.raw, 'whatsapp', NEXT, fixture('whatsapp/text'))
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: deleted }))
    const { stdout, code } = await run(lake, '--person', number, '--yes')
    assert.match(stdout, /raw bodies +0 +2/)
    assert.equal(code, 0)
    const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }))
    assert.deepEqual(
      Versions?.map(({ Key, IsLatest }) => [Key, IsLatest]),
      [[key, true]],
    )
    assert.equal(
      await (await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body?.transformToString(),
      '{}',
    )
  })

  test('erases from a folder of an unversioned bucket', async () => {
    const name = (await server?.bucket())?.name ?? ''
    const client = new S3Client({ forcePathStyle: true })
    const body = fixture('whatsapp/batch-two-entries')
    const Key = `lake/whatsapp/context_date=${DAY}/a.json`
    await client.send(new PutObjectCommand({ Bucket: name, Key, Body: body }))
    const arrival = (await client.send(new HeadObjectCommand({ Bucket: name, Key }))).LastModified
    const { from } = JSON.parse(body.toString()).entry[0].changes[0].value.messages[0]
    const { code } = await ran(
      erase,
      [
        '--source',
        'whatsapp',
        '--person',
        from,
        '--raw',
        `s3://${name}/lake`,
        '--enriched',
        `s3://${name}/tables/`,
        '--yes',
      ],
      process.env,
    )
    assert.equal(code, 0)
    const left = await client.send(new GetObjectCommand({ Bucket: name, Key }))
    assert.ok(!(await left.Body?.transformToString())?.includes(from))
    assert.equal(left.Metadata?.['received-at'], arrival?.toISOString(), 'LastModified, kept as the arrival')
  })
})

test('refuses wrong options', async () => {
  const code = async (...args: string[]) => (await ran(erase, args)).code
  assert.equal(await code('--source', 'whatsapp', '--lake', '.'), 2)
  assert.equal(await code('--source', 'sms', '--person', '1', '--lake', '.'), 2)
  assert.equal(await code('--source', 'telegram', '--person', 'ana', '--lake', '.'), 2)
  assert.equal(await code('--source', 'telegram', '--person', '1', '--lake', '.', '--raw', '.'), 2)
  assert.equal(await code('--source', 'telegram', '--person', '1', '--raw', 's3://B', '--enriched', '.'), 2)
  assert.equal(await code('--source', 'telegram', '--person', '1', '--lake', '/nowhere/at/all'), 1)
})
