import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tables } from '../handlers/lake/tables.ts'
import { tableRows, writeLake } from './query/test-lake.ts'

const script = fileURLToPath(new URL('query.ts', import.meta.url))
const root = fileURLToPath(new URL('..', import.meta.url))

interface Options {
  readonly env?: NodeJS.ProcessEnv
  /** Whether the reader leaves after the first piece, as `head` does. */
  readonly leave?: boolean
}

/** Runs the command to its end. */
function query(args: readonly string[], { env, leave = false }: Options = {}) {
  return new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
      cwd: root,
      env: { ...process.env, TIME_ZONE: '', ...env },
    })
    const ended = { code: null as number | null, out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', text => {
      ended.out += text
      if (leave) child.stdout.destroy()
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      ended.err += text
    })
    child.on('error', reject).on('close', code => resolve({ ...ended, code }))
  })
}

describe('npm run query', { concurrency: 2 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'chatlake-'))
  const lake = join(directory, "it's a lake")
  const empty = join(directory, 'empty')
  const large = join(directory, 'large')

  before(async () => {
    const [whatsapp] = tables.filter(table => table.name === 'whatsapp')
    assert.ok(whatsapp)
    const day = 'whatsapp/context_date=2024-01-07/whatsapp.parquet'
    const row = { name: `'Ana, "a" <b>'`, number: '9223372036854775807', message: "''", date: '1704596399' }
    mkdirSync(empty)
    await writeLake(lake, { [day]: tableRows(whatsapp, [row]) })
    await writeLake(large, { [day]: `select r.* from (${tableRows(whatsapp, [row])}) as r, range(100000)` })
  })
  after(() => rmSync(directory, { recursive: true }))

  it('alone or with --help lists the queries', async () => {
    for (const args of [[], ['whatsapp', '--help']]) {
      const { code, out, err } = await query(args)
      assert.deepEqual({ code, err }, { code: 0, err: '' })
      assert.match(out, /^ {2}whatsapp +Every WhatsApp message$/m)
      assert.match(out, /^ {2}whatsapp-hora-dia-semana +WhatsApp messages per hour/m)
    }
  })

  it('puts data on stdout and the rest on stderr', async () => {
    const { code, out, err } = await query(['whatsapp', '--lake', lake, '--format', 'csv'])
    assert.equal(code, 0)
    assert.equal(
      out,
      'name,number,message,date,type,message_id,user_id,phone_number_id,reply_to,media_id,media_type,received_at,context_date\r\n' +
        '"Ana, ""a"" <b>",9223372036854775807,"",1704596399,,,,,,,,,2024-01-07\r\n',
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

  it('has nothing to say of an empty lake, and says so', async () => {
    const { code, out, err } = await query(['whatsapp', '--lake', empty, '--format', 'json'])
    assert.deepEqual({ code, out }, { code: 0, out: '[]\n' })
    assert.match(err, /^0 rows.*\nThe lake at .*empty has no tables yet/)
  })

  for (const [what, args, message] of [
    ['an unknown query', ['whatsap'], /^query: there is no query "whatsap": did you mean "whatsapp"\?\n/],
    ['two queries', ['whatsapp', 'telegram'], /one query at a time/],
    ['an unknown option', ['whatsapp', '--colour'], /--colour/],
    ['an unknown format', ['whatsapp', '--format', 'xml'], /no format "xml": table, csv, json/],
  ] as const) {
    it(`exits 2 for ${what}`, async () => {
      const { code, out, err } = await query(args)
      assert.deepEqual({ code, out }, { code: 2, out: '' })
      assert.match(err, message)
      assert.doesNotMatch(err, /^ +at /m)
    })
  }

  for (const [what, args, message, env] of [
    [
      'a lake that is not there',
      ['whatsapp', '--lake', join(directory, 'none')],
      /^query: there is no lake at .*none\n$/,
      {},
    ],
    [
      'a time zone that does not exist',
      ['whatsapp', '--lake', empty],
      /TIME_ZONE "Mars\/Base" is not/,
      { TIME_ZONE: 'Mars/Base' },
    ],
  ] as const) {
    it(`exits 1 for ${what}`, async () => {
      const { code, out, err } = await query(args, { env })
      assert.deepEqual({ code, out }, { code: 1, out: '' })
      assert.match(err, message)
    })
  }

  it('ends in peace when its reader leaves', async () => {
    const { code, err } = await query(['whatsapp', '--lake', large, '--format', 'csv'], { leave: true })
    assert.deepEqual({ code, err }, { code: 0, err: '' })
  })
})
