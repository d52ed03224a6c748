import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainRow } from '../../../handlers/sources/testing/fixtures.ts'
import { testKits } from '../../../handlers/sources/testing/test-kits.ts'
import { type Body, PERSONAL } from '../../../handlers/sources/testing/traffic.ts'
import { expectedDays, isRowOf } from './oracle.ts'
import { DAYS, dayOf, trafficOf } from './traffic.ts'

const traffic = trafficOf(5, 2000, testKits)

test('the same seed gives the same traffic, another seed gives other traffic', () => {
  const summary = (seed: number) => trafficOf(seed, 300, testKits).map(({ body, at }) => `${body.sha256} ${at}`)
  assert.deepEqual(summary(5), summary(5))
  assert.notDeepEqual(summary(5), summary(6))
})

test('the traffic has every kind of delivery, body and day', () => {
  assert.ok(traffic.length >= 2000)
  for (const kind of ['isForged', 'isConcurrent', 'isRepeat'] as const)
    assert.ok(
      traffic.some(delivery => delivery[kind]),
      kind,
    )
  for (const body of [...new Set(traffic.map(({ body }) => body))].slice(0, 500)) assert.ok(body.bytes.length > 0)
  assert.ok(traffic.some(({ body }) => body.isOfOtherChat))
  assert.ok(traffic.some(({ body }) => body.quarantined > 0 && body.messages.length > 0))
  assert.deepEqual([...new Set(traffic.map(({ at }) => dayOf(at)))].sort(), DAYS)
})

for (const { source } of testKits) {
  test(`the expected rows and counts of each body of ${source.name} are those that the source parses`, () => {
    const bodies = traffic.map(({ body }) => body).filter(body => body.source === source.name && !body.isOfOtherChat)
    assert.ok(bodies.length > 100)
    for (const body of bodies) {
      const { rows, rejects, ignored } = source.parse(body.bytes, 0)
      assert.deepEqual([rejects.length, ignored, rows.length], [body.quarantined, body.ignored, body.messages.length])
      for (const [i, message] of body.messages.entries()) assert.ok(isRowOf(message, plainRow(source, rows[i] ?? {})))
    }
  })

  test(`the log check recognises every message of ${source.name}`, () => {
    const messages = traffic.flatMap(({ body }) => (body.source === source.name ? body.messages : []))
    for (const { row } of messages) {
      const personal = Object.values(row).filter(cell => PERSONAL.test(String(cell)))
      assert.ok(personal.length >= 2, 'a name and a text')
    }
  })
}

test('of a message delivered twice, the one stored first becomes a row, also across days', () => {
  const message = { id: 'a', row: {} }
  const body = { messages: [message, message], ignored: 1, quarantined: 2 } as unknown as Body
  const object = (key: string, lastModified: number) => ({ key, body, lastModified })
  const days = expectedDays(
    'whatsapp',
    new Map([
      ['2026-11-10', [object('c', 1)]],
      ['2026-11-09', [object('b', 2), object('a', 3)]],
    ]),
  )
  assert.deepEqual(
    [...days].map(([date, { stats, rows }]) => [date, rows.map(({ rawKey }) => rawKey), stats.duplicates]),
    [
      ['2026-11-09', ['b'], 3],
      ['2026-11-10', [], 2],
    ],
  )
})
