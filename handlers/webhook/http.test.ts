import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { requestOf } from './http.ts'

describe('a header or parameter with several values is the last of them', () => {
  test('as the event has it', () => {
    const { header, query } = requestOf({
      headers: { 'X-Name': 'last' },
      multiValueHeaders: { 'X-Name': ['first', 'last'] },
      queryStringParameters: { n: '2' },
      multiValueQueryStringParameters: { n: ['1', '2'] },
    })
    assert.deepEqual([header('x-name'), query], ['last', { n: '2' }])
  })

  test('where the event has the lists alone', () => {
    const { header, query } = requestOf({
      multiValueHeaders: { 'X-Name': ['first', 'last'] },
      multiValueQueryStringParameters: { n: ['1', '2'] },
    })
    assert.deepEqual([header('x-name'), query], ['last', { n: '2' }])
  })

  test('and if its name comes in two cases', () => {
    const { header } = requestOf({ headers: { 'X-NAME': 'first', 'X-Name': 'last', 'x-other': 'x' } })
    assert.equal(header('x-name'), 'last')
  })

  test('the single one, where the lists disagree or a console gives nothing but a name', () => {
    const lists = { multiValueHeaders: { 'x-name': ['a', 'b'], 'x-other': [] } }
    assert.equal(requestOf({ ...lists, headers: { 'X-Name': 'single' } }).header('x-name'), 'single')
    assert.equal(requestOf({ ...lists, headers: { 'X-Name': undefined } }).header('x-name'), 'b')
    assert.equal(requestOf(lists).header('x-other'), undefined)
  })
})

test('an event that has nothing is a request of nothing', () => {
  const { method, query, header, body } = requestOf({})
  assert.deepEqual([method, query, header('x-name'), body.length], ['', {}, undefined, 0])
})
