import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, describe, it, type TestContext } from 'node:test'
import { tables } from '../../handlers/sources/tables.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { bindParameters } from '../../sql/parameters.ts'
import { openAthena } from './athena.ts'
import { type DuckDbEngine, openDuckDb } from './duckdb.ts'
import { allRows, type Column, type Engine, QueryError, type Result, type Row } from './engine.ts'
import { FORMATS, render } from './render.ts'
import { type FakeAthena, type FakeAthenaOptions, type FakeColumn, fakeAthena } from './testing/fake-athena.ts'
import { type Expected, expectedFile } from './testing/golden-expected.ts'
import { GOLDEN } from './testing/golden-lake.ts'

before(() => {
  Object.assign(process.env, { AWS_REGION: 'sa-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
})

async function open(
  t: TestContext,
  options: FakeAthenaOptions,
  signal?: AbortSignal,
): Promise<{ athena: Engine; aws: FakeAthena }> {
  const aws = await fakeAthena(options)
  process.env.AWS_ENDPOINT_URL_ATHENA = aws.url
  const athena = openAthena({ database: 'chatlake', workgroup: 'queries', ...(signal && { signal }) })
  t.after(async () => {
    await athena.close().catch(() => {})
    await aws.close()
  })
  return { athena, aws }
}

const bigint = (Name: string): FakeColumn => ({ Name, Type: 'bigint', Precision: 19, Scale: 0 })
const one = { columns: [bigint('n')], rows: [['1']] }
const endless = { state: 'RUNNING' } as const

const refused = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof QueryError, String(error))
  assert.match(error.message, message)
  return true
}

describe('a query in Athena', () => {
  it('is started in its workgroup and database, with parameters as literals', async t => {
    const { athena, aws } = await open(t, { fate: () => one, looks: 3, bytesScanned: 12_345 })
    const sql = 'select count(*) as n from t where name = cast(? as varchar)'
    const result = await athena.run(sql, ["O'Neil", '2024-01-01'])
    assert.deepEqual(await allRows(result), [[1]])
    assert.deepEqual(result.scanned, { bytes: 12_345, milliseconds: 1234 })
    const { ClientRequestToken: token = '', ...input } = aws.asked[0]?.input ?? {}
    assert.deepEqual(input, {
      QueryString: sql,
      ExecutionParameters: ["'O''Neil'", "'2024-01-01'"],
      QueryExecutionContext: { Database: 'chatlake' },
      WorkGroup: 'queries',
    })
    assert.ok(token.length >= 32)
    assert.equal(aws.count('GetQueryExecution'), 4)
    await athena.run('select 1 as n')
    assert.ok(!('ExecutionParameters' in (aws.asked.findLast(({ action }) => action.startsWith('Start'))?.input ?? {})))
    assert.equal(aws.count('StopQueryExecution'), 0)
  })

  it('has rows without the header, and distinguishes null from the empty text', async t => {
    const columns = [{ Name: 'a', Type: 'varchar' }, bigint('b')]
    const rows = [
      ['a', '1'],
      ['', null],
      [null, '0'],
    ]
    const { athena } = await open(t, { fate: () => ({ columns, rows }) })
    assert.deepEqual(await allRows(await athena.run('select 1')), [
      ['a', 1],
      ['', null],
      [null, 0],
    ])
  })

  it('may have no rows', async t => {
    const { athena } = await open(t, { fate: () => ({ ...one, rows: [] }) })
    const result = await athena.run('select 1')
    assert.deepEqual(result.columns, [{ name: 'n', type: 'bigint' }])
    assert.deepEqual(await allRows(result), [])
  })

  it('gives 10,000 rows in pages, each requested only when it is read', async t => {
    const rows = Array.from({ length: 10_000 }, (_, index) => [String(index)])
    const { athena, aws } = await open(t, { fate: () => ({ ...one, rows }) })
    const result = await athena.run('select 1')
    let next = 0
    let pages = 0
    for await (const batch of result.batches) {
      assert.equal(aws.count('GetQueryResults'), ++pages)
      for (const [value] of batch) assert.equal(value, next++)
    }
    assert.equal(next, 10_000)
    assert.equal(pages, 11) // the header is a row too
  })

  it('is retried where AWS throttles, and started once', async t => {
    const throttled = { __type: 'ThrottlingException', message: 'Rate exceeded' }
    const tooMany = {
      __type: 'TooManyRequestsException',
      Message: 'Rate exceeded',
      Reason: 'CONCURRENT_QUERY_LIMIT_EXCEEDED',
    }
    const { athena, aws } = await open(t, {
      fate: () => one,
      refuse: ({ action }, count) => (count > 1 ? undefined : action.startsWith('Start') ? tooMany : throttled),
    })
    assert.deepEqual(await allRows(await athena.run('select 1')), [[1]])
    const tokens = aws.asked.flatMap(({ input }) => input.ClientRequestToken ?? [])
    assert.equal(tokens.length, 2)
    assert.equal(new Set(tokens).size, 1)
    assert.equal(aws.count('GetQueryResults'), 2)
  })

  it('that fails shows the place in its SQL', async t => {
    const reason = "SYNTAX_ERROR: line 2:8: Column 'nmae' cannot be resolved"
    const { athena, aws } = await open(t, { fate: () => ({ state: 'FAILED', reason }) })
    await assert.rejects(
      athena.run("select\n  '王', nmae\nfrom whatsapp"),
      refused(/^SYNTAX_ERROR: line 2:8: .*\n {2}2 │ {3}'王', nmae\n {4}│ {9}\^$/),
    )
    assert.equal(aws.count('StopQueryExecution'), 0)
  })

  for (const [reason, message] of [
    ['Query exhausted resources at this scale factor', /^Query exhausted resources at this scale factor$/],
    ['line 99:1: beyond the end', /^line 99:1: beyond the end$/],
    [undefined, /Athena gave no reason/],
  ] as const) {
    it(`that fails gives the reason: ${reason}`, async t => {
      const { athena } = await open(t, { fate: () => ({ state: 'FAILED', ...(reason && { reason }) }) })
      await assert.rejects(athena.run('select 1'), refused(message))
    })
  }

  it('that AWS does not start gives the reason', async t => {
    const Message = "line 1:8: mismatched input 'frm'. Expecting: ','"
    const refuse = () => ({ __type: 'InvalidRequestException', Message, AthenaErrorCode: 'MALFORMED_QUERY' })
    const { athena } = await open(t, { fate: () => one, refuse })
    await assert.rejects(
      athena.run('select frm t'),
      refused(/^line 1:8: mismatched input.*\n {2}1 │ select frm t\n {4}│ {8}\^$/),
    )
  })

  it('that is cancelled in AWS rejects', async t => {
    const { athena, aws } = await open(t, { fate: () => ({ state: 'CANCELLED', reason: 'Query cancelled by user' }) })
    await assert.rejects(athena.run('select 1'), refused(/^the query was cancelled in AWS: Query cancelled by user$/))
    assert.equal(aws.count('StopQueryExecution'), 0)
  })

  for (const sql of [
    'drop table whatsapp',
    'insert into t select 1',
    'select 1; drop table t',
    "/* select */ unload (select 1) to 's3://x'",
    '',
  ]) {
    it(`is refused unless it is one SELECT: ${JSON.stringify(sql)}`, async t => {
      const { athena, aws } = await open(t, { fate: () => one })
      await assert.rejects(athena.run(sql), QueryError)
      assert.deepEqual(aws.asked, [])
    })
  }
})

describe('a query is stopped in Athena', () => {
  it('when the signal is aborted', async t => {
    const controller = new AbortController()
    const { athena, aws } = await open(t, { fate: () => endless }, controller.signal)
    const running = athena.run('select 1')
    setTimeout(() => controller.abort(), 300)
    await assert.rejects(running, { name: 'AbortError' })
    assert.equal(aws.stopped.size, 1)
    await assert.rejects(athena.run('select 1'), { name: 'AbortError' })
    assert.equal(aws.count('StartQueryExecution'), 1)
  })

  it('when the signal is aborted while it is being started', async t => {
    const controller = new AbortController()
    const { athena, aws } = await open(
      t,
      {
        fate: () => endless,
        refuse: async ({ action }) => {
          if (!action.startsWith('Start')) return undefined
          controller.abort()
          await new Promise(resolve => setTimeout(resolve, 200))
          return undefined
        },
      },
      controller.signal,
    )
    await assert.rejects(athena.run('select 1'), { name: 'AbortError' })
    assert.equal(aws.stopped.size, 1)
  })

  it('when the engine is closed', async t => {
    const { athena, aws } = await open(t, { fate: () => endless })
    const running = assert.rejects(athena.run('select 1'), { name: 'AbortError' })
    await new Promise(resolve => setTimeout(resolve, 200))
    await athena.close()
    await running
    assert.equal(aws.stopped.size, 1)
  })

  it('when its state cannot be read', async t => {
    const denied = { __type: 'AccessDeniedException', Message: 'not authorized to perform: athena:GetQueryExecution' }
    const refuse = ({ action }: { action: string }) => (action === 'GetQueryExecution' ? denied : undefined)
    const { athena, aws } = await open(t, { fate: () => endless, refuse })
    await assert.rejects(athena.run('select 1'), /not authorized to perform/)
    assert.equal(aws.stopped.size, 1)
  })

  it('and where that fails, the error has its id', async t => {
    const controller = new AbortController()
    const denied = { __type: 'AccessDeniedException', Message: 'not authorized to perform: athena:StopQueryExecution' }
    const refuse = ({ action }: { action: string }) => (action === 'StopQueryExecution' ? denied : undefined)
    const { athena } = await open(t, { fate: () => endless, refuse }, controller.signal)
    const running = athena.run('select 1')
    setTimeout(() => controller.abort(), 200)
    await assert.rejects(running, /the query 00000000-\S+ may still run in AWS: .*not authorized/)
  })
})

describe('both engines give the same result', () => {
  let duckdb: DuckDbEngine
  before(async () => {
    duckdb = await openDuckDb(GOLDEN, tables)
  })
  after(() => duckdb.close())

  const text = async (columns: readonly Column[], rows: readonly Row[], format: (typeof FORMATS)[number]) => {
    const result: Result = { columns, batches: batch(rows) }
    let all = ''
    for await (const piece of render(result, format)) all += piece
    return all
  }

  async function same(
    t: TestContext,
    sql: string,
    parameters: readonly string[],
    fate: ReturnType<FakeAthenaOptions['fate']>,
  ) {
    const { athena } = await open(t, { fate: () => fate })
    const [ofAthena, ofDuckDb] = await Promise.all([athena.run(sql, parameters), duckdb.run(sql, parameters)])
    const inOrder = (rows: readonly Row[]) =>
      /^order by/m.test(sql) ? rows : [...rows].sort((a, b) => (a.map(String).join() < b.map(String).join() ? -1 : 1))
    const [rowsA, rowsD] = [inOrder(await allRows(ofAthena)), inOrder(await allRows(ofDuckDb))]
    assert.deepEqual(ofAthena.columns, ofDuckDb.columns)
    assert.deepEqual(rowsA, rowsD)
    for (const format of FORMATS)
      assert.equal(await text(ofAthena.columns, rowsA, format), await text(ofDuckDb.columns, rowsD, format))
  }

  for (const query of savedQueries().filter(({ name }) => existsSync(expectedFile(name)))) {
    it(query.name, async t => {
      const { columns, rows }: Expected = JSON.parse(readFileSync(expectedFile(query.name), 'utf8'))
      const types = columns.map(column => column.split(' ')[1] ?? '')
      await same(t, query.sql, bindParameters(query), {
        columns: columns.map(column => ({ Name: column.split(' ')[0] ?? '', Type: column.split(' ')[1] ?? '' })),
        rows: rows.map(row =>
          row.map((value, index) => (value === null ? null : athenaText(types[index], String(value)))),
        ),
      })
    })
  }

  it('every type', t =>
    same(
      t,
      `select
         true as yes, cast(7 as tinyint) as tiny, cast(-7 as smallint) as small, 42 as whole,
         9007199254740991 as safe, 9007199254740993 as beyond, -9223372036854775808 as lowest,
         cast(0.1 as double) as tenth, 1e10 as large, nan() as nan, -infinity() as below, cast(0.1 as real) as real,
         cast('12345678901234567890.10' as decimal(22, 2)) as exact,
         '' as empty, cast(null as varchar) as missing, 'a "b", c' || chr(10) || 'd 👍🏽' as text,
         date '2024-02-29' as leap, timestamp '2024-01-01 00:00:00' as midnight,
         timestamp '2024-01-01 00:00:00.5' as half,
         from_unixtime(1704067200, 'America/Sao_Paulo') as zoned,
         array_sort(array_agg(x)) as list, to_utf8('ab') as bytes
       from (values (1), (2)) as t(x)`,
      [],
      {
        columns: [
          { Name: 'yes', Type: 'boolean' },
          { Name: 'tiny', Type: 'tinyint' },
          { Name: 'small', Type: 'smallint' },
          { Name: 'whole', Type: 'integer' },
          ...['safe', 'beyond', 'lowest'].map(bigint),
          ...['tenth', 'large', 'nan', 'below'].map(Name => ({ Name, Type: 'double' })),
          { Name: 'real', Type: 'float' },
          { Name: 'exact', Type: 'decimal', Precision: 22, Scale: 2 },
          ...['empty', 'missing', 'text'].map(Name => ({ Name, Type: 'varchar', Precision: 2147483647 })),
          { Name: 'leap', Type: 'date' },
          ...['midnight', 'half'].map(Name => ({ Name, Type: 'timestamp', Precision: 3 })),
          { Name: 'zoned', Type: 'timestamp with time zone', Precision: 3 },
          { Name: 'list', Type: 'array' },
          { Name: 'bytes', Type: 'varbinary' },
        ],
        rows: [
          [
            ...['true', '7', '-7', '42', '9007199254740991', '9007199254740993', '-9223372036854775808'],
            ...['0.1', '1.0E10', 'NaN', '-Infinity', '0.1', '12345678901234567890.10'],
            ...['', null, 'a "b", c\nd 👍🏽'],
            ...['2024-02-29', '2024-01-01 00:00:00.000', '2024-01-01 00:00:00.500'],
            ...['2023-12-31 21:00:00.000 America/Sao_Paulo', '[1, 2]', '61 62'],
          ],
        ],
      },
    ))
})

/** The text of a value in GetQueryResults. */
function athenaText(type: string | undefined, value: string): string {
  if (type === 'double') return Number.isInteger(Number(value)) ? `${value}.0` : value
  return type === 'timestamp' ? `${value}.000` : value
}

async function* batch(rows: readonly Row[]) {
  yield rows
}
