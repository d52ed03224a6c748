import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tables } from '../handlers/sources/tables.ts'
import { isDrawn, savedQueries } from '../sql/catalog.ts'
import type { Filters } from '../sql/filters.ts'
import { ran } from './lib/testing/run-command.ts'
import { runScript } from './lib/testing/run-script.ts'
import { openDuckDb } from './query/duckdb.ts'
import { allRows, type Engine, type Result, type Row } from './query/engine.ts'
import { buildReport } from './report/build-report.ts'
import { report as command } from './report/command.ts'
import type { Language } from './report/language.ts'
import { hostileLake } from './report/testing/hostile-lake.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const ENVIRONMENT = { ...process.env, TIME_ZONE: '', LC_ALL: '', LANG: '' }

/** Runs the command in this process. */
async function report(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { code, stdout, stderr } = await ran(command, args, { ...ENVIRONMENT, ...env }, 'report')
  return { code, out: stdout, err: stderr }
}

/** Runs the command in a process of its own. */
async function spawnReport(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { code, stdout, stderr } = await runScript('report', args, { cwd: root, env: { ...ENVIRONMENT, ...env } })
  return { code, out: stdout, err: stderr }
}

// assert.match would quote the whole page in its message.
const assertContains = (page: string, what: RegExp) => assert.ok(what.test(page), `${what} is missing`)
const assertLacks = (page: string, what: RegExp) => assert.equal(what.exec(page)?.[0], undefined)

/** The queries whose figures a page shows. */
const figuresOf = (page: string) => [...page.matchAll(/<figure [^>]*id="([^"]+)"/g)].map(([, name = '']) => name)

/** The queries that have no data in the lake of the tests, or only a single value. */
const NOTHING_TO_SHOW: readonly string[] = ['telegram-forwarded', 'whatsapp-forwarded', 'whatsapp-per-phone-number']

describe('npm run report', { concurrency: 2 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'chatlake-'))
  const lake = join(directory, 'lake')
  const out = (name: string) => join(directory, name)
  let english: Promise<string>
  before(async () => {
    await hostileLake(lake)
    english = build('en')
  })
  after(() => rmSync(directory, { recursive: true }))

  /** The results of the queries on the lake of all days, by SQL and parameters. */
  const results = new Map<string, Promise<{ result: Result; rows: Row[] }>>()

  /** An engine that runs a query once, however many reports draw its result. */
  const remembering = (engine: Engine): Engine => ({
    ...engine,
    async run(sql, parameters) {
      const key = JSON.stringify([sql, parameters])
      if (!results.has(key))
        results.set(
          key,
          engine.run(sql, parameters).then(async result => ({ result, rows: await allRows(result) })),
        )
      const { result, rows } = await (results.get(key) ?? assert.fail())
      return { ...result, batches: batch(rows) }
    },
  })
  async function* batch(rows: Row[]) {
    yield rows
  }

  /** Builds a report in this process. */
  async function build(
    language: Language,
    queries = savedQueries(),
    range: { from?: string; to?: string } = {},
    { directory = lake, isFresh = false } = {},
  ) {
    const engine = await openDuckDb(directory, tables)
    try {
      const instant = Date.parse('2026-11-22T12:34:00Z')
      return await buildReport(directory === lake && !isFresh ? remembering(engine) : engine, {
        queries,
        language,
        timeZone: 'America/Sao_Paulo',
        generatedAt: instant,
        ...range,
      })
    } finally {
      await engine.close()
    }
  }

  it('writes one file, in the language of LANG', async () => {
    const {
      code,
      out: stdout,
      err,
    } = await spawnReport(['--lake', lake, '--out', out('r.html')], {
      LANG: 'pt_BR.UTF-8',
    })
    assert.deepEqual({ code, stdout }, { code: 0, stdout: '' })
    const page = readFileSync(out('r.html'), 'utf8')
    const [, drawn, all] = /r\.html: (\d+) of (\d+) charts; the others have nothing to show\n$/.exec(err) ?? []
    assert.deepEqual(
      [drawn, all],
      [figuresOf(page), savedQueries().filter(isDrawn)].map(({ length }) => String(length)),
    )
    assertContains(page, /^<!doctype html>\n<html lang="pt-BR">/)
    assertContains(page, /1\s–\s21 de novembro de 2026/)
  })

  it('exits with code 2 for wrong options', async () => {
    const wrong: [string[], RegExp][] = [
      [['--lang', 'fr'], /^report: there is no language "fr": pt, en\n/],
      [['--from', '2026-02-30'], /^report: --from: "2026-02-30" is not a date/],
      [['--from', '2026-02-02', '--to', '2026-02-01'], /^report: --from 2026-02-02 is after --to 2026-02-01/],
      [['--out', ''], /^report: --out is empty/],
      [['--direction', 'up'], /^report: there is no direction "up": inbound, outbound, both/],
      [['--rates', join(directory, 'none.csv')], /^report: --rates .*none\.csv: ENOENT/],
      [['--engine', 'excel'], /^report: there is no engine "excel"/],
      [['--nonsense'], /^report: Unknown option '--nonsense'/],
    ]
    for (const [args, message] of wrong) {
      const run = args.includes('--nonsense') ? spawnReport : report
      const { code, err } = await run(['--lake', lake, '--out', out('never.html'), ...args])
      assert.equal(code, 2, args.join(' '))
      assert.match(err, message)
    }
    assert.equal(existsSync(out('never.html')), false)
  })

  it('exits with code 1 and one sentence when there is no lake, and prints its help', async () => {
    const { code, err } = await spawnReport(['--lake', join(directory, 'none')])
    assert.equal(code, 1)
    assert.match(err, /^report: there is no lake at .*none\n$/)
    const { code: helped, out: help } = await report(['--help'])
    assert.equal(helped, 0)
    assert.match(help, /--out FILE[\s\S]*--lang[\s\S]*--engine/)
  })

  it("is in the lake's own time zone, and refuses another one", async () => {
    const berlin = out('berlin')
    mkdirSync(join(berlin, 'raw'), { recursive: true })
    cpSync(join(lake, 'enriched'), join(berlin, 'enriched'), { recursive: true })
    writeFileSync(join(berlin, 'raw/lake.json'), '{"time_zone":"Europe/Berlin"}\n')
    const page = out('berlin.html')
    const args = ['--lake', berlin, '--lang', 'en', '--out', page]
    const refused = await report(args, { TIME_ZONE: 'UTC' })
    assert.deepEqual(refused, {
      code: 1,
      out: '',
      err:
        `report: ${berlin}/raw/lake.json says that the lake's time zone is Europe/Berlin, ` +
        'but TIME_ZONE is UTC: unset TIME_ZONE, or name another lake\n',
    })
    assert.ok(!existsSync(page))
    assert.equal((await report(args)).code, 0)
    assertContains(readFileSync(page, 'utf8'), /Europe\/Berlin/)
    assertLacks(readFileSync(page, 'utf8'), /Sao_Paulo/)
  })

  it('explains an empty report', async () => {
    mkdirSync(join(directory, 'empty'))
    const { code, err } = await report(['--lake', join(directory, 'empty'), '--out', out('empty.html'), '--lang', 'pt'])
    assert.equal(code, 0)
    assert.match(err, /empty\.html: no charts: none of the \d+ saved queries has data for these days\n$/)
    const page = readFileSync(out('empty.html'), 'utf8')
    assertContains(page, /Ainda não há mensagens neste período/)
    assertLacks(page, /<figure|NaN|undefined/)
    const none = await build('en', savedQueries(), { from: '2030-01-01', to: '2030-01-31' })
    assertContains(none, /January 1\s–\s31, 2030[\s\S]*No messages in this period yet/)
  })

  it('draws every saved query that has something to show, with its finding and its table', async () => {
    const page = await english
    const names = savedQueries()
      .filter(isDrawn)
      .map(({ name }) => name)
    assert.deepEqual(
      names.filter(name => !figuresOf(page).includes(name)),
      NOTHING_TO_SHOW,
    )
    for (const name of figuresOf(page)) {
      const [figure] = new RegExp(`<figure [^>]*id="${name}">[\\s\\S]*?</figure>`).exec(page) ?? []
      assertContains(figure ?? '', /role="img" aria-label="[^"]+\. [^"]*\."[\s\S]*<svg[\s\S]*<details>[\s\S]*<table>/)
      assertContains(figure ?? '', new RegExp(`npm run query -- ${name}<`))
    }
  })

  it('omits a platform without data and gives the other the full width', async () => {
    const alone = join(directory, 'alone')
    cpSync(join(lake, 'enriched', 'whatsapp'), join(alone, 'enriched', 'whatsapp'), { recursive: true })
    const page = await build('en', savedQueries(), {}, { directory: alone })
    assertLacks(page, /<figure [^>]*id="telegram-|<figure class="card" /)
    assertContains(page, /<figure class="card wide" id="whatsapp-per-user"/)
    assertContains(await english, /<figure class="card" id="telegram-per-user"/)
    const { err } = await report(['--lake', alone, '--out', out('alone.html')])
    assert.match(
      err,
      new RegExp(`alone\\.html: ${figuresOf(page).length} of \\d+ charts; the others have nothing to show\\n$`),
    )
  })

  it('shows key figures, the period and its time of creation in the lake’s time zone', async () => {
    const page = await english
    assertContains(page, /<dt>Messages from people<\/dt><dd><strong>264<\/strong>/)
    assertContains(page, /<dt>Sent by the business<\/dt><dd><strong>44<\/strong>/)
    assertContains(page, /<dt>People<\/dt><dd><strong>22<\/strong>/)
    assertContains(page, /<dt>Delivered \(WhatsApp\)<\/dt><dd><strong>50%<\/strong><ul><li>11 of 22 sent</)
    assertContains(
      page,
      /<dt>Answered within 1 hour<\/dt><dd><strong>34%<\/strong><ul><li>11 of 32 waits of customers</,
    )
    assertContains(page, /<dt>Average per day<\/dt><dd><strong>12\.6<\/strong>/)
    assertContains(page, /<dt>Quarantined \(0\.4%\)<\/dt><dd><strong>1<\/strong>/)
    assertContains(page, /November 1\s–\s21, 2026/)
    assertContains(page, /Generated on November 22, 2026 at 9:34\sAM \(America\/Sao_Paulo\)/)
  })

  it('contains no script, no URL and no markup from people', async () => {
    for (const page of [await english, await build('pt')]) {
      assertLacks(page, /<script|<img|<b>bold|<link (?!rel="icon" href="data:,")|https?:\/\/|@import|url\(/)
      assertLacks(page, /NaN|undefined|\[object/)
    }
  })

  it('covers only the requested days', async () => {
    const page = await build('en', savedQueries(), { from: '2026-11-02', to: '2026-11-03' })
    assertContains(page, /November 2\s–\s3, 2026/)
    assertLacks(page, /Nov 9/)
  })

  it('leaves out the queries that a filter cannot limit, and names the filters', async () => {
    const limited = async (language: Language, filters: Filters) => {
      const engine = await openDuckDb(lake, tables)
      try {
        const settings = { language, timeZone: 'America/Sao_Paulo', generatedAt: 0, filters }
        return await buildReport(engine, { queries: savedQueries(), ...settings })
      } finally {
        await engine.close()
      }
    }
    const chat = await limited('en', { chat: '-7' })
    assertContains(chat, /<p class="limits"><span>Only the chat <bdi>-7<\/bdi><\/span>/)
    assertContains(chat, /<dt>Messages from people<\/dt><dd><strong>121</)
    assert.ok(figuresOf(chat).includes('telegram-per-day'))
    assertLacks(chat, /id="(?:whatsapp-|arrivals-per-day|quarantine-per-reason)/)
    const outbound = await limited('pt', { direction: 'outbound', phoneNumberId: '<b>' })
    assertContains(outbound, /Somente o número da empresa <bdi>&lt;b&gt;<\/bdi>.*Somente o que a empresa escreveu/)
    assertContains(outbound, /Ainda não há mensagens neste período/)
  })

  it('is identical for the same data and time', async () => {
    assert.equal(await build('en', savedQueries(), {}, { isFresh: true }), await english)
  })

  it('draws a saved query that a user adds as a file', async () => {
    const queries = join(directory, 'queries')
    cpSync(join(root, 'sql', 'queries'), queries, { recursive: true })
    writeFileSync(
      join(queries, 'whatsapp-loudest.sql'),
      `-- title: Who is loudest on WhatsApp
-- description: People by their exclamation marks.
-- grain: one row a person
-- chart: bar x=name y=shouts
select name, count(*) as shouts
from "whatsapp"
where context_date between cast(? as date) and cast(? as date)
group by name
order by shouts desc
`,
    )
    const page = await build('en', savedQueries(queries))
    assert.match(
      page,
      /<h2>Other queries<\/h2>[\s\S]*Who is loudest on WhatsApp[\s\S]*npm run query -- whatsapp-loudest</,
    )
  })
})
