import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { sources } from '../handlers/sources/index.ts'
import { type Table, tables } from '../handlers/sources/tables.ts'
import { openDuckDb } from '../scripts/query/duckdb.ts'
import { allRows, type Row } from '../scripts/query/engine.ts'
import { tableRows, temporaryDirectory, writeLake } from '../scripts/query/testing/test-lake.ts'
import { parseHeader, savedQueries } from './catalog.ts'
import { maskText } from './mask-text.ts'
import { bindParameters, RANGE } from './parameters.ts'
import { inTimeZone } from './time-zone.ts'
import { reads } from './views.ts'

describe('the header of a saved query', () => {
  const header = '-- title: A title\n-- description: One line,\n--   and another: the end.\n-- grain: a row\n'

  it('has a title, a description and a grain', () => {
    const expected = {
      title: 'A title',
      description: 'One line, and another: the end.',
      grain: 'a row',
      parameters: RANGE,
    }
    assert.deepEqual(parseHeader(`${header}select 1 -- not: this\n-- nor: this`), expected)
    assert.deepEqual(parseHeader(`${header.replaceAll('\n', '\r\n')}select 1`), expected)
  })

  for (const [what, sql, message] of [
    ['a missing key', header.replace(/.*grain.*\n/, ''), /lacks "-- grain/],
    ['an empty value', header.replace('A title', ''), /lacks "-- title/],
    ['an unknown key', `${header}-- colour: red\n`, /unknown key "colour"/],
    ['a repeated key', `${header}-- grain: again\n`, /"grain" twice/],
    ['another comment', `-- hello\n${header}`, /not "-- key: value": -- hello/],
    ['SQL above it', `select 1\n${header}`, /lacks/],
  ] as const) {
    it(`is refused with ${what}`, () => assert.throws(() => parseHeader(sql), message))
  }

  it('is refused with the path of its file', t => {
    const directory = temporaryDirectory(t)
    mkdirSync(join(directory, 'sub.d'))
    writeFileSync(join(directory, 'notes.txt'), '')
    writeFileSync(join(directory, 'good.sql'), `${header}select 1`)
    assert.deepEqual(
      savedQueries(directory).map(({ name }) => name),
      ['good'],
    )
    writeFileSync(join(directory, 'bad.sql'), 'select 1')
    assert.throws(() => savedQueries(directory), /bad\.sql: the header lacks/)
  })
})

describe('a saved query of each platform', () => {
  const header = '-- title: Texts\n-- description: D\n-- grain: a row\n'
  const sql = `select text\nfrom messages\nwhere context_date between cast(? as date) and cast(? as date)\n`
  const saved = (t: TestContext, text: string) => {
    const directory = temporaryDirectory(t)
    writeFileSync(join(directory, 'texts.sql'), text)
    return savedQueries(directory)
  }

  it('is one over all platforms, and one for each', t => {
    const queries = saved(t, `${header}-- platforms: each\n${sql}`)
    assert.deepEqual(
      queries.map(({ name, title, platforms }) => [name, title, platforms]),
      [
        ['telegram-texts', 'Texts on Telegram', undefined],
        ['texts', 'Texts', 'each'],
        ['whatsapp-texts', 'Texts on WhatsApp', undefined],
      ],
    )
    assert.equal(
      queries[2]?.sql,
      `${header.replace('Texts', 'Texts on WhatsApp')}${sql.trimEnd()}\n    and platform = 'whatsapp'\n`,
    )
  })

  it('is refused with another value', t =>
    assert.throws(() => saved(t, `${header}-- platforms: all\n${sql}`), /"platforms" is "each", not "all"/))

  it("stands on the views; a query of a platform's table has the platform in its name", () => {
    for (const { name, sql } of savedQueries()) {
      const text = maskText(sql, { names: true })
      for (const source of sources.filter(source =>
        source.tables.some(table => !table.isShared && reads(text, table.name)),
      ))
        assert.ok(name.startsWith(source.name), `sql/queries/${name}.sql reads a table of ${source.name}`)
    }
  })
})

describe('inTimeZone', () => {
  const sql = 'select from_unixtime("date", \'America/Sao_Paulo\') -- America/Sao_Paulo'

  it('keeps the default time zone', () => assert.equal(inTimeZone(sql, 'America/Sao_Paulo'), sql))
  it('replaces the literal by another time zone', () => {
    assert.equal(inTimeZone(sql, 'Asia/Kolkata'), 'select from_unixtime("date", \'Asia/Kolkata\') -- America/Sao_Paulo')
  })
  it('refuses an unknown time zone', () => {
    for (const zone of ['Mars/Base', "UTC'; drop table x; --", ''])
      assert.throws(() => inTimeZone(sql, zone), RangeError)
  })
})

describe('the saved queries', () => {
  const [whatsapp] = tables.filter((table): table is Table => table.name === 'whatsapp')
  assert.ok(whatsapp)

  async function answer(
    t: TestContext,
    name: string,
    dates: readonly (string | null)[],
    timeZone = 'America/Sao_Paulo',
  ) {
    const saved = savedQueries().find(query => query.name === name)
    assert.ok(saved && whatsapp)
    const lake = await writeLake(temporaryDirectory(t), {
      'whatsapp/context_date=2024-01-01/whatsapp.parquet': tableRows(
        whatsapp,
        dates.map((date, index) => ({ date: date ?? 'null', message_id: `'${index}'` })),
      ),
    })
    const engine = await openDuckDb(lake, tables)
    t.after(() => engine.close())
    const result = await engine.run(inTimeZone(saved.sql, timeZone), bindParameters(saved))
    return { columns: result.columns.map(column => column.name), rows: await allRows(result) }
  }

  it('run on an empty lake', async t => {
    const engine = await openDuckDb(temporaryDirectory(t), tables)
    t.after(() => engine.close())
    for (const query of savedQueries()) {
      assert.deepEqual(await allRows(await engine.run(query.sql, bindParameters(query))), [], query.name)
    }
  })

  it('whatsapp: every column of the table', async t => {
    const { columns, rows } = await answer(t, 'whatsapp', ['1', null])
    assert.deepEqual(columns, [...Object.keys(whatsapp.columns), 'context_date'])
    const row = (date: number | null, id: string): Row => [
      null,
      null,
      null,
      date,
      null,
      id,
      ...Array(columns.length - 7).fill(null),
      '2024-01-01',
    ]
    assert.deepEqual(rows, [row(1, '0'), row(null, '1')])
  })

  const epoch = (iso: string) => String(Date.parse(iso) / 1000)

  it('whatsapp-hora-dia-semana: in the time zone of São Paulo', async t => {
    const { columns, rows } = await answer(t, 'whatsapp-hora-dia-semana', [
      epoch('2024-01-08T02:59:59Z'), // a Monday in UTC, still Sunday 23:59 of week 1 here
      epoch('2024-01-08T03:00:00Z'), // Monday 00:00, week 2
      epoch('2024-01-08T03:30:00Z'),
      epoch('2023-01-01T12:00:00Z'), // Sunday of the last week of 2022
      epoch('2024-12-30T15:00:00Z'), // Monday of the first week of 2025
      epoch('2019-01-07T02:30:00Z'), // under daylight saving: Monday 00:30, week 2
      null,
    ])
    assert.deepEqual(columns, ['hora_do_dia', 'dia_da_semana', 'semana_do_ano', 'qtd_de_mensagens'])
    assert.deepEqual(rows, [
      [12, 1, 1, 1],
      [23, 7, 1, 1],
      [0, 1, 2, 3],
      [9, 7, 52, 1],
      [null, null, null, 1],
    ])
  })

  it('whatsapp-hora-dia-semana: in another time zone', async t => {
    const dates = [epoch('2024-01-07T18:29:00Z'), epoch('2024-01-07T18:30:00Z')]
    const { rows } = await answer(t, 'whatsapp-hora-dia-semana', dates, 'Asia/Kolkata')
    assert.deepEqual(rows, [
      [23, 7, 1, 1],
      [0, 1, 2, 1],
    ])
  })
})
