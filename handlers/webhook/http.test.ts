import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { requestOf } from './http.ts'

describe('of a header or parameter with several values the last counts', () => {
  test('where the event has both single values and lists', () => {
    const { header, query } = requestOf({
      headers: { 'X-Name': 'last' },
      multiValueHeaders: { 'X-Name': ['first', 'last'] },
      queryStringParameters: { n: '2' },
      multiValueQueryStringParameters: { n: ['1', '2'] },
    })
    assert.deepEqual([header('x-name'), query], ['last', { n: '2' }])
  })

  test('where the event has only lists', () => {
    const { header, query } = requestOf({
      multiValueHeaders: { 'X-Name': ['first', 'last'] },
      multiValueQueryStringParameters: { n: ['1', '2'] },
    })
    assert.deepEqual([header('x-name'), query], ['last', { n: '2' }])
  })

  test('where the name occurs in two cases', () => {
    const { header } = requestOf({ headers: { 'X-NAME': 'first', 'X-Name': 'last', 'x-other': 'x' } })
    assert.equal(header('x-name'), 'last')
  })

  test('but a single value wins over a list that differs, and an undefined one does not', () => {
    const lists = { multiValueHeaders: { 'x-name': ['a', 'b'], 'x-other': [] } }
    assert.equal(requestOf({ ...lists, headers: { 'X-Name': 'single' } }).header('x-name'), 'single')
    assert.equal(requestOf({ ...lists, headers: { 'X-Name': undefined } }).header('x-name'), 'b')
    assert.equal(requestOf(lists).header('x-other'), undefined)
  })
})

test('an empty event is an empty request', () => {
  const { method, query, header, body } = requestOf({})
  assert.deepEqual([method, query, header('x-name'), body.length], ['', {}, undefined, 0])
})
