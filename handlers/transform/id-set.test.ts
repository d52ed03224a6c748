import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Utf8Slice } from '../lake/utf8-slice.ts'
import { IdSet, murmur3 } from './id-set.ts'

test('an id is new once, whatever its characters', () => {
  const ids = new IdSet()
  const each = ['', '0', 'a', 'a\0', 'ab', 'wamid.HBgM', 'wamid.HBgN', 'é', 'e\u0301', '😀', 'x'.repeat(1000), 0, 1, -1]
  for (const id of each) assert.equal(ids.add(id), true, String(id))
  for (const id of each) assert.equal(ids.add(id), false, String(id))
})

test('a number and an equal BigInt are the same id; a string of the same digits is another', () => {
  const ids = new IdSet()
  assert.deepEqual([ids.add(5), ids.add(5n), ids.add('5')], [true, false, true])
  const ends = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 2n ** 53n]
  for (const id of [...ends, ...ends]) ids.add(id)
  for (const id of ends) assert.equal(ids.add(id), false)
})

test('a slice is the same id as its string', () => {
  const ids = new IdSet()
  const body = Buffer.from('"wamid.é😀","wamid.é😀"')
  assert.deepEqual(
    [
      ids.add('wamid.é😀'),
      ids.add(new Utf8Slice(body, 1, 13)),
      ids.add(new Utf8Slice(body, 16, 28)),
      ids.add(new Utf8Slice(body, 1, 9)),
    ],
    [true, false, false, true],
  )
  assert.deepEqual([ids.add('wamid.é'), ids.add('wamid.')], [false, true])
  assert.equal(ids.add(new Utf8Slice(body, 1, 7)), false)
})

test('it grows and keeps all ids', () => {
  const ids = new IdSet()
  for (let i = 0; i < 50_000; i++) assert.ok(ids.add(`wamid.${i}`))
  for (let i = 0; i < 50_000; i++) assert.ok(!ids.add(`wamid.${i}`))
  for (let i = 0; i < 50_000; i++) assert.ok(ids.add(i))
})

test('the fingerprint is that of the reference implementation of MurmurHash3', () => {
  const result = new Uint32Array(4)
  const hex = (text: string) => {
    const bytes = Buffer.from(`?${text}?`, 'utf16le')
    murmur3(bytes, 2, bytes.length - 2, 7, result)
    return [...result].map(word => word.toString(16)).join(' ')
  }
  assert.equal(hex(''), 'd45d85e fb848988 fb848988 fb848988')
  assert.equal(hex('a'), '3f450bdb a3d52120 a3d52120 a3d52120')
  assert.equal(hex('abcdefg'), '12055ac1 70d73cd 481afca1 e6174e61')
  assert.equal(hex('abcdefgh'), '9eaa3b84 802e47f7 b558470f 921cb662')
  assert.equal(hex('wamid.HBgLé😀xyz123456789'), '940b727b 5761567a 633b728b c9c70a68')
  assert.equal(hex('x'.repeat(63)), '937431f7 5ee610b9 3d7d5e35 870d4554')
})
