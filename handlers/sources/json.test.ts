import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digits, epochSeconds, integer, isObject, kindOf, objectAt, parseObject, string } from './json.ts'

const bytes = (text: string) => Buffer.from(text)

test('an object is neither null nor an array', () => {
  assert.deepEqual([{}, [], null, 'x', 1, true, undefined].map(isObject), [
    true,
    false,
    false,
    false,
    false,
    false,
    false,
  ])
})

test('what is absent and what is of another type read alike: as an empty object', () => {
  for (const parent of [{}, { a: null }, { a: [1] }, { a: 'text' }, { a: 1 }])
    assert.deepEqual(objectAt(parent, 'a'), {})
  assert.deepEqual(objectAt({ a: { b: 1 } }, 'a'), { b: 1 })
})

test('a string stays as it is, empty or with NUL, but a lone surrogate becomes U+FFFD', () => {
  for (const text of ['', '\0', 'coração', '😀', '__proto__']) assert.equal(string(text), text)
  assert.equal(string('a\uD83Db'), 'a\uFFFDb')
  assert.equal(string('\uDE00\uD83D'), '\uFFFD\uFFFD')
  for (const other of [undefined, null, 1, true, {}, ['x']]) assert.equal(string(other), null)
})

test('an integer is exact or null: beyond 2^53 JSON.parse has rounded it', () => {
  for (const exact of [0, -1, 2 ** 53 - 1, 1 - 2 ** 53]) assert.equal(integer(exact), exact)
  for (const other of [
    2 ** 53,
    -(2 ** 53),
    2 ** 63,
    Number.POSITIVE_INFINITY,
    1.5,
    Number.NaN,
    '1',
    null,
    undefined,
    true,
    [1],
  ])
    assert.equal(integer(other), null)
})

test('a number in a string is 1–19 digits, with or without +, within int64 and exact', () => {
  assert.equal(digits('5511900010001'), 5511900010001)
  assert.equal(digits('+5511900010001'), 5511900010001)
  assert.equal(digits('0'), 0)
  assert.equal(digits('9007199254740993'), 9007199254740993n)
  assert.equal(digits('9223372036854775807'), 9223372036854775807n)
  assert.equal(digits('+0000000000000000001'), 1)
  for (const other of [
    ['9223372036854775808', '10000000000000000000', '00000000000000000001'], // beyond int64, 20 digits
    ['', '+', '++1', '-1', ' 1', '1\n', '1 2', '1.0', '1e3', '0x1', '1n', '１', '٣'],
    [5511900010001, null, undefined, {}, ['1']],
  ].flat())
    assert.equal(digits(other), null, JSON.stringify(other))
})

test('a date is a number or digits within 0 … 253402300799, the years that both engines know', () => {
  for (const second of [0, 1794405660, 253402300799]) {
    assert.equal(epochSeconds(second), second)
    assert.equal(epochSeconds(String(second)), second)
  }
  for (const other of [
    -1,
    253402300800,
    1.5,
    Number.POSITIVE_INFINITY,
    '-1',
    '253402300800',
    '9223372036854775807',
    '',
    '1.5',
    null,
    true,
  ])
    assert.equal(epochSeconds(other), null, JSON.stringify(other))
})

test('a body is an object, or has a reason why not', () => {
  const reasonOf = (body: Uint8Array) => {
    const parsed = parseObject(body)
    return 'reject' in parsed ? parsed.reject.reason : parsed.object
  }
  assert.deepEqual(reasonOf(bytes(' {"a":1}\n')), { a: 1 })
  assert.deepEqual(reasonOf(bytes('\uFEFF{"a":1}')), { a: 1 })
  for (const text of ['', ' ', '{', '{}{}', "{'a':1}", '\uFEFF\uFEFF{}', 'NaN', '\0', '{"a":"\n"}'])
    assert.equal(reasonOf(bytes(text)), 'not_json', JSON.stringify(text))
  for (const text of ['null', '1', '"{}"', 'true', '[]', '[{}]', '[['.repeat(50_000) + ']]'.repeat(50_000)])
    assert.equal(reasonOf(bytes(text)), 'not_object', text.slice(0, 20))
  for (const body of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x7b, 0x7d, 0xe2, 0x82]])
    assert.equal(reasonOf(Uint8Array.from(body)), 'not_utf8', String(body))
})

test('a body that is a view of a larger buffer is read within its bounds', () => {
  const buffer = bytes('??{"a":1}??')
  const parsed = parseObject(new Uint8Array(buffer.buffer, buffer.byteOffset + 2, 7))
  assert.deepEqual('object' in parsed && parsed.object, { a: 1 })
  const broken = Uint8Array.from([0x41, 0xff, 0xfe, 0x41]).subarray(1, 3)
  const rejected = parseObject(broken)
  assert.equal('reject' in rejected && rejected.reject.payload, '//4=')
})

test('kinds have names', () => {
  assert.deepEqual([null, [], 'x', 1, false].map(kindOf), ['null', 'an array', 'a string', 'a number', 'a boolean'])
})
