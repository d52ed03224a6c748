import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addDays, assertDate, datesBetween, dayIn, nextMidnight } from './calendar.ts'

const at = (instant: string) => Date.parse(instant)

test('assertDate accepts an existing date, leap days included', () => {
  for (const date of ['2026-11-24', '2024-02-29', '2000-02-29', '2026-12-31', '2026-01-01'])
    assert.doesNotThrow(() => assertDate(date))
})

test('assertDate throws for any other value, and names the format', () => {
  const impossible = ['2026-02-29', '2026-02-30', '2026-04-31', '2100-02-29', '2026-13-01', '2026-00-10', '2026-11-00']
  const written = ['', '26-11-24', '2026-1-1', '2026/11/24', ' 2026-11-24', '2026-11-24\n', '2026-11-24T00:00:00Z']
  const other = [undefined, null, 20261124, ['2026-11-24'], {}, new Date(0)]
  for (const date of [...impossible, ...written, ...other])
    assert.throws(() => assertDate(date), { name: 'RangeError', message: /YYYY-MM-DD/ }, String(date))
})

test('addDays crosses the ends of months and years', () => {
  assert.equal(addDays('2026-12-31', 1), '2027-01-01')
  assert.equal(addDays('2024-03-01', -1), '2024-02-29')
  assert.equal(addDays('2026-03-01', -7), '2026-02-22')
  assert.equal(addDays('2026-11-24', 0), '2026-11-24')
})

test('datesBetween includes both dates, and is empty if the second is earlier', () => {
  assert.deepEqual(datesBetween('2026-02-27', '2026-03-02'), ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'])
  assert.deepEqual(datesBetween('2026-11-24', '2026-11-24'), ['2026-11-24'])
  assert.deepEqual(datesBetween('2026-11-24', '2026-11-23'), [])
})

test('a day in São Paulo begins at 03:00 UTC', () => {
  const day = dayIn('America/Sao_Paulo')
  assert.equal(day(at('2026-11-24T02:59:59.999Z')), '2026-11-23')
  assert.equal(day(at('2026-11-24T03:00:00.000Z')), '2026-11-24')
  assert.equal(day(at('2027-01-01T02:59:59.999Z')), '2026-12-31')
})

test('with daylight saving, a day in São Paulo began at 02:00 UTC; the clock changed at midnight', () => {
  const day = dayIn('America/Sao_Paulo')
  assert.equal(day(at('2019-01-01T01:59:59.999Z')), '2018-12-31')
  assert.equal(day(at('2019-01-01T02:00:00.000Z')), '2019-01-01')
  assert.equal(day(at('2018-11-04T02:59:59.999Z')), '2018-11-03') // then the clock went from 00:00 to 01:00
  assert.equal(day(at('2018-11-04T03:00:00.000Z')), '2018-11-04')
  assert.equal(day(at('2019-02-17T02:30:00.000Z')), '2019-02-16') // the clock had gone from 00:00 back to 23:00
  assert.equal(day(at('2019-02-17T03:00:00.000Z')), '2019-02-17')
})

test('dayIn handles daylight saving, unusual offsets and a date that a zone skipped', () => {
  assert.equal(dayIn('America/New_York')(at('2026-07-04T03:59:59Z')), '2026-07-03')
  assert.equal(dayIn('America/New_York')(at('2026-12-04T04:59:59Z')), '2026-12-03')
  assert.equal(dayIn('Asia/Kathmandu')(at('2026-11-23T18:15:00Z')), '2026-11-24')
  assert.equal(dayIn('Pacific/Apia')(at('2011-12-30T09:59:59Z')), '2011-12-29')
  assert.equal(dayIn('Pacific/Apia')(at('2011-12-30T10:00:00Z')), '2011-12-31')
  assert.equal(dayIn('UTC')(0), '1970-01-01')
})

test('dayIn does not depend on earlier calls: a clock that went back over midnight at 00:01', () => {
  const day = dayIn('America/St_Johns')
  const asked = ['02:29:59.999', '02:30:00.000', '02:30:59.999', '02:31:00.000', '02:30:59.999', '03:30:00.000']
  assert.deepEqual(
    asked.map(time => day(at(`2010-11-07T${time}Z`))),
    ['2010-11-06', '2010-11-07', '2010-11-07', '2010-11-06', '2010-11-07', '2010-11-07'],
  )
})

test('dayIn does not depend on earlier calls, in every zone', () => {
  const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
  const instant = fc.integer({ min: at('1972-01-08'), max: at('2040-01-01') })
  const distance = fc.integer({ min: -90_000, max: 90_000 })
  fc.assert(
    fc.property(zone, instant, distance, (zone, start, ms) => {
      const day = dayIn(zone)
      const midnight = nextMidnight(zone, start)
      for (const asked of [midnight, midnight + ms, midnight - 1, midnight - ms])
        assert.equal(day(asked), dayIn(zone)(asked))
    }),
  )
})

test('a time zone that does not exist throws, and the error names the format', () => {
  for (const zone of ['', 'Mars/Olympus_Mons', 'America/Sao Paulo', 'Brasilia'])
    assert.throws(() => dayIn(zone), { name: 'RangeError', message: /TIME_ZONE.*IANA/ }, zone)
  assert.throws(() => nextMidnight('Mars/Olympus_Mons', 0), RangeError)
})

test('nextMidnight is when the date changes, on days of 23, 24, 24½ and 25 hours', () => {
  const cases: [zone: string, now: string, midnight: string][] = [
    ['America/Sao_Paulo', '2026-11-24T02:59:59.999Z', '2026-11-24T03:00:00.000Z'],
    ['America/Sao_Paulo', '2026-11-24T03:00:00.000Z', '2026-11-25T03:00:00.000Z'],
    ['America/New_York', '2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z'],
    ['America/New_York', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-04T13:00:00.000Z', '2026-04-05T13:30:00.000Z'],
    ['Asia/Kathmandu', '2026-11-24T00:00:00.000Z', '2026-11-24T18:15:00.000Z'],
    ['America/Sao_Paulo', '2018-11-03T12:00:00.000Z', '2018-11-04T03:00:00.000Z'], // 00:00 did not exist: 01:00
    ['America/Sao_Paulo', '2019-02-16T12:00:00.000Z', '2019-02-17T03:00:00.000Z'], // 23:00 to 24:00 came twice
    ['Africa/Cairo', '2026-04-23T12:00:00.000Z', '2026-04-23T22:00:00.000Z'], // 00:00 does not exist: 01:00
    ['Pacific/Apia', '2011-12-29T22:00:00.000Z', '2011-12-30T10:00:00.000Z'], // the 30th did not exist: the 31st
  ]
  for (const [zone, now, midnight] of cases)
    assert.equal(new Date(nextMidnight(zone, at(now))).toISOString(), midnight, `${zone} ${now}`)
})

test('nextMidnight is the first instant of the next day, at any time in any zone', () => {
  const zone = fc.constantFrom('America/Sao_Paulo', 'Africa/Cairo', 'Asia/Beirut', 'America/Havana', 'Pacific/Chatham')
  fc.assert(
    fc.property(zone, fc.integer({ min: at('2015-01-01'), max: at('2035-01-01') }), (zone, now) => {
      const day = dayIn(zone)
      const midnight = nextMidnight(zone, now)
      assert.ok(midnight > now)
      assert.equal(day(midnight - 1), day(now))
      assert.equal(day(midnight), addDays(day(now), 1))
    }),
    { numRuns: 100 },
  )
})
