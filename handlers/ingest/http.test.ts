import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { requestOf } from './http.ts'

describe('a header or parameter with several values is the last of them', () => {
  test('as the event has it', () => {
    const { headers, query } = requestOf({
      headers: { 'X-Name': 'last' },
      multiValueHeaders: { 'X-Name': ['first', 'last'] },
      queryStringParameters: { n: '2' },
      multiValueQueryStringParameters: { n: ['1', '2'] },
    })
    assert.deepEqual([headers, query], [{ 'x-name': 'last' }, { n: '2' }])
  })

  test('where the event has the lists alone', () => {
    const { headers, query } = requestOf({
      multiValueHeaders: { 'X-Name': ['first', 'last'] },
      multiValueQueryStringParameters: { n: ['1', '2'] },
    })
    assert.deepEqual([headers, query], [{ 'x-name': 'last' }, { n: '2' }])
  })
})

test('an event that has nothing is a request of nothing', () => {
  const { method, query, headers, body } = requestOf({})
  assert.deepEqual([method, query, headers, body.length], ['', {}, {}, 0])
})
