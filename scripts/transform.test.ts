import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { LAKE_KEY, rawKey } from '../handlers/lake/layout.ts'
import { localLake } from './lib/local/lake.ts'
import { ran } from './lib/testing/run-command.ts'
import { runScript } from './lib/testing/run-script.ts'
import { transform } from './transform/command.ts'

const script = fileURLToPath(new URL('transform.ts', import.meta.url))
const lake = mkdtempSync(join(tmpdir(), 'chatlake-transform-'))
after(() => rmSync(lake, { recursive: true }))

test("prints only the day's counts to stdout, as JSON", async () => {
  const body = Buffer.from('{"update_id":1,"message":{"message_id":2,"chat":{"id":3}}}')
  await localLake(lake).raw.putIfAbsent(rawKey('telegram', '2026-11-24', body), body, 0)
  const args = ['--source', 'telegram', '--date', '2026-11-24', '--lake', lake]
  const { code, stdout, stderr } = await runScript('transform', args)
  assert.equal(code, 0)
  assert.equal(stderr, "The lake's time zone is now recorded in lake.json: America/Sao_Paulo\n")
  assert.deepEqual(JSON.parse(stdout), {
    source: 'telegram',
    date: '2026-11-24',
    objects: 1,
    items: 1,
    rows: 1,
    duplicates: 0,
    quarantined: 0,
    tables: {
      telegram: { key: 'telegram/context_date=2026-11-24/telegram.parquet', rows: 1 },
      events: { key: null, rows: 0 },
      identities: { key: null, rows: 0 },
      quarantine: { key: null, rows: 0 },
    },
  })
})

test('the time zone of TIME_ZONE is recorded by the first run; a run that is told another is refused', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'chatlake-transform-'))
  after(() => rmSync(directory, { recursive: true }))
  mkdirSync(join(directory, 'raw'))
  const args = ['--source', 'telegram', '--date', '2026-11-24', '--lake', directory]
  const run = (TIME_ZONE: string) => ran(transform, args, { TIME_ZONE }, 'transform')
  assert.deepEqual((await run('Mars/Base')).code, 1)
  assert.equal(await localLake(directory).raw.get(LAKE_KEY), null)
  assert.match((await run('Europe/Berlin')).stderr, /recorded in lake\.json: Europe\/Berlin/)
  for (const store of [localLake(directory).raw, localLake(directory).enriched])
    assert.equal((await store.get(LAKE_KEY))?.body.toString(), '{"time_zone":"Europe/Berlin"}\n')
  assert.deepEqual(await run('UTC'), {
    code: 1,
    stdout: '',
    stderr:
      `transform: ${directory}/raw/lake.json says that the lake's time zone is Europe/Berlin, ` +
      'but TIME_ZONE is UTC: unset TIME_ZONE, or name another lake\n',
  })
  for (const zone of ['', 'Europe/Berlin'])
    assert.deepEqual([(await run(zone)).code, (await run(zone)).stderr], [0, ''], zone)
})

test('exits with 2 for wrong arguments and with 1 for a missing lake', async () => {
  const cases: [args: string[], expected: number, message: RegExp][] = [
    [[], 2, /--source .*whatsapp or telegram/],
    [['--source', 'signal', '--date', '2026-11-24'], 2, /--source .*whatsapp or telegram/],
    [['--source', 'telegram'], 2, /--date .*YYYY-MM-DD/],
    [['--source', 'telegram', '--date', '2026-02-30'], 2, /2026-02-30/],
    [['--frob'], 2, /--frob/],
    [['--source', 'telegram', '--date', '2026-11-24', '--lake', join(lake, 'none')], 1, /no lake at/],
    [['--source', 'telegram', '--date', '2026-11-24', '--lake', script], 1, /no lake at/],
    [['--source', 'telegram', '--date', '2026-11-24', '--lake', tmpdir()], 1, /is not a lake/],
  ]
  for (const [args, expected, message] of cases) {
    const { code, stdout, stderr } = await runScript('transform', args)
    assert.equal(code, expected, args.join(' '))
    assert.match(stderr, message)
    assert.equal(stdout, '')
  }
})
