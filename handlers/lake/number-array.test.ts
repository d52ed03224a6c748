import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NumberArray } from './number-array.ts'

test('stores and sorts numbers: equal ones in their own order, or in a given one', () => {
  const values = Array.from({ length: 10_000 }, (_, i) => ((i * 7919) % 101) - 50.5)
  const numbers = new NumberArray()
  for (const value of values) numbers.push(value)
  assert.equal(numbers.length, values.length)
  assert.deepEqual(
    values.map((_, index) => numbers.at(index)),
    values,
  )
  assert.equal(numbers.at(-1) + numbers.at(values.length), 0, 'out of range')

  const indices = [...values.keys()]
  const value = (index: number) => values[index] as number
  assert.deepEqual(
    [...numbers.argsort()],
    indices.toSorted((a, b) => value(a) - value(b)),
  )
  assert.deepEqual(
    [...numbers.argsort((a, b) => b - a)],
    indices.toSorted((a, b) => value(a) - value(b) || b - a),
  )
})
