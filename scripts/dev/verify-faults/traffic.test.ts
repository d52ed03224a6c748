import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainResult, sortedPairs } from '../../../handlers/sources/testing/fixtures.ts'
import { testKits } from '../../../handlers/sources/testing/test-kits.ts'
import { PERSONAL } from '../../../handlers/sources/testing/traffic.ts'
import { expectedDays } from './oracle.ts'
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
  assert.ok(traffic.some(({ body }) => body.expected.quarantined.length > 0 && body.expected.rows.whatsapp))
  for (const table of ['whatsapp', 'whatsapp_statuses', 'telegram', 'events'])
    assert.ok(
      traffic.some(({ body }) => body.expected.rows[table]),
      table,
    )
  assert.ok(traffic.some(({ body }) => body.expected.identities.length > 0))
  assert.deepEqual([...new Set(traffic.map(({ at }) => dayOf(at)))].sort(), DAYS)
})

for (const { source } of testKits) {
  test(`the expected rows of each body of ${source.name} are those that the source parses`, () => {
    const bodies = traffic.map(({ body }) => body).filter(body => body.source === source.name && !body.isOfOtherChat)
    assert.ok(bodies.length > 100)
    for (const { bytes, expected } of bodies) {
      const parsed = plainResult(source, source.parse(bytes, 0))
      assert.deepEqual({ ...parsed, identities: [] }, { ...expected, identities: [] })
      assert.deepEqual(parsed.identities, sortedPairs(expected.identities))
    }
  })

  test(`the log check recognises every message of ${source.name}`, () => {
    const bodies = traffic.filter(({ body }) => body.source === source.name)
    for (const row of bodies.flatMap(({ body }) => body.expected.rows[source.name] ?? [])) {
      const personal = Object.entries(row).filter(([name, cell]) => name !== 'payload' && PERSONAL.test(String(cell)))
      assert.ok(personal.length >= 2, 'a name and a text')
    }
  })
}

test('of a message delivered twice, the one stored first becomes a row, also across days', () => {
  const [kit] = testKits.filter(({ source }) => source.name === 'whatsapp')
  const row = { message_id: 'a', type: 'text' }
  const body = { expected: { rows: { whatsapp: [row, row] }, identities: [], quarantined: [QUARANTINED, QUARANTINED] } }
  const object = (key: string, lastModified: number) => ({ key, body, lastModified })
  const days = expectedDays(
    kit ?? assert.fail(),
    new Map([
      ['2026-11-10', [object('c', 1)]],
      ['2026-11-09', [object('b', 2), object('a', 3)]],
    ]),
  )
  assert.deepEqual(
    [...days].map(([date, { stats, tables }]) => [
      date,
      tables.get('whatsapp')?.map(({ rawKey }) => rawKey),
      stats.duplicates,
    ]),
    [
      ['2026-11-09', ['b'], 3],
      ['2026-11-10', [], 2],
    ],
  )
})

const QUARANTINED = { reason: 'not_object', payload: '0' }
