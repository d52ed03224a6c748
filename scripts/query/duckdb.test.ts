import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type Table, tables } from '../../handlers/sources/tables.ts'
import { type DuckDbEngine, openDuckDb } from './duckdb.ts'
import { allRows, QueryError, type Row } from './engine.ts'
import { spoilData, tableRows, temporaryDirectory, writeLake } from './testing/test-lake.ts'

const table = (name: string): Table => {
  const found = tables.find(table => table.name === name)
  assert.ok(found)
  return found
}
const whatsapp = table('whatsapp')
const quarantine = table('quarantine')

const day = (date: string) => `whatsapp/context_date=${date}/whatsapp.parquet`
const messages = (...ids: string[]) =>
  tableRows(
    whatsapp,
    ids.map(id => ({ message_id: `'${id}'` })),
  )

async function open(t: TestContext, lake: string): Promise<DuckDbEngine> {
  const engine = await openDuckDb(lake, tables)
  t.after(() => engine.close())
  return engine
}

const rows = async (engine: DuckDbEngine, sql: string, parameters?: string[]): Promise<Row[]> =>
  allRows(await engine.run(sql, parameters))

describe('tables', () => {
  it('have their columns in order, then their partitions, with their types', async t => {
    const lake = await writeLake(temporaryDirectory(t), {
      [day('2024-01-07')]: tableRows(whatsapp, [{ name: "'Ana'", number: '9223372036854775807', message: "''" }]),
      'quarantine/source=telegram/context_date=2024-01-07/quarantine.parquet': tableRows(quarantine, [
        { reason: "'not_json'" },
      ]),
    })
    const engine = await open(t, lake)
    assert.equal(engine.files, 2)
    const athena = { string: 'varchar', bigint: 'bigint', double: 'double', boolean: 'boolean', date: 'date' }
    for (const { name, columns, partitions } of tables) {
      const result = await engine.run(`select * from "${name}"`)
      assert.deepEqual(
        result.columns.map(column => [column.name, column.type]),
        [...Object.entries(columns), ...partitions.map(({ name, type }) => [name, type] as const)].map(
          ([name, type]) => [name, athena[type]],
        ),
      )
      await allRows(result)
    }
    assert.deepEqual(await rows(engine, 'select name, number, message, "date", context_date from whatsapp'), [
      ['Ana', 9223372036854775807n, '', null, '2024-01-07'],
    ])
    assert.deepEqual(await rows(engine, 'select * from quarantine'), [
      [null, 'not_json', null, null, null, 'telegram', '2024-01-07'],
    ])
    assert.deepEqual(await rows(engine, 'select * from telegram'), [])
  })

  it('are empty in a lake without files', async t => {
    const engine = await open(t, temporaryDirectory(t))
    assert.equal(engine.files, 0)
    assert.deepEqual(await rows(engine, 'select count(*), max(context_date) from whatsapp'), [[0, null]])
  })

  it('need a directory', async t => {
    const directory = temporaryDirectory(t)
    await assert.rejects(openDuckDb(join(directory, 'none'), tables), /there is no lake at .*none/)
    writeFileSync(join(directory, 'file'), '')
    await assert.rejects(openDuckDb(join(directory, 'file'), tables), /file is not a lake/)
  })

  it('have nulls where a file lacks a column, and ignore unknown columns', async t => {
    const lake = await writeLake(temporaryDirectory(t), {
      [day('2024-01-01')]: "select 'old' as message_id, 7 as number, 'x' as unknown, 'evil' as context_date",
      [day('2024-01-02')]: messages('new'),
    })
    const engine = await open(t, lake)
    const selected = 'select message_id, number, media_type, context_date from whatsapp order by context_date'
    assert.deepEqual(await rows(engine, selected), [
      ['old', 7, null, '2024-01-01'],
      ['new', null, null, '2024-01-02'],
    ])
    assert.equal((await engine.run('select * from whatsapp')).columns.length, 28)
  })

  it('consist only of the files that the layout describes', async t => {
    const directory = temporaryDirectory(t)
    const lake = await writeLake(directory, { [day('2024-01-01')]: messages('kept') })
    const source = join(lake, 'enriched', day('2024-01-01'))
    for (const stray of [
      'whatsapp/whatsapp.parquet',
      'whatsapp/context_date=2024-1-1/whatsapp.parquet',
      'whatsapp/context_date=__HIVE_DEFAULT_PARTITION__/whatsapp.parquet',
      'whatsapp/context_date=2024-01-01/deeper/whatsapp.parquet',
      'whatsapp/context_date=2024-01-01/.whatsapp.parquet',
      'whatsapp/.unfinished/whatsapp.parquet',
      'other/context_date=2024-01-01/whatsapp.parquet',
    ]) {
      mkdirSync(join(lake, 'enriched', stray, '..'), { recursive: true })
      copyFileSync(source, join(lake, 'enriched', stray))
    }
    writeFileSync(join(lake, 'enriched/whatsapp/context_date=2024-01-01/notes.txt'), 'not Parquet')
    writeFileSync(join(lake, 'enriched/telegram'), 'not a directory')
    const engine = await open(t, lake)
    assert.deepEqual(await rows(engine, 'select message_id from whatsapp'), [['kept']])
    assert.deepEqual(await rows(engine, 'select * from telegram'), [])
  })

  for (const name of [
    "it's a 'lake'",
    'with "quotes"',
    'two  spaces ',
    'star * and ? and [a-z]',
    '{a,b}',
    'ação 👍🏽',
    'date=2024/message_id=zz/context_date=2020-01-01',
    '$HOME; drop table x; --',
    '~',
  ]) {
    it(`are found in a directory named ${name}`, async t => {
      const directory = temporaryDirectory(t)
      const lake = await writeLake(join(directory, name), {
        [day('2024-01-01')]: tableRows(whatsapp, [{ message_id: "'a'", date: '1' }]),
        [day('2024-01-02')]: messages('b'),
      })
      const engine = await open(t, lake)
      assert.deepEqual(await rows(engine, 'select message_id, "date", context_date from whatsapp order by 1'), [
        ['a', 1, '2024-01-01'],
        ['b', null, '2024-01-02'],
      ])
    })
  }

  it('do not include files that match the path as a glob pattern', async t => {
    const directory = temporaryDirectory(t)
    for (const name of ['lake-*', 'lake-X', 'lake-[Xy]', 'lake-?']) {
      await writeLake(join(directory, name), { [day('2024-01-01')]: messages(name) })
    }
    for (const name of ['lake-*', 'lake-X', 'lake-[Xy]', 'lake-?']) {
      const engine = await open(t, join(directory, name))
      assert.deepEqual(await rows(engine, 'select message_id from whatsapp'), [[name]])
    }
  })

  it('give the path of a broken file in the error', async t => {
    const lake = await writeLake(temporaryDirectory(t), { [day('2024-01-01')]: messages('a') })
    mkdirSync(join(lake, 'enriched', day('2024-01-02'), '..'), { recursive: true })
    writeFileSync(join(lake, 'enriched', day('2024-01-02')), 'not Parquet at all')
    await assert.rejects(openDuckDb(lake, tables), /context_date=2024-01-02/)
  })

  it('are read only in the days that a query asks for', async t => {
    const dates = ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04']
    const lake = await writeLake(
      temporaryDirectory(t),
      Object.fromEntries(dates.map(date => [day(date), messages(date)])),
    )
    for (const date of ['2024-01-01', '2024-01-04']) spoilData(join(lake, 'enriched', day(date)))
    const engine = await open(t, lake)
    const selected = 'select message_id from whatsapp where context_date'
    assert.deepEqual(await rows(engine, `${selected} = date '2024-01-02'`), [['2024-01-02']])
    assert.deepEqual(await rows(engine, `${selected} between date(?) and date(?) order by 1`, dates.slice(1, 3)), [
      ['2024-01-02'],
      ['2024-01-03'],
    ])
    await assert.rejects(rows(engine, `${selected} <= date '2024-01-02'`), QueryError)
  })
})

describe('a query', () => {
  it('takes its parameters in order, as text', async t => {
    const lake = await writeLake(temporaryDirectory(t), {
      [day('2024-01-01')]: messages('a'),
      [day('2024-01-02')]: messages('b'),
      [day('2024-01-03')]: messages('c'),
    })
    const engine = await open(t, lake)
    const sql = 'select message_id from whatsapp where context_date between cast(? as date) and date(?) order by 1'
    assert.deepEqual(await rows(engine, sql, ['2024-01-02', '2024-01-03']), [['b'], ['c']])
    assert.deepEqual(await rows(engine, 'select message_id from whatsapp where message_id = ?', ["' or 1 = 1 --"]), [])
    await assert.rejects(engine.run(sql, ['2024-01-02']), /2 parameters, and was given 1/)
    await assert.rejects(rows(engine, sql, ['2024-01-02', 'tomorrow']), QueryError)
  })

  it('gives every value without loss', async t => {
    const engine = await open(t, temporaryDirectory(t))
    const result = await engine.run(`
      select
        9007199254740991 as safe, 9007199254740992 as beyond, -9223372036854775808 as lowest,
        cast(1 as tinyint) as small, true as yes, cast(0.1 as double) as tenth, nan() as nan,
        cast('123456789012345678901234567890.12' as decimal(38, 2)) as exact,
        '' as empty, cast(null as varchar) as missing, 'a' || chr(0) || 'b' as nul,
        date '2024-02-29' as leap, timestamp '1969-12-31 23:59:59' as before, timestamp '2024-01-01 00:00:00.5' as half,
        cast(timestamp '2024-01-01 00:00:00' as timestamp with time zone) as zoned,
        array['a', null] as list, map(array['k'], array[1]) as pairs, cast(row(1, 'x') as row(a integer, b varchar)) as tuple, to_utf8('aé') as bytes`)
    const [values = []] = await allRows(result)
    assert.deepEqual(Object.fromEntries(result.columns.map(({ name, type }, index) => [name, [type, values[index]]])), {
      safe: ['bigint', 9007199254740991],
      beyond: ['bigint', 9007199254740992n],
      lowest: ['bigint', -9223372036854775808n],
      small: ['tinyint', 1],
      yes: ['boolean', true],
      tenth: ['double', 0.1],
      nan: ['double', Number.NaN],
      exact: ['decimal(38,2)', '123456789012345678901234567890.12'],
      empty: ['varchar', ''],
      missing: ['varchar', null],
      nul: ['varchar', 'a\0b'],
      leap: ['date', '2024-02-29'],
      before: ['timestamp', '1969-12-31 23:59:59'],
      half: ['timestamp', '2024-01-01 00:00:00.500'],
      zoned: ['timestamp', '2024-01-01 00:00:00'],
      list: ['array', '[a, null]'],
      pairs: ['map', '{k=1}'],
      tuple: ['row', '{a=1, b=x}'],
      bytes: ['varbinary', '61 c3 a9'],
    })
  })

  it('gives values of types that only DuckDB has, and nested values', async t => {
    const engine = await open(t, temporaryDirectory(t))
    for (const [sql, type, value] of [
      ['70000::uinteger', 'bigint', 70000],
      ['18446744073709551615::ubigint', 'bigint', 18446744073709551615n],
      ['5::hugeint', 'bigint', 5],
      ['12345678901234567890::bignum', 'bignum', 12345678901234567890n],
      ['0.5::float', 'real', 0.5],
      ["time '12:34:56'", 'time', '12:34:56'],
      ["timestamp_s '2024-01-01 01:02:03'", 'timestamp', '2024-01-01 01:02:03'],
      ["timestamp_ms '2024-01-01 01:02:03.120'", 'timestamp', '2024-01-01 01:02:03.120'],
      ["timestamp_ns '1969-01-01 01:02:03.000000001'", 'timestamp', '1969-01-01 01:02:03.000000001'],
      ["timestamp '12024-01-01 01:02:03'", 'timestamp', '+12024-01-01 01:02:03'],
      ["timestamp 'infinity'", 'timestamp', 'infinity'],
      ["timestamptz '2024-01-01 01:02:03.25+03'", 'timestamp', '2023-12-31 22:02:03.250'],
      ["interval '1 day 2 hours'", 'interval', '1 day 02:00:00'],
      ["uuid '550e8400-e29b-41d4-a716-446655440000'", 'uuid', '550e8400-e29b-41d4-a716-446655440000'],
      ['array_value(1, 2)', 'array', '[1, 2]'],
      ["[timestamptz '2024-01-01 00:00:00.5+00', null]", 'array', '[2024-01-01 00:00:00.500, null]'],
      ["map {'a': [9007199254740993], 'b': null}", 'map', '{a=[9007199254740993], b=null}'],
      ["[{'a': 'x'::blob, 'b': 1.50::decimal(10, 2)}]", 'array', '[{a=78, b=1.50}]'],
    ] as const) {
      const result = await engine.run(`select ${sql} as it`)
      assert.deepEqual([result.columns[0]?.type, ...(await allRows(result))], [type, [value]], sql)
    }
  })

  it('refuses rows with unnamed fields, which would lose values', async t => {
    const engine = await open(t, temporaryDirectory(t))
    for (const value of ["row(1, 'a')", 'array[row(1)]', 'map(array[1], array[row(1, 2)])', 'array[array[row(1)]]'])
      await assert.rejects(engine.run(`select ${value} as pair`), /^QueryError: pair: a row with unnamed fields/)
  })

  it('streams its rows', async t => {
    const engine = await open(t, temporaryDirectory(t))
    const { batches } = await engine.run('select n from unnest(sequence(1, 1000000)) as t(n)')
    let count = 0
    let sum = 0
    for await (const batch of batches) {
      for (const [n] of batch) sum += Number(n)
      count += 1
    }
    assert.equal(sum, 500000500000)
    assert.ok(count > 100)
  })

  it('runs at the same time as another', async t => {
    const engine = await open(t, temporaryDirectory(t))
    const all = await Promise.all(
      [1, 2, 3].map(async factor => {
        const { batches } = await engine.run(
          `select n * ${factor} as n from unnest(sequence(1, 10000)) as t(n) order by n`,
        )
        let last: unknown
        for await (const batch of batches) last = batch.at(-1)?.[0]
        return last
      }),
    )
    assert.deepEqual(all, [10000, 20000, 30000])
    assert.deepEqual(
      await rows(engine, "select cast(cast(timestamp '2024-01-01 00:00:00' as timestamp with time zone) as varchar)"),
      [['2024-01-01 00:00:00+00']],
    )
  })

  it('that is wrong gives the reason', async t => {
    const engine = await open(t, temporaryDirectory(t))
    await assert.rejects(engine.run('select * from nothing'), { name: 'QueryError', message: /nothing does not exist/ })
    await assert.rejects(engine.run('select 1 as a\n  frm b c'), { name: 'QueryError', message: /LINE 2/ })
    await assert.rejects(
      rows(engine, "select cast(message_id as bigint) from (values ('x')) as t(message_id)"),
      QueryError,
    )
    await assert.rejects(engine.run(' -- nothing\n'), /no SQL/)
  })

  it('is refused unless it is one SELECT', async t => {
    const engine = await open(t, temporaryDirectory(t))
    for (const sql of [
      'select 1; select 2',
      "copy (select 1) to 'out.csv'",
      'create table t as select 1',
      'drop view whatsapp',
      'insert into whatsapp select * from whatsapp',
      "attach 'other.db'",
      "set allowed_paths = ['/etc/passwd']",
      'reset lock_configuration',
      'install httpfs',
      'call checkpoint()',
      'explain analyze select 1',
    ]) {
      await assert.rejects(rows(engine, sql), QueryError, sql)
    }
    assert.deepEqual(await rows(engine, 'select count(*) from whatsapp; -- done'), [[0]])
  })

  it('can read only the tables', async t => {
    const directory = temporaryDirectory(t)
    const lake = await writeLake(join(directory, 'lake'), { [day('2024-01-01')]: messages('a') })
    writeFileSync(join(directory, 'secret.csv'), 'secret\n1\n')
    writeFileSync(join(lake, 'secret.csv'), 'secret\n1\n')
    writeFileSync(join(lake, 'enriched', 'secret.csv'), 'secret\n1\n')
    await writeLake(directory, { 'other.parquet': 'select 1 as n' })
    const engine = await open(t, lake)
    for (const forbidden of [
      `'${directory}/secret.csv'`,
      `read_csv('${directory}/secret.csv')`,
      `read_text('${lake}/secret.csv')`,
      `read_blob('${lake}/enriched/secret.csv')`,
      `read_parquet('${directory}/enriched/other.parquet')`,
      `read_parquet('${lake}/enriched/whatsapp/*/*.parquet')`,
      `glob('${directory}/*')`,
      "read_csv('https://127.0.0.1:1/x.csv')",
      "read_text('/proc/self/environ')",
    ]) {
      await assert.rejects(rows(engine, `select * from ${forbidden}`), QueryError, forbidden)
    }
    assert.deepEqual(await rows(engine, 'select message_id from whatsapp'), [['a']])
  })
})
