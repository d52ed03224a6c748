import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it, type TestContext } from 'node:test'
import { tables } from '../../handlers/sources/tables.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { savedViews } from '../../sql/views.ts'
import { deployed } from '../lib/aws/outputs.ts'
import { s3Client } from '../lib/aws/s3-client.ts'
import { tableFiles } from './lake-files.ts'
import { namedTables, readsOnlyRange } from './lake-part.ts'
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
const everything = { tables, from: '', to: '9999-12-31' }
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
    const wanted = { tables: tables.filter(({ name }) => name !== 'telegram'), from: '2024-12-28', to: '2025-01-01' }
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

  it('is the range of days for every saved query', () => {
    for (const { name, sql } of savedQueries()) assert.ok(readsOnlyRange(sql, tables, savedViews()), name)
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
    it(`is ${isRange ? 'the range' : 'every day'}: ${sql}`, () => assert.equal(readsOnlyRange(sql, tables), isRange))
  }
  for (const [sql, isRange] of [
    [`select * from messages ${range}`, true],
    [`select count(*) as messages from whatsapp ${range} order by messages`, true],
    [`select * from whatsapp ${range} and type in (select type from messages)`, false],
    [`select * from messages`, false],
    [`select * from outgoing ${range}`, false], // it reads all days
  ] as const) {
    it(`is ${isRange ? 'the range' : 'every day'}: ${sql}`, () =>
      assert.equal(readsOnlyRange(sql, tables, savedViews()), isRange))
  }
  it('is the tables of the views that it names', () => {
    const names = (sql: string) => namedTables(sql, tables, savedViews()).map(({ name }) => name)
    assert.deepEqual(names('select * from messages'), ['whatsapp', 'telegram'])
    assert.deepEqual(names('select * from "outgoing"'), ['whatsapp_statuses'])
    assert.deepEqual(names('select * from people'), ['whatsapp', 'whatsapp_statuses', 'telegram', 'identities'])
    assert.deepEqual(names('select count(*) as messages from quarantine'), ['quarantine'])
  })
  it('is the tables that it names', () =>
    assert.deepEqual(
      namedTables('select * from "Telegram", whatsapp_old', tables).map(({ name }) => name),
      ['telegram'],
    ))
})
