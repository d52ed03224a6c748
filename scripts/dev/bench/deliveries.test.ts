import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whatsapp } from '../../../handlers/sources/whatsapp/index.ts'
import { deliveries } from './deliveries.ts'

test('a day has at least as many messages as deliveries, statuses among them', () => {
  const counts = [...deliveries(10_000, 1)].map(body => whatsapp.parse(body, 0).rows.length)
  const messages = counts.reduce((sum, count) => sum + count)
  assert.ok(messages >= 10_000 && messages < 11_000, `${messages} messages`)
  assert.ok(counts.includes(0))
})

test('a seed gives the same bytes, another one others', () => {
  const day = (seed: number) => Buffer.concat([...deliveries(50, seed)])
  assert.ok(day(1).equals(day(1)))
  assert.ok(!day(1).equals(day(2)))
})
