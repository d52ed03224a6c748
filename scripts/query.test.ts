import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tables } from '../handlers/sources/tables.ts'
import { ran } from './lib/testing/run-command.ts'
import { runScript } from './lib/testing/run-script.ts'
import { queryOn } from './query/command.ts'
import { fakeAthena } from './query/testing/fake-athena.ts'
import { fakeS3 } from './query/testing/fake-s3.ts'
import { GOLDEN } from './query/testing/golden-lake.ts'
import { tableRows, temporaryDirectory, writeLake } from './query/testing/test-lake.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Invented credentials. Hides the SDK's warning about the Node version. */
const AWS = {
  AWS_REGION: 'sa-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  NODE_NO_WARNINGS: '1',
}

interface Options {
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  /** When it resolves, the command gets SIGINT, as from Ctrl-C. */
  readonly interrupt?: Promise<unknown>
  /** Whether to close stdout after the first chunk, as `head` does. */
  readonly closeStdout?: boolean
}

/** Runs the command in this process: for what does not depend on the process. */
async function query(args: readonly string[], { env, input = '' }: Pick<Options, 'env' | 'input'> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const out = text(stdout)
  const command = queryOn({ stdin: Readable.from([Buffer.from(input)]), stdout, stderr })
  const { code, stderr: err } = await ran(command, args, { ...process.env, ...AWS, TIME_ZONE: '', ...env }, 'query')
  stdout.end()
  return { code, out: await out, err }
}

/** Runs the command in a process of its own until it exits. */
async function spawnQuery(args: readonly string[], { env, input = '', interrupt, closeStdout = false }: Options = {}) {
  const { code, stdout, stderr } = await runScript('query', args, {
    cwd: root,
    env: { ...process.env, ...AWS, TIME_ZONE: '', ...env },
    input,
    watch(child) {
      if (closeStdout) child.stdout?.once('data', () => child.stdout?.destroy())
      interrupt?.then(() => child.kill('SIGINT'))
    },
  })
  return { code, out: stdout, err: stderr }
}

describe('npm run query', { concurrency: 2 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'chatlake-'))
  const lake = join(directory, "it's a lake")
  const empty = join(directory, 'empty')
  const large = join(directory, 'large')
  const rates = join(directory, 'rates.csv')
  const badRates = join(directory, 'bad-rates.csv')

  before(async () => {
    const [whatsapp] = tables.filter(table => table.name === 'whatsapp')
    assert.ok(whatsapp)
    const day = 'whatsapp/context_date=2024-01-07/whatsapp.parquet'
    const row = { name: `'Ana, "a" <b>'`, number: '9223372036854775807', message: "''", date: '1704596399' }
    mkdirSync(empty)
    writeFileSync(rates, 'category,prefix,price\nmarketing,,0.1\nmarketing,55,0.0625\n')
    writeFileSync(badRates, 'category,prefix,price\nmarketing,55,free\n')
    await writeLake(lake, { [day]: tableRows(whatsapp, [row]) })
    await writeLake(large, { [day]: `select r.* from (${tableRows(whatsapp, [row])}) as r, range(100000)` })
  })
  after(() => rmSync(directory, { recursive: true }))

  it('limits a query to a chat, a number of the business or a direction', async () => {
    const rows = async (...args: string[]) => {
      const { code, out, err } = await query([...args, '--lake', GOLDEN, '--format', 'csv'])
      assert.equal(code, 0, err)
      return out.split('\r\n').length - 2
    }
    assert.equal(await rows('whatsapp-per-user', '--chat', 'BR.0002'), 1)
    assert.equal(await rows('whatsapp', '--chat', 'BR.0002', '--direction', 'both'), 6)
    assert.equal(await rows('telegram', '--chat', '-1001', '--direction', 'outbound'), 0)
    assert.equal(await rows('per-user', '--phone-number-id', '1'), 8)
  })

  it('says how many messages it leaves out for their times', async () => {
    const { err } = await query(['per-day', '--lake', GOLDEN])
    assert.match(err, /^12 rows, .*\n5 messages are left out: their times cannot be right\n$/)
    const { err: none } = await query(['per-content', '--lake', GOLDEN])
    assert.match(none, /^\d+ rows, [^\n]*\n$/)
  })

  it('explains a saved query with --help', async () => {
    const { out } = await query(['conversations-per-day', '--help'])
    assert.match(
      out,
      /^conversations-per-day: Conversations per day\n\nA conversation ends when .*\nThe result has one row per day/,
    )
    assert.match(out, /\n--set gap_hours=…: a bigint \(default: 24\)\n/)
  })

  it('says which values the parameters of a query have', async () => {
    const { err } = await query(['conversations-per-day', '--lake', GOLDEN, '--set', 'gap_hours=5'])
    assert.match(err, /^\d+ rows, .*\ngap_hours = 5: --set gap_hours=… changes it\n/)
  })

  it('lists the saved queries with --help or without arguments', async () => {
    for (const [args, run] of [
      [[], spawnQuery],
      [['whatsapp', '--help'], query],
    ] as const) {
      const { code, out, err } = await run(args)
      assert.deepEqual({ code, err }, { code: 0, err: '' })
      assert.match(out, /^ {2}whatsapp +Every WhatsApp message$/m)
      assert.match(out, /^ {2}whatsapp-hora-dia-semana +WhatsApp messages per hour/m)
      assert.match(out, /^ {2}tables {2}whatsapp, .*quarantine$/m)
      assert.match(out, /^ {2}views {3}person_ids, messages, .*people$/m)
    }
  })

  it('reads the views, in the time zone of TIME_ZONE', async () => {
    const range = 'where context_date between cast(? as date) and cast(? as date)'
    const input = `select sent_at, person from messages ${range} and message_id = 'w01'`
    const args = ['--file', '-', '--lake', GOLDEN, '--format', 'csv', '--to', '2024-12-27']
    const { code, out } = await query(args, { input, env: { TIME_ZONE: 'UTC' } })
    assert.deepEqual({ code, out }, { code: 0, out: 'sent_at,person\r\n2024-12-27 14:05:00,5511900000001\r\n' })
  })

  it('prints rows to stdout and the rest to stderr', async () => {
    const { code, out, err } = await spawnQuery(['whatsapp', '--lake', lake, '--format', 'csv'])
    assert.equal(code, 0)
    assert.equal(
      out,
      'name,number,message,date,type,message_id,user_id,phone_number_id,reply_to,media_id,media_type,received_at,' +
        'direction,field,person,username,group_id,target_id,selection_id,response,forwarded,referral_id,ctwa_clid,' +
        'latitude,longitude,error_code,payload,context_date\r\n' +
        '"Ana, ""a"" <b>",9223372036854775807,"",1704596399,,,,,,,,,,,,,,,,,,,,,,,,2024-01-07\r\n',
    )
    assert.match(err, /^1 row, \d+\.\d\d s\n$/)
  })

  it('writes JSON', async () => {
    const { code, out } = await query(['whatsapp-hora-dia-semana', '--lake', lake, '--format=json'])
    assert.equal(code, 0)
    assert.deepEqual(JSON.parse(out), [{ hora_do_dia: 23, dia_da_semana: 6, semana_do_ano: 1, qtd_de_mensagens: 1 }])
  })

  it('writes a table, in the time zone of TIME_ZONE', async () => {
    const { out } = await query(['whatsapp-hora-dia-semana', '--lake', lake], { env: { TIME_ZONE: 'UTC' } })
    assert.deepEqual(out.split('\n'), [
      'hora_do_dia │ dia_da_semana │ semana_do_ano │ qtd_de_mensagens',
      '────────────┼───────────────┼───────────────┼─────────────────',
      '          2 │             7 │             1 │                1',
      '',
    ])
  })

  describe('of a lake that was made in another time zone', () => {
    const berlin = join(directory, 'berlin')
    const args = ['whatsapp-hora-dia-semana', '--format', 'csv', '--lake', berlin]
    before(() => {
      cpSync(lake, berlin, { recursive: true })
      writeFileSync(join(berlin, 'enriched/lake.json'), '{"time_zone":"Europe/Berlin"}\n')
    })

    it("counts by the lake's own clock, without TIME_ZONE and with the same", async () => {
      for (const TIME_ZONE of ['', 'Europe/Berlin']) {
        const { code, out } = await query(args, { env: { TIME_ZONE } })
        assert.equal(code, 0)
        assert.equal(out.split('\r\n')[1], '3,7,1,1')
      }
    })

    it('refuses another one with a sentence, in a process of its own and from S3 as well', async t => {
      const env = { TIME_ZONE: 'America/Sao_Paulo' }
      const sentence = (place: string) =>
        `query: ${place}/lake.json says that the lake's time zone is Europe/Berlin, ` +
        'but TIME_ZONE is America/Sao_Paulo: unset TIME_ZONE, or name another lake\n'
      const { code, out, err } = await spawnQuery(args, { env })
      assert.deepEqual({ code, out, err }, { code: 1, out: '', err: sentence(`${berlin}/enriched`) })
      const s3 = await fakeS3(join(berlin, 'enriched'))
      t.after(() => s3.close())
      const remote = ['whatsapp-hora-dia-semana', '--format', 'csv', '--lake', 's3://lake']
      const refused = await spawnQuery(remote, { env: { ...env, AWS_ENDPOINT_URL: s3.url } })
      assert.deepEqual(refused, { code: 1, out: '', err: sentence('s3://lake') })
      assert.deepEqual(s3.fetched, ['lake.json'], 'nothing else is fetched')
      const own = await spawnQuery(remote, { env: { AWS_ENDPOINT_URL: s3.url } })
      assert.equal(own.out.split('\r\n')[1], '3,7,1,1')
    })
  })

  it('explains an empty result of an empty lake', async () => {
    const { code, out, err } = await query(['whatsapp', '--lake', empty, '--format', 'json'])
    assert.deepEqual({ code, out }, { code: 0, out: '[]\n' })
    assert.match(err, /^0 rows.*\nThe lake at .*empty has no tables yet/)
  })

  for (const [what, args, message] of [
    ['an unknown query', ['whatsap'], /^query: there is no query "whatsap": did you mean "whatsapp"\?\n/],
    ['an unknown option', ['whatsapp', '--colour'], /--colour/],
    ['an unknown format', ['whatsapp', '--format', 'xml'], /no format "xml": table, csv, json/],
    ['an unknown engine', ['whatsapp', '--engine', 'spark'], /no engine "spark": duckdb, athena/],
    ['a name and a file', ['whatsapp', '--file', 'a.sql'], /one query at a time: whatsapp, a\.sql/],
    ['another direction', ['per-day', '--direction', 'up'], /no direction "up": inbound, outbound, both/],
    ['an empty filter', ['per-day', '--chat', ''], /--chat is empty/],
    ['a filter that it cannot have', ['quarantine', '--chat', '1'], /quarantine, which has no chats/],
    ['an impossible day', ['whatsapp', '--from', '2024-02-30'], /"2024-02-30" is not a date: write YYYY-MM-DD/],
    ['a lake for Athena', ['whatsapp', '--engine', 'athena', '--lake', 'lake'], /--lake is for --engine duckdb/],
    ['a workgroup for DuckDB', ['whatsapp', '--workgroup', 'w'], /are for --engine athena/],
    [
      'a rate card that does not exist',
      ['whatsapp-prices-per-day', '--rates', 'none.csv'],
      /--rates none\.csv: ENOENT/,
    ],
    [
      'a rate card with a wrong line',
      ['whatsapp-prices-per-day', '--rates', badRates],
      /^query: --rates .*bad-rates\.csv, line 2: price is a number, such as 0\.0625, not "free"\n/,
    ],
    ['a rate card for a query without rates', ['whatsapp', '--rates', rates], /common table expression "rates"/],
    ['a bucket without a name', ['whatsapp', '--lake', 's3://'], /"s3:\/\/" is not an S3 address/],
  ] as const) {
    it(`exits 2 for ${what}`, async () => {
      const { code, out, err } = await (what === 'an unknown query' ? spawnQuery : query)(args)
      assert.deepEqual({ code, out }, { code: 2, out: '' })
      assert.match(err, message)
      assert.doesNotMatch(err, /^ +at /m)
    })
  }

  for (const [what, args, message, env] of [
    ['a missing lake', ['whatsapp', '--lake', join(directory, 'none')], /^query: there is no lake at .*none\n$/, {}],
    [
      'a time zone that does not exist',
      ['whatsapp', '--lake', empty],
      /TIME_ZONE "Mars\/Base" is not/,
      { TIME_ZONE: 'Mars/Base' },
    ],
  ] as const) {
    it(`exits 1 for ${what}`, async () => {
      const { code, out, err } = await (what === 'a missing lake' ? spawnQuery : query)(args, { env })
      assert.deepEqual({ code, out }, { code: 1, out: '' })
      assert.match(err, message)
    })
  }

  it('reads the days from --from to --to, both included', async () => {
    const messages = async (...range: string[]) => {
      const { out } = await query(['whatsapp-delay', '--lake', GOLDEN, '--format', 'json', ...range])
      return JSON.parse(out).map(({ day }: { day: string }) => day)
    }
    assert.deepEqual(await messages('--from', '2024-12-30', '--to', '2025-01-02'), [
      '2024-12-30',
      '2025-01-01',
      '2025-01-02',
    ])
    assert.deepEqual(await messages('--to', '2024-12-28'), ['2024-12-27', '2024-12-28'])
  })

  it('computes amounts from a rate card', async () => {
    const args = ['whatsapp-prices-per-day', '--lake', GOLDEN, '--format', 'csv']
    const { out } = await query([...args, '--rates', rates])
    const columns = 'day,pricing_category,pricing_type,billable,messages,charged,amount\r\n'
    assert.equal(out, `${columns}2025-01-03,marketing,regular,true,1,1,0.0625\r\n`)
    assert.equal((await query(args)).out, `${columns}2025-01-03,marketing,regular,true,1,1,\r\n`)
  })

  it('runs SQL from a file or from stdin', async () => {
    const sql = `select count(*) as n -- how many?
      from telegram where context_date between cast(? as date) and cast(? as date);\n`
    const file = join(directory, 'mine.sql')
    writeFileSync(file, sql)
    const ofFile = await query(['--file', file, '--lake', GOLDEN, '--to', '2024-12-27', '--format', 'csv'])
    assert.deepEqual([ofFile.code, ofFile.out], [0, 'n\r\n3\r\n'])
    const ofStdin = await spawnQuery(['--file', '-', '--lake', GOLDEN, '--format', 'csv'], { input: sql })
    assert.deepEqual([ofStdin.code, ofStdin.out], [0, 'n\r\n17\r\n'])
  })

  it('accepts the parameters that a file declares', async () => {
    const input = `-- title: Talkative
-- description: Who wrote a lot.
-- grain: a person
-- parameters: from date = 2024-12-27, to date = 2024-12-27, least bigint = 2
select name from whatsapp
where context_date between cast(? as date) and cast(? as date)
group by name
having count(*) >= (select count(*) from telegram where message_id < cast(? as bigint) and context_date is not null)
order by name`
    const names = async (...args: string[]) =>
      (await query(['--file', '-', '--lake', GOLDEN, '--format', 'csv', ...args], { input })).out
    assert.equal(await names(), 'name\r\nAna\r\nBruno\r\n')
    assert.equal(await names('--set', 'least=5'), 'name\r\n')
  })

  for (const [what, input, message] of [
    ['a statement other than SELECT', "copy whatsapp to 'out.csv'", /only a SELECT/],
    [
      'SQL that reads another file',
      "select * from read_csv('/etc/hostname')",
      /read_csv|disabled|not allowed|Permission/i,
    ],
    ['SQL with a mistake', 'select nmae\nfrom whatsapp', /"nmae" not found[\s\S]*\^/],
  ] as const) {
    it(`does not run ${what}`, async () => {
      const { code, out, err } = await query(['--file', '-', '--lake', GOLDEN], { input })
      assert.deepEqual([code, out], [1, ''])
      assert.match(err, message)
    })
  }

  it('exits with 0 when the reader closes the pipe', async () => {
    const { code, err } = await spawnQuery(['whatsapp', '--lake', large, '--format', 'csv'], { closeStdout: true })
    assert.deepEqual({ code, err }, { code: 0, err: '' })
  })
})

describe('npm run query -- --engine athena', () => {
  before(() => {
    Object.assign(process.env, AWS)
  })

  /** Leads the AWS SDK to a server; returns the environment of the command. */
  const at = (AWS_ENDPOINT_URL: string) => Object.assign(process.env, { AWS_ENDPOINT_URL })

  const athena = (...args: string[]) => [
    '--engine',
    'athena',
    '--database',
    'chatlake',
    '--workgroup',
    'queries',
    ...args,
  ]

  it('prints the same as DuckDB, and the cost', async t => {
    const aws = await fakeAthena({
      fate: () => ({
        columns: [
          { Name: 'source', Type: 'varchar' },
          { Name: 'reason', Type: 'varchar' },
          { Name: 'messages', Type: 'bigint' },
          { Name: 'first_at', Type: 'timestamp' },
          { Name: 'last_at', Type: 'timestamp' },
        ],
        rows: [
          ['whatsapp', 'not_json', '2', '2024-12-28 10:00:00.000', '2025-01-05 22:00:00.000'],
          ['telegram', 'not_object', '1', '2025-01-06 08:00:00.000', '2025-01-06 08:00:00.000'],
          ['whatsapp', 'not_object', '1', '2025-01-05 22:00:10.000', '2025-01-05 22:00:10.000'],
        ],
      }),
      bytesScanned: 25 * 2 ** 40,
    })
    t.after(() => aws.close())
    const env = { ...at(aws.url), TIME_ZONE: 'Asia/Kolkata' }
    for (const format of ['table', 'csv', 'json']) {
      const [ofAthena, ofDuckDb] = await Promise.all([
        query(['quarantine-per-reason', '--format', format, '--from', '2024-01-01', ...athena()], { env }),
        query(['quarantine-per-reason', '--format', format, '--from', '2024-01-01', '--lake', GOLDEN]),
      ])
      assert.equal(ofAthena.code, 0, ofAthena.err)
      assert.equal(ofAthena.out, ofDuckDb.out)
      assert.match(
        ofAthena.err,
        /^3 rows, \d+\.\d\d s\nAthena read 25\.0 TB in 1\.23 s: about \$125\.00, at \$5 per TB, for at least 10 MB; .*\n$/,
      )
    }
    const { input } = aws.asked[0] ?? {}
    assert.deepEqual(input?.ExecutionParameters, ["'2024-01-01'", "'9999-12-31'"])
    assert.match(input?.QueryString ?? '', /'Asia\/Kolkata'/)
    assert.doesNotMatch(input?.QueryString ?? '', /Sao_Paulo/)
  })

  it('cancels the query in AWS on Ctrl-C', async t => {
    let started = () => {}
    const interrupt = new Promise<void>(resolve => {
      started = resolve
    })
    const aws = await fakeAthena({
      fate: () => ({ state: 'RUNNING' }),
      refuse: ({ action }) => {
        if (action === 'GetQueryExecution') started()
        return undefined
      },
    })
    t.after(() => aws.close())
    const env = { AWS_ENDPOINT_URL: aws.url }
    const { code, out, err } = await spawnQuery(['whatsapp', ...athena()], { env, interrupt })
    assert.deepEqual({ code, out, err }, { code: 130, out: '', err: 'query: interrupted\n' })
    assert.equal(aws.stopped.size, 1)
  })

  it("reports Athena's own error", async t => {
    const reason = "COLUMN_NOT_FOUND: line 1:8: Column 'nmae' cannot be resolved or requester is not authorized"
    const aws = await fakeAthena({ fate: () => ({ state: 'FAILED', reason }) })
    t.after(() => aws.close())
    const env = at(aws.url)
    const { code, out, err } = await query(['--file', '-', ...athena()], { env, input: 'select nmae from whatsapp' })
    assert.deepEqual({ code, out }, { code: 1, out: '' })
    assert.equal(err, `query: ${reason}\n  1 │ select nmae from whatsapp\n    │        ^\n`)
  })

  it('rejects other statements than SELECT without calling AWS', async t => {
    const aws = await fakeAthena({ fate: () => ({ state: 'RUNNING' }) })
    t.after(() => aws.close())
    const env = at(aws.url)
    const { code, err } = await query(['--file', '-', ...athena()], { env, input: 'drop table whatsapp' })
    assert.equal(code, 1)
    assert.match(err, /only a SELECT can be run/)
    assert.deepEqual(aws.asked, [])
  })
})

describe('npm run query -- --lake s3://', { concurrency: 2 }, () => {
  it('prints the same as a local lake, and fetches only the requested days', async t => {
    const s3 = await fakeS3(join(GOLDEN, 'enriched'))
    t.after(() => s3.close())
    const TMPDIR = temporaryDirectory(t)
    const args = ['telegram-per-user', '--from', '2024-12-28', '--to', '2025-01-01', '--format', 'csv']
    const remote = await spawnQuery([...args, '--lake', 's3://lake'], { env: { AWS_ENDPOINT_URL: s3.url, TMPDIR } })
    const local = await query([...args, '--lake', GOLDEN])
    assert.equal(remote.code, 0, remote.err)
    assert.equal(remote.out, local.out)
    assert.match(remote.err, /\n5 files, \d+\.\d KB, fetched from s3:\/\/lake\n$/)
    assert.deepEqual([...s3.fetched].sort(), [
      // a person's next id can arrive on any day
      ...['2025-01-03', '2025-01-04'].map(day => `identities/source=whatsapp/context_date=${day}/identities.parquet`),
      ...['2024-12-28', '2024-12-30', '2025-01-01'].map(day => `telegram/context_date=${day}/telegram.parquet`),
    ])
    assert.deepEqual(temporaryFiles(TMPDIR), [])
  })

  it('removes the fetched files on Ctrl-C', async t => {
    const s3 = await fakeS3(join(GOLDEN, 'enriched'), { hangs: /2025-01-01/ })
    t.after(() => s3.close())
    const TMPDIR = temporaryDirectory(t)
    const interrupt = (async () => {
      while (!s3.fetched.some(key => key.includes('2025-01-01'))) await new Promise(resolve => setTimeout(resolve, 50))
      assert.equal(temporaryFiles(TMPDIR).length, 1)
    })()
    const env = { AWS_ENDPOINT_URL: s3.url, TMPDIR }
    const { code, err } = await spawnQuery(['telegram', '--lake', 's3://lake'], { env, interrupt })
    assert.deepEqual({ code, err }, { code: 130, err: 'query: interrupted\n' })
    assert.deepEqual(temporaryFiles(TMPDIR), [])
  })
})

const temporaryFiles = (directory: string) => readdirSync(directory).filter(name => name.startsWith('chatlake-'))
