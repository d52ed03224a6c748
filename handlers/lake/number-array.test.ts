import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NumberArray } from './number-array.ts'

test('many numbers are kept, and sorted: equal ones in their own order, or in the one that is given', () => {
  const values = Array.from({ length: 10_000 }, (_, i) => ((i * 7919) % 101) - 50.5)
  const numbers = new NumberArray()
  for (const value of values) numbers.push(value)
  assert.equal(numbers.length, values.length)
  assert.deepEqual(
    values.map((_, place) => numbers.at(place)),
    values,
  )
  assert.equal(numbers.at(-1) + numbers.at(values.length), 0, 'none is 0')

  const places = [...values.keys()]
  const value = (place: number) => values[place] as number
  assert.deepEqual(
    [...numbers.argsort()],
    places.toSorted((a, b) => value(a) - value(b)),
  )
  assert.deepEqual(
    [...numbers.argsort((a, b) => b - a)],
    places.toSorted((a, b) => value(a) - value(b) || b - a),
  )
})
