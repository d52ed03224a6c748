import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Utf8Slice } from '../../../handlers/lake/utf8-slice.ts'
import type { Source } from '../../../handlers/sources/source.ts'
import { allFixtures } from '../../../handlers/sources/testing/fixtures.ts'
import { parsedOf } from '../../../handlers/sources/testing/mutations.ts'
import { transformDay } from '../../../handlers/transform/transform-day.ts'
import { minimised } from './minimise.ts'
import { holdings } from './oracle.ts'
import { Found, fuzz } from './run.ts'

const options = { seed: 1, cases: 500, until: Number.POSITIVE_INFINITY }

test('a thousand cases, each beside a neighbour', async () => {
  const { cases, stored } = await fuzz({ ...options, cases: 1000 })
  assert.equal(cases, 1000)
  assert.ok(stored > 1500)
})

test('the oracle agrees with the fixtures', () => {
  for (const { source, fixture } of allFixtures()) {
    const held = holdings[source.name]?.(parsedOf(fixture.body)) ?? []
    assert.equal(held.filter(it => it === 'quarantined').length, fixture.quarantined.length, fixture.name)
    assert.equal(held.length, fixture.rows.length + fixture.quarantined.length, fixture.name)
  }
})

/** A transform of code that reads bodies in another way. */
const reading =
  (read: (source: Source) => Source['parse']): typeof transformDay =>
  (source, ...rest) =>
    transformDay({ ...source, parse: read(source) }, ...rest)

const broken: Readonly<Record<string, typeof transformDay>> = {
  'that throws at an odd message': reading(({ parse }) => (body, at) => {
    const reading = parse(body, at)
    if (reading.rejects.some(({ reason }) => reason === 'missing_id')) throw new TypeError('boom')
    return reading
  }),
  'that loses the neighbours of a bad message': reading(({ parse }) => (body, at) => {
    const reading = parse(body, at)
    return reading.rejects.length > 0 && reading.rows.length > 0 ? { ...reading, rows: [] } : reading
  }),
  'that loses what is not JSON': reading(({ parse }) => (body, at) => {
    const reading = parse(body, at)
    return { ...reading, rejects: reading.rejects.filter(({ reason }) => reason !== 'not_json') }
  }),
  'that compares ids by their beginning': reading(({ parse, id }) => (body, at) => {
    const reading = parse(body, at)
    return {
      ...reading,
      rows: reading.rows.map(row => ({
        ...row,
        [id]: row[id] instanceof Utf8Slice ? String(row[id]).slice(0, 8) : (row[id] ?? null),
      })),
    }
  }),
  'whose account is one too high': async (...day) => {
    const account = await transformDay(...day)
    return { ...account, messages: account.messages + 1 }
  },
}

for (const [how, transform] of Object.entries(broken)) {
  test(`a transform ${how} is found`, async () => {
    await assert.rejects(
      fuzz({ ...options, transform }),
      (error: Error) => error instanceof Found && /seed 1/.test(error.message),
    )
  })
}

test('a failing body is made small', async () => {
  const body = Buffer.from(`${'x'.repeat(1000)}ab${'y'.repeat(500)}cd`)
  const small = await minimised(body, async it => it.includes('ab') && it.includes('c'))
  assert.equal(small.toString(), 'abc')
})
