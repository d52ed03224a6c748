import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Utf8Slice } from '../../../handlers/lake/utf8-slice.ts'
import type { Source } from '../../../handlers/sources/source.ts'
import { transformDay } from '../../../handlers/transform/transform-day.ts'
import { minimise } from './minimise.ts'
import { FuzzFailure, runFuzzer } from './run.ts'

const options = { seed: 1, cases: 500, until: Number.POSITIVE_INFINITY }

test('a thousand cases, each with a neighbour, pass', async () => {
  const { cases, stored } = await runFuzzer({ ...options, cases: 1000 })
  assert.equal(cases, 1000)
  assert.ok(stored > 1500)
})

/** A transform whose source parses bodies in another way. */
const withParse =
  (read: (source: Source) => Source['parse']): typeof transformDay =>
  (source, ...rest) =>
    transformDay({ ...source, parse: read(source) }, ...rest)

const broken: Readonly<Record<string, typeof transformDay>> = {
  'that throws when a message has no id': withParse(({ parse }) => (body, at) => {
    const result = parse(body, at)
    if (result.rejects.some(({ reason }) => reason === 'missing_id')) throw new TypeError('boom')
    return result
  }),
  'that loses the neighbours of a bad message': withParse(({ parse }) => (body, at) => {
    const result = parse(body, at)
    return result.rejects.length > 0 && result.rows.length > 0 ? { ...result, rows: [] } : result
  }),
  'that loses bodies that are not JSON': withParse(({ parse }) => (body, at) => {
    const result = parse(body, at)
    return { ...result, rejects: result.rejects.filter(({ reason }) => reason !== 'not_json') }
  }),
  'that compares only the first characters of keys': (source, ...rest) =>
    transformDay(
      {
        ...source,
        tables: source.tables.map(table => ({
          ...table,
          writeKey: (row, key) =>
            table.writeKey(row, { add: part => key.add(part instanceof Utf8Slice ? String(part).slice(0, 8) : part) }),
        })),
      },
      ...rest,
    ),
  'whose payloads lack their first byte': withParse(({ parse }) => (body, at) => {
    const result = parse(body, at)
    const rows = result.rows.map(({ row, ...more }) => ({
      ...more,
      row: { ...row, payload: String(row.payload).slice(1) },
    }))
    return { ...result, rows }
  }),
  'that loses statuses': withParse(({ parse }) => (body, at) => {
    const result = parse(body, at)
    return { ...result, rows: result.rows.filter(({ table }) => table !== 'whatsapp_statuses') }
  }),
  'whose count is one too high': async (...day) => {
    const stats = await transformDay(...day)
    return { ...stats, items: stats.items + 1 }
  },
}

for (const [how, transform] of Object.entries(broken)) {
  test(`a transform ${how} is found`, async () => {
    await assert.rejects(
      runFuzzer({ ...options, transform }),
      (error: Error) => error instanceof FuzzFailure && /seed 1/.test(error.message),
    )
  })
}

test('a failing body is made as small as possible', async () => {
  const body = Buffer.from(`${'x'.repeat(1000)}ab${'y'.repeat(500)}cd`)
  const small = await minimise(body, async it => it.includes('ab') && it.includes('c'))
  assert.equal(small.toString(), 'abc')
})
