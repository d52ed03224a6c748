import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whatsapp } from '../../../handlers/sources/whatsapp/index.ts'
import { deliveries } from './deliveries.ts'

test('a day has slightly more messages than deliveries, and some deliveries have only statuses', () => {
  const counts = [...deliveries(10_000, 1)].map(body => whatsapp.parse(body, 0).rows.length)
  const messages = counts.reduce((sum, count) => sum + count)
  assert.ok(messages >= 10_000 && messages < 11_000, `${messages} messages`)
  assert.ok(counts.includes(0))
})

test('the same seed gives the same bytes, another seed gives other bytes', () => {
  const day = (seed: number) => Buffer.concat([...deliveries(50, seed)])
  assert.ok(day(1).equals(day(1)))
  assert.ok(!day(1).equals(day(2)))
})
