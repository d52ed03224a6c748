import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { showPlace } from './show-place.ts'
import { assertSelect } from './sql-text.ts'

describe('assertSelect', () => {
  for (const sql of [
    'select 1',
    ' -- a;\nWITH a as (select 1) select * from a',
    "(select ';' as a)",
    'values 1',
    'table t',
  ]) {
    it(`accepts ${JSON.stringify(sql)}`, () => assertSelect(sql))
  }
  for (const [sql, message] of [
    ['', /no SQL/],
    ['-- select 1', /no SQL/],
    ['select 1; select 2', /one SELECT at a time/],
    ['select 1;', /one SELECT at a time/],
    ['insert into t select 1', /only a SELECT/],
    ["'select' drop table t", /only a SELECT/],
    ["using external function f() returns int lambda 'l' select f()", /only a SELECT/],
    ['explain analyze select 1', /only a SELECT/],
    ['selecting', /only a SELECT/],
  ] as const) {
    it(`refuses ${JSON.stringify(sql)}`, () => assert.throws(() => assertSelect(sql), message))
  }
})

describe('showPlace', () => {
  for (const [message, sql, shown] of [
    ['line 1:3: no', 'a b', 'line 1:3: no\n  1 │ a b\n    │   ^'],
    ['x: line 10:1: no', `${'\n'.repeat(9)}b`, 'x: line 10:1: no\n  10 │ b\n     │ ^'],
    ['line 1:2: no', '\tb\r\nc', 'line 1:2: no\n  1 │  b \n    │  ^'],
    ['line 7:1: no', 'a', 'line 7:1: no'],
    ['no', 'a', 'no'],
  ] as const) {
    it(JSON.stringify(message), () => assert.equal(showPlace(message, sql), shown))
  }
})
