import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tables } from '../../handlers/sources/tables.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { parseRates, withRates } from '../../sql/rates.ts'
import { savedViews } from '../../sql/views.ts'
import { lint } from './athena-lint.ts'

const views = savedViews()

describe('the saved queries pass the lint', () => {
  for (const { name, sql } of savedQueries()) it(name, () => assert.deepEqual(lint(sql, tables, { views }), []))
})

it('the saved query of prices passes the lint with a rate card', () => {
  const query = savedQueries().find(({ name }) => name === 'whatsapp-prices-per-day')
  assert.ok(query)
  const rates = parseRates("category,prefix,price\nmarketing,55,0.0625\no'clock,,1\n")
  assert.deepEqual(lint(withRates(query.sql, rates), tables, { views }), [])
})

describe('in a query of views, the lint', () => {
  const range = 'where context_date between cast(? as date) and cast(? as date)'
  it('accepts what Athena accepts', () => {
    for (const sql of [
      `select platform, date_trunc('hour', sent_at) as hour, text as said from messages ${range}`,
      `select cast(number as varchar) || username as who from outgoing ${range}`,
      'select person, messages_in from people order by messages_in, person',
    ])
      assert.deepEqual(lint(sql, tables, { views }), [], sql)
  })
  it('refuses a view without its range, a wrong type and an alias in use', () => {
    for (const [sql, message] of [
      ['select text from messages', /needs its own "where context_date/],
      [`select error_code || text as a from messages ${range}`, /\|\| takes only text/],
      [`select text as said from messages ${range} and said = 'a'`, /said is an alias of the same select/],
    ] as const)
      assert.match(lint(sql, tables, { views }).join('\n'), message)
  })
})

/** The rest of a valid query. */
const from = 'from whatsapp where context_date between cast(? as date) and cast(? as date)'
const bots = 'from telegram where context_date between cast(? as date) and cast(? as date)'
const local = `from_unixtime("date", 'America/Sao_Paulo')`

describe('the lint accepts', () => {
  for (const sql of [
    `select * ${from}`,
    `select name, number as phone, ${local} as moment ${from} and name = 'Ana' and number in (1, 2)`,
    `select cast(number as varchar) || name as person ${from}`,
    `select try(cast(json_parse(response) as map(varchar, json))) as answers ${from}`,
    `select cast(regexp_extract(message, '[0-9]{1,18}') as bigint) as n ${from}`,
    `select count(*) as n, cast(count(*) as double) / 7 as mean, 100e0 / nullif(count(name), 0) as share ${from}`,
    `select n.type from (select type, count(*) as n ${from} group by type) as n where n.n > 1 order by type limit 3`,
    `with a as (select type as kind ${from}) select kind, count(*) as n from a group by kind having count(*) > 1`,
    `select extract(dow from ${local}) as d, date_trunc('month', context_date) as m, date_trunc('hour', ${local}) as h ${from}`,
    `select concat(name, ' ', cast(number as varchar)) as person, case when not number > 5 then 1 end as few ${from}`,
    `select distinct w.type, lower(name) as n, number + 1 as more from whatsapp as w
     where context_date between cast(? as date) and cast(? as date) order by type, n desc, lower(name), 3, w.type`,
    `select date_diff('hour', context_date, ${local}) as hours, date_add('hour', 1, ${local}) as later ${from}`,
    `with a as (select context_date as date, type as number ${from}) select date from a where date = date '2024-01-01' and number = 'x'`,
    'select count_if(user_is_bot) as bots from telegram where context_date between cast(? as date) and cast(? as date) and not user_is_bot',
  ]) {
    it(sql, () => assert.deepEqual(lint(sql, tables), []))
  }
})

describe('the lint refuses', () => {
  for (const [what, sql, message] of [
    // not in Trino's grammar
    ['::', `select number::varchar as n ${from}`, /^line 1:14: ':' is not valid/],
    ['ilike', `select name ${from} and name ilike 'a%'`, /'ilike' is not valid/],
    ['group by all', `select type, count(*) as n ${from} group by all`, /line 1:\d+/],
    ['qualify', `select name ${from} qualify row_number() over (order by name) = 1`, /'row_number|qualify/],
    ['limit before offset', `select name ${from} order by name limit 5 offset 3`, /'offset' is not valid/],
    ['a positional join', 'select 1 as a from whatsapp positional join telegram', /line 1:\d+/],
    ['from first', `${from}`, /only a SELECT/],
    ['exclude', `select * exclude (name) ${from}`, /'exclude' is not valid/],
    ['a list', `select [1, 2] as l ${from}`, /line 1:\d+/],
    ['a struct', `select {'a': 1} as s ${from}`, /line 1:\d+/],
    ['a slice', `select name[1:2] as n ${from}`, /line 1:\d+/],
    ['distinct on', `select distinct on (name) name ${from}`, /line 1:\d+/],
    ['//', `select number // 2 as half ${from}`, /line 1:\d+/],
    ['==', `select name ${from} and name == 'a'`, /line 1:\d+/],
    ['a comma at the end', `select name, ${from}`, /line 1:\d+/],
    ['union by name', `select name ${from} union by name select name ${from}`, /line 1:\d+/],
    ['a file', "select * from 'whatsapp.parquet'", /line 1:\d+/],
    // in the grammar, but not in Athena
    ['two statements', `select name ${from}; select name ${from}`, /one SELECT at a time/],
    ['another statement than SELECT', 'insert into whatsapp select * from whatsapp', /only a SELECT/],
    ['order by all', `select name ${from} order by all`, /name the columns/],
    [
      'an asof join',
      'select name from whatsapp asof join telegram using (text)',
      /an alias needs its "as": whatsapp asof/,
    ],
    [
      'an anti join',
      'select name from whatsapp anti join telegram using (text)',
      /an alias needs its "as": whatsapp anti/,
    ],
    ['a natural join', 'select name from whatsapp natural join telegram', /natural join/],
    ['an alias without as', `select name person ${from}`, /an alias needs its "as": name person/],
    ['upper case', `select name as Person ${from}`, /lower case/],
    ['an escape string', `select e'a' as a ${from}`, /e'a' is not a literal/],
    ['1_000', `select 1_000 as k ${from}`, /write digits without "_"/],
    ["DuckDB's functions", `select strftime(name, '%Y') as y ${from}`, /strftime\(\) is not among the functions/],
    ['columns()', `select columns('n') ${from}`, /columns\(\) is not among/],
    ['a column alias in group by', `select lower(name) as n, count(*) as c ${from} group by n`, /n is an alias/],
    ['a column alias in where', `select lower(name) as n ${from} and n = 'a'`, /n is an alias/],
    ['a column alias in the same list', `select lower(name) as n, upper(n) as m ${from}`, /n is an alias/],
    ['a column alias in a CTE', `with a as (select type as t, lower(t) as u ${from}) select t from a`, /t is an alias/],
    ['a ? outside where', `select cast(? as date) as d ${from}`, /is allowed only in where/],
    ['a ? without a cast', `select name ${from} and name = ?`, /needs a cast/],
    ['a date as text', `select name ${from} and context_date >= '2024-01-01'`, /does not compare a date with a text/],
    ['a number as text', `select name ${from} and number in ('1', '2')`, /does not compare a number with a text/],
    ['text as a number', `select name ${from} and message = 5`, /does not compare a text with a number/],
    ['|| of a number', `select name || 1 as n ${from}`, /\|\| takes only text/],
    ['|| of a number column', `select name || number as n ${from}`, /\|\| takes only text/],
    ['concat of a number', `select concat(name, 1) as n ${from}`, /concat\(\) takes only text/],
    ['concat of a number column', `select concat(name, number) as n ${from}`, /concat\(\) takes only text/],
    ['a sum of booleans', `select sum(user_is_bot) as bots ${bots}`, /count_if/],
    ['a sum of comparisons', `select sum(number = 5) as n ${from}`, /count_if/],
    ['a boolean as a number', `select text ${bots} and user_is_bot = 1`, /does not compare a boolean with a number/],
    ['a number as a boolean', `select name ${from} and number = true`, /does not compare a number with a boolean/],
    ['a number as a condition', `select name ${from} and number`, /number is a number, not a condition/],
    ['not of a number', `select name ${from} and not number`, /number is a number, not a condition/],
    ['text as a condition', `select name ${from} and (name or number = 1)`, /name is a text, not a condition/],
    [
      'a case of a number',
      `select case when number then 1 else 0 end as n ${from}`,
      /number is a number, not a condition/,
    ],
    ['having a number', `select number ${from} group by number having number`, /number is a number, not a condition/],
    ['distinct in another order', `select distinct name ${from} order by number`, /order by number: a select distinct/],
    [
      'distinct in an order made',
      `select distinct name ${from} order by lower(name)`,
      /order by lower\(name\): a select/,
    ],
    ['a date and a number', `select context_date + 1 as next ${from}`, /context_date\+1: .* date_add\(\)/],
    ['a date less a number', `select name ${from} and context_date > date '2024-01-01' - 7`, /date_add\(\)/],
    ['a date less a date', `select cast(${local} as date) - context_date as days ${from}`, /date_diff\(\)/],
    ['fields of DuckDB', `select extract(epoch from ${local}) as f ${from}`, /extract\(epoch …\) is unknown/],
    ['isodow', `select extract(isodow from ${local}) as f ${from}`, /which has year, .* dow/],
    ['decades', `select date_trunc('decade', ${local}) as d ${from}`, /date_trunc\('decade', …\) is unknown/],
    ['days in the plural', `select date_trunc('days', ${local}) as d ${from}`, /which has millisecond, .* day/],
    [
      'differences in decades',
      `select date_diff('decade', ${local}, ${local}) as d ${from}`,
      /date_diff\('decade', …\)/,
    ],
    ['hours of a date', `select date_add('hour', 1, context_date) as d ${from}`, /which has day, week, month/],
    ['count()', `select count() as n ${from}`, /count\(\*\)/],
    // computed differently
    ['decimals', `select 100.0 * count(*) / 3 as share ${from}`, /100\.0 is a decimal/],
    ['casts that round', `select cast(count(*) / 2e0 as bigint) as n ${from}`, /casts to bigint/],
    ['casts of text to numbers', `select cast(message as bigint) as n ${from}`, /casts to bigint/],
    [
      'casts of too many digits',
      `select cast(regexp_extract(message, '[0-9]+') as bigint) as n ${from}`,
      /casts to bigint/,
    ],
    ['casts of numbers to text', `select cast(2e0 as varchar) as t ${from}`, /casts to varchar/],
    ['casts of times to text', `select cast(${local} as varchar) as t ${from}`, /casts to varchar/],
    ['casts that cut', `select cast(name as varchar(3)) as t ${from}`, /casts to varchar\(3\)/],
    ['intervals', `select context_date + interval '1' day as tomorrow ${from}`, /date_add\(\)/],
    ['another zone', `select ${local} at time zone 'UTC' as t ${from}`, /changes its zone/],
    ['at_timezone', `select at_timezone(${local}, 'UTC') as t ${from}`, /changes its zone/],
    ['to_unixtime', `select to_unixtime(${local}) as t ${from}`, /epoch column/],
    ['a time in UTC', `select from_unixtime("date") as t ${from}`, /is not in the lake's time zone/],
    ['a zone of its own', `select from_unixtime("date", 'UTC') as t ${from}`, /is not in the lake's time zone/],
    ['division by what may be 0', `select count(*) / count(name) as n ${from}`, /nullif\(count\(name\), 0\)/],
    ['remainders by what may be 0', `select number % received_at as n ${from}`, /nullif\(received_at, 0\)/],
    ['regexes that look around', `select name ${from} and regexp_like(name, 'a(?=b)')`, /fails in DuckDB/],
    ['groups of regexes', `select regexp_extract(name, '(a)|(b)', 2) as n ${from}`, /did not match/],
    ['lambdas', `select transform(split(name, ' '), x -> lower(x)) as n ${from}`, /a lambda fails/],
    ['listagg', `select listagg(name, ',') within group (order by name) as n ${from}`, /listagg\(\) fails/],
    ['approximations', `select approx_distinct(name) as n ${from}`, /exact in DuckDB/],
    // differs from run to run
    ['limit without order by', `select name ${from} limit 3`, /arbitrary rows/],
    ['samples', 'select name from whatsapp tablesample bernoulli (10)', /a sample/],
    ['now', `select current_date as today ${from}`, /differs from run to run/],
    // reading every day
    ['a table without its range', 'select name from whatsapp', /every table and view needs its own/],
    [
      'one of two tables without',
      `select name ${from} union all select text from telegram`,
      /every table and view needs its own/,
    ],
    ['a range that is loosened', `select name ${from} or name = 'a'`, /every table and view needs its own/],
  ] as const) {
    it(`${what}: ${sql}`, () => {
      const problems = lint(sql, tables)
      assert.ok(
        problems.some(problem => message.test(problem)),
        problems.join('\n') || 'it was taken',
      )
    })
  }
})
