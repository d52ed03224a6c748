import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { tableKey } from '../handlers/lake/layout.ts'
import { backfill } from './backfill/command.ts'
import { progress } from './lib/cli/progress.ts'
import { deliver, emptyLake, fixture } from './lib/testing/fixture-lake.ts'
import { ran } from './lib/testing/run-command.ts'
import { runScript } from './lib/testing/run-script.ts'
import { stubServer } from './lib/testing/stub-server.ts'

const journal = () => join(mkdtempSync(join(tmpdir(), 'chatlake-journal-')), 'journal.jsonl')

/** A lake with one message on the 1st that is delivered again on the 3rd, and others on the 2nd. */
async function smallLake() {
  const lake = emptyLake()
  await deliver(lake.raw, 'whatsapp', '2026-11-01', fixture('whatsapp/text'))
  await deliver(lake.raw, 'whatsapp', '2026-11-02', fixture('whatsapp/image-with-caption'))
  await deliver(lake.raw, 'whatsapp', '2026-11-03', fixture('whatsapp/text'))
  await deliver(lake.raw, 'telegram', '2026-11-02', fixture('telegram/text'))
  return lake
}

const row = (stdout: string, source: string) =>
  stdout
    .split('\n')
    .find(line => line.startsWith(source))
    ?.split(/ +/)

describe('backfill of a local lake', () => {
  test('transforms every day of every platform and prints the sums', async () => {
    const lake = await smallLake()
    const file = journal()
    const { code, stdout } = await ran(backfill, [
      '--from',
      '2026-11-01',
      '--to',
      '2026-11-04',
      '--lake',
      lake.directory,
      '--journal',
      file,
    ])
    assert.equal(code, 0)
    assert.deepEqual(stdout.split('\n')[0]?.trim().split(/ +/), [
      'days',
      'objects',
      'items',
      'rows',
      'duplicates',
      'quarantined',
    ])
    assert.deepEqual(row(stdout, 'whatsapp'), ['whatsapp', '4/4', '3', '3', '2', '1', '0'])
    assert.deepEqual(row(stdout, 'telegram'), ['telegram', '4/4', '1', '1', '1', '0', '0'])
    assert.equal(
      stdout.slice(stdout.indexOf('rows', stdout.indexOf('\n'))),
      `rows               whatsapp  telegram
whatsapp                  2         –
whatsapp_statuses         0         –
events                    0         0
identities                0         0
quarantine                0         0
telegram                  –         1
`,
    )
    assert.throws(() => readFileSync(file), /ENOENT/)
  })

  test('the first run records the time zone; a run that is told another is refused before any day', async () => {
    const lake = await smallLake()
    const args = ['--date', '2026-11-01', '--lake', lake.directory, '--journal', journal()]
    const first = await ran(backfill, args, { TIME_ZONE: 'Europe/Berlin' })
    assert.match(first.stderr, /^The lake's time zone is now recorded in lake\.json: Europe\/Berlin\n/)
    assert.equal((await lake.enriched.get('lake.json'))?.body.toString(), '{"time_zone":"Europe/Berlin"}\n')
    const { code, stdout, stderr } = await ran(backfill, args, { TIME_ZONE: 'UTC' }, 'backfill')
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /raw\/lake\.json says that .* is Europe\/Berlin, but TIME_ZONE is UTC: unset TIME_ZONE/)
    assert.equal((await ran(backfill, args)).code, 0)
  })

  test('a failed day blocks the days after it; the same command then resumes without the finished days', async () => {
    const lake = await smallLake()
    const args = ['--from', '2026-11-01', '--to', '2026-11-03', '--lake', lake.directory, '--journal', journal()]
    const obstacle = join(lake.directory, 'enriched', tableKey('whatsapp', '2026-11-02'))
    mkdirSync(obstacle, { recursive: true })
    writeFileSync(join(obstacle, 'in-the-way'), '')
    const first = await ran(backfill, args)
    assert.equal(first.code, 1)
    assert.match(first.stderr, /whatsapp 2026-11-02 failed: .*\n[\s\S]*Incomplete/)
    assert.deepEqual(row(first.stdout, 'whatsapp')?.slice(0, 2), ['whatsapp', '1/3'])
    assert.deepEqual(row(first.stdout, 'telegram')?.slice(0, 2), ['telegram', '3/3'])

    rmSync(obstacle, { recursive: true })
    const second = await ran(backfill, args)
    assert.equal(second.code, 0)
    assert.match(second.stderr, /Resuming .*: 4 of 6 days are done/)
    assert.deepEqual(row(second.stdout, 'whatsapp'), ['whatsapp', '3/3', '3', '3', '2', '1', '0'])
  })

  test('ignores an incomplete last line of the journal, and rejects the journal of another backfill', async () => {
    const lake = await smallLake()
    const file = journal()
    const args = [
      '--date',
      '2026-11-01',
      '--date',
      '2026-11-20',
      '--source',
      'whatsapp',
      '--lake',
      lake.directory,
      '--journal',
      file,
    ]
    const task = JSON.stringify({ target: lake.directory, names: ['whatsapp'], dates: ['2026-11-01', '2026-11-20'] })
    writeFileSync(file, `${JSON.stringify({ task, started: '2026-11-24T00:00:00Z' })}\n{"source":"whatsapp","da`)
    const { code, stderr } = await ran(backfill, args)
    assert.equal(code, 0)
    assert.match(stderr, /0 of 2 days/)
    writeFileSync(file, `${JSON.stringify({ task: 'another', started: '2026-11-24T00:00:00Z' })}\n`)
    assert.match((await ran(backfill, args)).stderr, /journal of another backfill/)
    assert.equal((await ran(backfill, [...args, '--restart'])).code, 0)
  })

  test('exit codes for wrong arguments', async () => {
    const codes = async (...args: string[]) => (await ran(backfill, ['--lake', '.', ...args])).code
    assert.equal(await codes('--from', '2026-11-01'), 2)
    assert.equal(await codes('--from', '2026-11-02', '--to', '2026-11-01'), 2)
    assert.equal(await codes('--from', '2026-02-30', '--to', '2026-03-01'), 2)
    assert.equal(await codes('--from', '2026-11-01', '--to', '2206-11-01'), 2)
    assert.equal(await codes('--date', '2026-11-01', '--source', 'signal'), 2)
    assert.equal(await codes('--date', '2026-11-01', '--at-once', '0'), 2)
    assert.equal((await ran(backfill, ['--lake', '/nowhere/at/all', '--date', '2026-11-01'])).code, 1)
  })
})

/**
 * A stub of Lambda's Invoke: POST /2015-03-31/functions/<name>/invocations, with errors flagged in a header.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
async function lambda(answer: (name: string, date: string) => Promise<object> | object) {
  const server = await stubServer(async ({ path, body }) => {
    const [, name = ''] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path) ?? []
    const { date } = JSON.parse(body.toString())
    const result = await answer(name, date)
    if ('throttled' in result) {
      return {
        status: 429,
        headers: { 'x-amzn-errortype': 'TooManyRequestsException' },
        body: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
      }
    }
    return { headers: 'errorMessage' in result ? { 'x-amz-function-error': 'Unhandled' } : {}, body: result }
  })
  after(() => server.close())
  const env = {
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: 'sa-east-1',
    AWS_ACCESS_KEY_ID: 'only',
    AWS_SECRET_ACCESS_KEY: 'for-tests',
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  const args = ['--function', 'lake-{source}-transform', '--journal', journal()]
  return { env, args, asked: server.asked }
}

const stats = (source: string, date: string) => ({
  source,
  date,
  objects: 2,
  items: 2,
  rows: 1,
  duplicates: 1,
  quarantined: 0,
  tables: { [source]: { key: null, rows: 1 } },
})

test('Ctrl-C stops a local backfill after the running days', async () => {
  const { directory } = await smallLake()
  const file = journal()
  const started = (async () => {
    while (!existsSync(file)) await sleep(5)
  })()
  const days = ['--source', 'telegram', '--from', '2016-01-01', '--to', '2025-12-31']
  const { code, stdout, stderr } = await runScript('backfill', ['--lake', directory, '--journal', file, ...days], {
    watch: child => started.then(() => child.kill('SIGINT')),
  })
  assert.equal(code, 1)
  assert.match(stderr, /Interrupted: run the same command again/)
  const [, done] = /telegram +(\d+)\/3653/.exec(stdout) ?? []
  assert.ok(Number(done) < 3653, stdout)
})

describe('backfill with the deployed functions', () => {
  test('invokes each platform’s function with a date, and retries when throttled', async () => {
    const calls: string[] = []
    const { env, args } = await lambda((name, date) => {
      calls.push(`${name} ${date}`)
      return calls.length === 1 ? { throttled: true } : stats('telegram', date)
    })
    Object.assign(process.env, env)
    const { code, stdout } = await ran(
      backfill,
      [...args, '--source', 'telegram', '--from', '2026-11-01', '--to', '2026-11-02'],
      env,
    )
    assert.equal(code, 0)
    const name = 'lake-telegram-transform'
    assert.deepEqual(calls, [`${name} 2026-11-01`, `${name} 2026-11-01`, `${name} 2026-11-02`])
    assert.deepEqual(row(stdout, 'telegram'), ['telegram', '2/2', '4', '4', '2', '2', '0'])
  })

  test("reports the function's own error, and a response without counts", async () => {
    const { env, args } = await lambda(name =>
      name.includes('telegram') ? { errorType: 'Error', errorMessage: 'AWS_S3_RAW is not set' } : { hello: 'world' },
    )
    Object.assign(process.env, env)
    const { code, stderr } = await ran(backfill, [...args, '--date', '2026-11-01'], env)
    assert.equal(code, 1)
    assert.match(stderr, /telegram 2026-11-01 failed: Error: AWS_S3_RAW is not set/)
    assert.match(stderr, /whatsapp 2026-11-01 failed: lake-whatsapp-transform did not return a day's counts/)
  })

  test('Ctrl-C waits for the running day, and the same command resumes', async () => {
    let interrupt = () => {}
    const { env, args, asked } = await lambda(async (_, date) => {
      if (date === '2026-11-02') interrupt()
      await new Promise(resolve => setTimeout(resolve, 100))
      return stats('whatsapp', date)
    })
    const parameters = [...args, '--source', 'whatsapp', '--from', '2026-11-01', '--to', '2026-11-04']
    const first = await runScript('backfill', parameters, {
      env,
      watch: child => {
        interrupt = () => child.kill('SIGINT')
      },
    })
    interrupt = () => {}
    assert.equal(first.code, 1)
    assert.match(first.stdout, /whatsapp +2\/4/)
    assert.match(first.stderr, /Interrupted: run the same command again/)
    Object.assign(process.env, env)
    const second = await ran(backfill, parameters, env)
    assert.equal(second.code, 0)
    assert.match(second.stdout, /whatsapp +4\/4/)
    assert.equal(asked.length, 4)
  })

  test('fails when nothing is deployed and no lake is given', async () => {
    const { code, stderr } = await ran(backfill, ['--date', '2026-11-01'], { CHATLAKE_STAGE: 'nowhere' })
    assert.equal(code, 1)
    assert.match(stderr, /nothing was deployed.*: give --function, or a lake with --lake/)
  })
})

test('draws a progress bar only on a terminal', () => {
  const drawn = (isTTY: boolean) => {
    let text = ''
    const bar = progress(4, { isTTY, columns: 60, write: (more: string) => (text += more) })
    bar.show(1, 'whatsapp 2026-11-01')
    bar.clear()
    return text
  }
  assert.match(drawn(true), /█{6}░{18} 1\/4 whatsapp 2026-11-01/)
  assert.equal(drawn(false), '')
})
