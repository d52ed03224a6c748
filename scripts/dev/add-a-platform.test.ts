import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ingestHandler } from '../../handlers/ingest/handler.ts'
import {
  environmentOf,
  NOON,
  proxyEvent,
  samplePost,
  secretOf,
  signedPost,
} from '../../handlers/ingest/testing/deliveries.ts'
import { only, openIngest, storeThatPuts } from '../../handlers/ingest/testing/harness.ts'
import { holdTimers } from '../../handlers/ingest/testing/timers.ts'
import { DEFAULT_TIME_ZONE, dayIn } from '../../handlers/lake/calendar.ts'
import type { ObjectStore } from '../../handlers/lake/object-store.ts'
import { altered } from '../../handlers/lake/testing/stores.ts'
import { sources as registeredSources } from '../../handlers/sources/index.ts'
import { tablesOf } from '../../handlers/sources/tables.ts'
import { pager } from '../../handlers/sources/testing/pager/index.ts'
import { testKit } from '../../handlers/sources/testing/pager/testing/test-kit.ts'
import { randomOf } from '../../handlers/sources/testing/random.ts'
import { transformDay } from '../../handlers/transform/transform-day.ts'
import { Configuration } from '../../handlers/webhook/configuration.ts'
import { synthesize } from '../../infra/testing/synth.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { eraseFrom } from '../erase/command.ts'
import { localLake } from '../lib/local/lake.ts'
import { ran } from '../lib/testing/run-command.ts'
import { openDuckDb } from '../query/duckdb.ts'
import { allRows } from '../query/engine.ts'
import { buildReport } from '../report/build-report.ts'
import { buildBundles, entryPoint } from './build/bundles.ts'
import { runFuzzer } from './fuzz/run.ts'
import type { Bucket, ListedObject } from './verify-faults/lake.ts'
import { LakeChecks } from './verify-faults/lake-checks.ts'
import { LogCheck } from './verify-faults/log-check.ts'
import { RunState } from './verify-faults/run-state.ts'
import { DAYS, dayOf, trafficOf } from './verify-faults/traffic.ts'

/*
 * An invented platform, Pager, goes all the way: handshake, ingest, transform, tables, infrastructure, a query, the
 * report, erasure, the fuzzer, faults. Everything that is particular to it is in its folder.
 */

const root = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = 'handlers/sources/testing/pager/'

/** The registry with one line more. */
const sources = [...registeredSources, pager] as const

const env = environmentOf([pager])
const DAY = '2026-03-10'
const directory = mkdtempSync(join(tmpdir(), 'chatlake-pager-'))
const lake = localLake(directory)
after(() => rmSync(directory, { recursive: true }))

test('nothing outside its folder names it, but this test and the guide', () => {
  const naming = ['handlers', 'infra', 'scripts', 'sql', 'fixtures', 'docs', 'cdktf.json', 'package.json'].flatMap(
    part =>
      (part.includes('.') ? [part] : filesIn(part)).filter(file =>
        /pager/i.test(readFileSync(join(root, file), 'utf8')),
      ),
  )
  assert.deepEqual(
    naming.filter(file => !file.startsWith(FOLDER)),
    ['scripts/dev/add-a-platform.test.ts', 'scripts/dev/build/bundles.test.ts', 'docs/add-a-platform.md'],
  )
})

const filesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, path, name }) =>
      join(parentPath ?? path, name)
        .slice(root.length)
        .replaceAll(sep, '/'),
    )

describe('handshake and ingest', () => {
  const handshake = (sentAt: number, secret = secretOf) => {
    const { method, body = null } = pager.sample.handshake?.(secret) ?? assert.fail()
    return proxyEvent({ method, body, headers: pager.webhook.sign(body ?? Buffer.of(), secret, sentAt) })
  }

  test('the handshake by POST is answered with its challenge, and not stored', async () => {
    const { status, body, stored, logged } = await openIngest(pager, { env }).deliver(handshake(NOON))
    assert.deepEqual([status, body, stored, logged], [200, '8f3b1c', [], ['verified']])
    const forged = await openIngest(pager, { env }).deliver(handshake(NOON, () => 'guessed'))
    assert.deepEqual([forged.status, forged.logged], [401, ['unauthorized']])
  })

  test('a signature is over a time, and counts for five minutes', async () => {
    const body = pager.sample.body(1, 'olá')
    const statusAfter = async (ms: number) => {
      const headers = pager.webhook.sign(body, secretOf, NOON - ms)
      return (await openIngest(pager, { env }).deliver(signedPost(pager, body, { headers }))).status
    }
    const seconds = [0, 299, -299, 302, -302].map(seconds => statusAfter(seconds * 1000))
    assert.deepEqual(await Promise.all(seconds), [200, 200, 200, 401, 401])
    const { 'x-pager-signature': signature = '' } = pager.webhook.sign(body, secretOf, NOON - 1000)
    const headers = { ...pager.webhook.sign(body, secretOf, NOON), 'x-pager-signature': signature }
    assert.equal((await openIngest(pager, { env }).deliver(signedPost(pager, body, { headers }))).status, 401)
  })

  test('it answers within its own time, well before the platform gives up', async t => {
    const pass = holdTimers(t)
    const raw = () => storeThatPuts(() => new Promise(() => {}))
    const answer = openIngest(pager, { env, raw }).deliver(samplePost(pager))
    await new Promise(setImmediate)
    pass(2_000)
    assert.equal((await answer).status, 500)
  })

  test('a delivery is stored byte for byte, one of another team is not', async () => {
    const { key, body } = only(await openIngest(pager, { env }).deliver(samplePost(pager)))
    assert.match(key, new RegExp(`^pager/context_date=${DAY}/[0-9a-f]{64}\\.json$`))
    assert.match(body.toString(), /"team":"T1001"/)
    const { status, stored } = await openIngest(pager, { env: { ...env, PAGER_TEAM: 'T9' } }).deliver(samplePost(pager))
    assert.deepEqual([status, stored], [200, []])
  })
})

describe('transform, tables, query, report and erasure', () => {
  const TEXTS = ['a primeira', 'a segunda', 'a terceira'] as const

  before(async () => {
    const configuration = new Configuration(env)
    const handler = ingestHandler(
      pager,
      { configuration, raw: () => lake.raw, day: dayIn(DEFAULT_TIME_ZONE) },
      () => {},
    )
    for (const [i, text] of TEXTS.entries())
      assert.equal((await handler(signedPost(pager, pager.sample.body(i + 1, text)))).statusCode, 200)
    const { items, rows, duplicates, quarantined } = await transformDay(pager, DAY, lake)
    assert.deepEqual([items, rows, duplicates, quarantined], [3, 3, 0, 0])
  })

  const ask = async (sql: string) => {
    const engine = await openDuckDb(directory, tablesOf(sources))
    try {
      return await allRows(await engine.run(sql))
    } finally {
      await engine.close()
    }
  }

  test('its table is one of the lake, and a query reads it', async () => {
    assert.deepEqual(
      tablesOf(sources)
        .filter(({ name }) => !tablesOf(registeredSources).some(table => table.name === name))
        .map(({ name }) => name),
      ['pager'],
    )
    const rows = await ask('select page_id, person, text, context_date from pager order by page_id')
    assert.deepEqual(
      rows.map(row => row.map(String)),
      TEXTS.map((text, i) => [`page-${i + 1}`, `u-${i + 1}`, text, DAY]),
    )
  })

  test('the report draws its saved query, in both languages and in its own words', async () => {
    const queries = savedQueries(join(root, FOLDER, 'queries'))
    const engine = await openDuckDb(directory, tablesOf(sources))
    const settings = { queries, timeZone: DEFAULT_TIME_ZONE, generatedAt: NOON, sources }
    const [pt, en] = [
      await buildReport(engine, { ...settings, language: 'pt' }),
      await buildReport(engine, { ...settings, language: 'en' }),
    ]
    await engine.close()
    assert.match(pt, /Pager<\/span> Páginas por equipe/)
    assert.match(pt, />equipe</)
    assert.match(en, /Pager<\/span> Pages by team/)
  })

  test('one of its people is erased, and the others stay', async () => {
    const erase = eraseFrom(sources)
    const args = ['--source', 'pager', '--lake', directory]
    assert.equal((await ran(erase, [...args, '--person', 'Ana'])).code, 2)
    const { code, stderr } = await ran(erase, [...args, '--person', 'u-2', '--yes'])
    assert.equal(code, 0, stderr)
    assert.deepEqual((await ask('select text from pager order by text')).flat(), [TEXTS[0], TEXTS[2]])
    await transformDay(pager, DAY, lake)
    assert.deepEqual((await ask('select text from pager order by text')).flat(), [TEXTS[0], TEXTS[2]])
    assert.match((await ran(erase, ['--help'])).stdout, /Pager: a user id \(u-…\)/)
  })
})

describe('infrastructure', () => {
  const handlers = join(directory, 'handlers')
  const dist = join(directory, 'dist')

  before(async () => {
    mkdirSync(handlers, { recursive: true })
    for (const stage of ['ingest', 'transform'] as const)
      writeFileSync(
        join(handlers, `pager-${stage}.ts`),
        entryPoint('pager', stage, join(root, 'handlers'), join(root, FOLDER)),
      )
    await buildBundles({ sources: [pager], handlers, dist })
  })

  test('the bundle of its entry point answers and stores nothing without configuration', async () => {
    const { handler } = await import(pathToFileURL(join(dist, 'pager-ingest', 'index.mjs')).href)
    const { statusCode } = await handler(samplePost(pager))
    assert.equal(statusCode, 500)
  })

  test('a stage of it alone has its functions, route, schedule, alarms, table and settings', () => {
    const { stack } = synthesize({ CHATLAKE_SOURCES: 'pager' }, { knownSources: sources, dist })
    const ids = (type: string) => Object.keys(stack.resource[type] ?? {}).map(id => id.replace(/_[0-9A-F]{8}$/, ''))
    assert.deepEqual(ids('aws_lambda_function'), ['pager-ingest_function', 'pager-transform_function'])
    assert.deepEqual(ids('aws_scheduler_schedule'), ['pager-daily_schedule'])
    assert.ok(ids('aws_glue_catalog_table').includes('catalog_pager'))
    const alarmsOf = (alarms: object, source: string) =>
      Object.keys(alarms)
        .map(id => id.replace(/_[0-9A-F]{8}$/, ''))
        .flatMap(id => (id.startsWith(`alarms_${source}-`) ? [id.slice(`alarms_${source}-`.length)] : []))
    const registered = synthesize({}).stack.resource.aws_cloudwatch_metric_alarm ?? {}
    const alarms = alarmsOf(stack.resource.aws_cloudwatch_metric_alarm ?? {}, 'pager')
    // every alarm that both registered platforms have, and only ones that one of them has
    const [ofWhatsApp, ofTelegram] = [alarmsOf(registered, 'whatsapp'), alarmsOf(registered, 'telegram')]
    const ofBoth = ofWhatsApp.filter(alarm => ofTelegram.includes(alarm))
    assert.ok(ofBoth.length > 4)
    assert.deepEqual(
      ofBoth.filter(alarm => !alarms.includes(alarm)),
      [],
    )
    assert.deepEqual(
      alarms.filter(alarm => !ofWhatsApp.includes(alarm) && !ofTelegram.includes(alarm)),
      [],
    )
    const [api] = Object.values(stack.resource.aws_api_gateway_rest_api ?? {})
    const { paths } = JSON.parse(String(api?.body))
    assert.deepEqual(
      Object.entries(paths).map(([path, methods]) => [path, Object.keys(Object(methods))]),
      [['/pager', ['post']]],
    )
    const { environment } =
      Object.entries(stack.resource.aws_lambda_function ?? {}).find(([id]) => id.startsWith('pager-ingest'))?.[1] ?? {}
    assert.match(JSON.stringify(environment), /"PAGER_TEAM":"T1001"/)
    assert.match(JSON.stringify(stack.variable.secrets), /PAGER_SIGNING_SECRET/)
  })
})

test('the fuzzer finds nothing', async () => {
  const kits = [testKit]
  const seedsOf = () => [pager.sample.body(1, 'uma'), traffic()].map(body => Buffer.from(body))
  const traffic = () => testKit.traffic(randomOf(1))().bytes
  const { cases, rows, quarantined } = await runFuzzer({
    seed: 1,
    cases: 200,
    until: Number.POSITIVE_INFINITY,
    kits,
    seedsOf,
  })
  assert.equal(cases, 200)
  assert.ok(rows > 200 && quarantined > 20, `${rows} rows, ${quarantined} in quarantine`)
})

/*
 * The traffic and the checks of `npm run verify:faults` in this process: deliveries that are repeated, forged or of
 * another team, stores that fail before or after a write. That command itself adds, for the registered platforms, processes
 * that are killed and a real S3 server behind a faulty network.
 */
test('faults: what is acknowledged is stored, and every table has what the checks expect', async () => {
  const random = randomOf(7)
  const unreliable = async <T>(work: () => Promise<T>): Promise<T> => {
    if (random.chance(0.1)) throw new Error('InternalError before the request')
    const result = await work()
    if (random.chance(0.1)) throw new Error('InternalError after the request')
    return result
  }
  const { raw, enriched } = localLake(join(directory, 'faults'))
  const log = new LogCheck([secretOf('PAGER_SIGNING_SECRET')])
  const handler = ingestHandler(
    pager,
    {
      configuration: new Configuration(env),
      raw: () => altered(raw, { putIfAbsent: (...put) => unreliable(() => raw.putIfAbsent(...put)) }),
      day: dayIn(DEFAULT_TIME_ZONE),
    },
    log.read,
  )
  const traffic = trafficOf(7, 400, [testKit])
  const sender = { attempted: new Map<string, Set<number>>(), acknowledged: new Set<string>() }
  for (const { body, at, isForged } of traffic) {
    const event = signedPost(pager, body.bytes, { at }, isForged ? () => 'guessed' : secretOf)
    let status = 500
    while (status === 500) status = (await handler(event)).statusCode
    assert.equal(status, isForged ? 401 : 200)
    if (isForged || body.isOfOtherChat) continue
    const key = `pager/context_date=${dayOf(at)}/${body.sha256}.json`
    sender.attempted.set(key, (sender.attempted.get(key) ?? new Set()).add(at))
    sender.acknowledged.add(key)
  }
  log.verify()

  const run = new RunState(7, [testKit], '')
  const options = { raw: bucketOf(raw), rawFiles: join(directory, 'faults', 'raw'), enriched: bucketOf(enriched) }
  const checks = new LakeChecks({ run, traffic, sender, ...options })
  const days = await checks.checkRaw()
  const faulty = altered(enriched, {
    get: key => unreliable(() => enriched.get(key)),
    put: (...put) => unreliable(() => enriched.put(...put)),
  })
  for (const date of DAYS) {
    const untilDone = (): Promise<unknown> => transformDay(pager, date, { raw, enriched: faulty }).catch(untilDone)
    await untilDone()
  }
  const { rows, quarantinedRows } = await checks.checkTables(days)
  assert.ok(rows > 300 && quarantinedRows > 20, `${rows} rows, ${quarantinedRows} in quarantine`)
})

const bucketOf = (store: ObjectStore): Bucket => ({
  get: async key => {
    const object = await store.get(key)
    return object && Buffer.from(object.body)
  },
  async list() {
    const objects: ListedObject[] = []
    for await (const page of store.list('')) objects.push(...page.map(object => ({ ...object, etag: '' })))
    return objects
  },
})
