import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it, type TestContext } from 'node:test'
import { tables } from '../../handlers/sources/tables.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { reads, savedViews } from '../../sql/views.ts'
import { deployed } from '../lib/aws/outputs.ts'
import { s3Client } from '../lib/aws/s3-client.ts'
import { tableFiles } from './lake-files.ts'
import { daysRead, EVERY_DAY, wantedTables } from './lake-part.ts'
import { fetchLake } from './s3-lake.ts'
import { type FakeS3, fakeS3 } from './testing/fake-s3.ts'
import { GOLDEN } from './testing/golden-lake.ts'
import { temporaryDirectory } from './testing/test-lake.ts'

before(() => {
  Object.assign(process.env, { AWS_REGION: 'sa-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
})

async function serve(t: TestContext, directory: string, options = {}): Promise<FakeS3> {
  const s3 = await fakeS3(directory, options)
  process.env.AWS_ENDPOINT_URL_S3 = s3.url
  t.after(() => s3.close())
  return s3
}

const client = () => s3Client(deployed(process.env), process.env)
const everything = tables.map(table => ({ table, ...EVERY_DAY }))
const relative = (lake: string) =>
  tables.flatMap(table => tableFiles(lake, table)).map(path => path.slice(lake.length).replace(/^\/?enriched\//, ''))

describe('a lake in S3', () => {
  it('is fetched completely, readable only by this user, and removed again', async t => {
    const s3 = await serve(t, join(GOLDEN, 'enriched'))
    const lake = await fetchLake({ bucket: 'lake', prefix: '' }, everything, { client: await client() })
    assert.deepEqual(relative(lake.directory), relative(GOLDEN))
    assert.equal(lake.files, s3.fetched.length)
    assert.equal(statSync(lake.directory).mode & 0o777, 0o700)
    assert.ok(lake.bytes > 0)
    lake.remove()
    assert.ok(!existsSync(lake.directory))
  })

  it('is fetched only in the wanted days and tables', async t => {
    const s3 = await serve(t, join(GOLDEN, 'enriched'))
    const wanted = tables
      .filter(({ name }) => name !== 'telegram')
      .map(table => ({ table, from: '2024-12-28', to: '2025-01-01' }))
    const lake = await fetchLake({ bucket: 'lake', prefix: '' }, wanted, { client: await client() })
    t.after(lake.remove)
    assert.deepEqual([...s3.fetched].sort(), [
      'quarantine/source=whatsapp/context_date=2024-12-28/quarantine.parquet',
      'whatsapp/context_date=2024-12-28/whatsapp.parquet',
      'whatsapp/context_date=2024-12-30/whatsapp.parquet',
      'whatsapp/context_date=2025-01-01/whatsapp.parquet',
    ])
  })

  it('may lie below a prefix, beside other files', async t => {
    const bucket = temporaryDirectory(t)
    cpSync(join(GOLDEN, 'enriched'), join(bucket, 'a/b'), { recursive: true })
    writeFileSync(join(bucket, 'a/b/whatsapp/context_date=2024-12-27/notes.txt'), '')
    writeFileSync(join(bucket, 'a/b/whatsapp/stray.parquet'), '')
    await serve(t, bucket)
    const lake = await fetchLake({ bucket: 'lake', prefix: 'a/b/' }, everything, { client: await client() })
    t.after(lake.remove)
    assert.deepEqual(relative(lake.directory), relative(GOLDEN))
  })

  it('leaves no files after an interruption', async t => {
    const before = process.env.TMPDIR
    t.after(() => {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    })
    process.env.TMPDIR = temporaryDirectory(t)
    await serve(t, join(GOLDEN, 'enriched'), { hangs: /2025-01-01/ })
    const controller = new AbortController()
    const fetching = fetchLake({ bucket: 'lake', prefix: '' }, everything, {
      client: await client(),
      signal: controller.signal,
    })
    setTimeout(() => controller.abort(), 300)
    await assert.rejects(fetching, { name: 'AbortError' })
    assert.deepEqual(readdirSync(process.env.TMPDIR), [])
  })

  it('that does not exist is reported with its address', async t => {
    await serve(t, GOLDEN)
    await assert.rejects(
      fetchLake({ bucket: 'nowhere', prefix: 'a/' }, everything, { client: await client() }),
      /^Error: s3:\/\/nowhere\/a\/ cannot be read: The specified bucket does not exist$/,
    )
  })
})

describe('the part of a lake that a query reads', () => {
  const range = 'where context_date between cast(? as date) and cast(? as date)'

  it('is the range of days for every saved query, but for what its views read of every day', () => {
    const views = savedViews()
    for (const { name, sql } of savedQueries()) {
      const ofViews = views
        .filter(view => view.days === 'all' && reads(sql, view.name))
        .flatMap(view => [...daysRead(view.sql, tables, views).keys()])
      const allDays = [...daysRead(sql, tables, views)].flatMap(([table, days]) => (days === 'all' ? [table] : []))
      assert.deepEqual(
        // a person's next id can arrive on any day
        allDays.filter(table => table !== 'identities' && !ofViews.includes(table)),
        [],
        name,
      )
    }
  })
  for (const [sql, isRange] of [
    [`select * from whatsapp ${range}`, true],
    [
      `select 'telegram' as t from "whatsapp" WHERE context_date  BETWEEN cast( ? as date ) and cast(? as date) -- telegram`,
      true,
    ],
    [`select * from whatsapp ${range} and (name = 'a' or name = 'b')`, false],
    ['select * from whatsapp', false],
    [`select * from whatsapp, telegram ${range}`, false],
    [`select * from whatsapp where not context_date between cast(? as date) and cast(? as date)`, false],
    [`select * from whatsapp where context_date < cast(? as date)`, false],
    ['select 1', true],
  ] as const) {
    it(`is ${isRange ? 'the range' : 'every day'}: ${sql}`, () =>
      assert.equal(![...daysRead(sql, tables).values()].includes('all'), isRange))
  }
  for (const [sql, days] of [
    [`select * from messages ${range}`, { identities: 'all', whatsapp: 'range', telegram: 'range' }],
    [`select * from messages ${range} and platform = 'telegram'`, { telegram: 'range', identities: 'all' }],
    [`select count(*) as messages from whatsapp ${range} order by messages`, { whatsapp: 'range' }],
    [
      `select * from whatsapp ${range} and type in (select type from messages)`,
      { whatsapp: 'all', telegram: 'all', identities: 'all' },
    ],
    ['select * from messages', { whatsapp: 'all', telegram: 'all', identities: 'all' }],
    [`select * from outgoing ${range}`, { whatsapp_statuses: 'all', identities: 'all' }], // it reads all days
    ['select * from people', { whatsapp: 'all', whatsapp_statuses: 'all', telegram: 'all', identities: 'all' }],
    [
      `select * from whatsapp ${range} and person in (select person from person_ids)`,
      { whatsapp: 'range', identities: 'all' },
    ],
    ['select count(*) as messages from quarantine', { quarantine: 'all' }],
    [
      `with a as (select person from messages ${range} and platform = 'whatsapp') select * from a, telegram`,
      { whatsapp: 'all', telegram: 'all', identities: 'all' },
    ],
  ] as const)
    it(`is of views what they read: ${sql}`, () =>
      assert.deepEqual(Object.fromEntries(daysRead(sql, tables, savedViews())), days))

  it('is of several queries the most that one of them reads', () => {
    const queries = [`select * from whatsapp ${range}`, 'select * from quarantine', `select * from quarantine ${range}`]
    const wanted = wantedTables(queries, { from: '2026-11-09' }, tables, savedViews())
    assert.deepEqual(
      wanted.map(({ table, from, to }) => [table.name, from, to]),
      [
        ['whatsapp', '2026-11-09', EVERY_DAY.to],
        ['quarantine', EVERY_DAY.from, EVERY_DAY.to],
      ],
    )
  })
  it('is the tables that it names', () =>
    assert.deepEqual([...daysRead('select * from "Telegram", whatsapp_old', tables)], [['telegram', 'all']]))
})
