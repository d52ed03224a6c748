import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whatsapp } from '../../../handlers/sources/whatsapp/index.ts'
import { deliveries } from './deliveries.ts'

test('a day has a few more rows than deliveries, in every table', () => {
  const bodies = [...deliveries(10_000, 1)].map(body => whatsapp.parse(body, 0))
  const rows = bodies.flatMap(({ rows }) => rows.map(({ table }) => table))
  const count = (table: string) => rows.filter(name => name === table).length
  assert.ok(rows.length > 11_000 && rows.length < 14_000, `${rows.length} rows`)
  assert.ok(count('whatsapp') > 10_000 && count('whatsapp_statuses') > 1_000 && count('events') > 100)
  assert.ok(bodies.some(({ identities }) => identities.length > 0))
  assert.ok(bodies.every(({ rejects }) => rejects.length === 0))
})

test('the same seed gives the same bytes, another seed gives other bytes', () => {
  const day = (seed: number) => Buffer.concat([...deliveries(50, seed)])
  assert.ok(day(1).equals(day(1)))
  assert.ok(!day(1).equals(day(2)))
})
