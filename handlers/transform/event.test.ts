import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateOf } from './event.ts'

const SAO_PAULO = 'America/Sao_Paulo'

test('a date is that day, in any time zone', () => {
  for (const zone of [SAO_PAULO, 'Pacific/Kiritimati', 'UTC'])
    assert.equal(dateOf({ date: '2026-11-24' }, zone), '2026-11-24')
})

test('a time is the day before it in the time zone', () => {
  assert.equal(dateOf({ time: '2026-11-24T03:00:00Z' }, SAO_PAULO), '2026-11-23')
  assert.equal(dateOf({ time: '2026-11-24T02:59:59Z' }, SAO_PAULO), '2026-11-22')
  assert.equal(dateOf({ time: '2026-11-24T00:15:00-03:00' }, SAO_PAULO), '2026-11-23')
  assert.equal(dateOf({ time: '2026-11-24T03:15:00.123Z' }, 'Asia/Tokyo'), '2026-11-23')
  assert.equal(dateOf({ time: '2027-01-01T03:15Z' }, SAO_PAULO), '2026-12-31')
  assert.equal(dateOf({ time: '2024-03-01T12:00:00Z' }, 'UTC'), '2024-02-29')
})

test('a time just after a midnight that the clock skips or repeats is the day before, too', () => {
  assert.equal(dateOf({ time: '2018-11-04T03:00:00Z' }, SAO_PAULO), '2018-11-03') // 00:00 did not exist
  assert.equal(dateOf({ time: '2019-02-17T02:30:00Z' }, SAO_PAULO), '2019-02-15') // 23:30 for the second time
  assert.equal(dateOf({ time: '2026-03-09T04:00:00Z' }, 'America/New_York'), '2026-03-08') // 23 hours
})

test('an empty event is yesterday in the time zone', t => {
  t.mock.method(Date, 'now', () => Date.parse('2026-11-24T02:30:00Z'))
  for (const event of [{}, null, undefined]) {
    assert.equal(dateOf(event, SAO_PAULO), '2026-11-22')
    assert.equal(dateOf(event, 'UTC'), '2026-11-23')
  }
})

test('a date takes precedence over a time, and other members of an EventBridge event are ignored', () => {
  const scheduled = { version: '0', id: '1', 'detail-type': 'Scheduled Event', source: 'aws.scheduler', detail: {} }
  const event = { ...scheduled, time: '2026-11-24T03:15:00Z', resources: [] }
  assert.equal(dateOf(event, SAO_PAULO), '2026-11-23')
  assert.equal(dateOf({ ...event, date: '2026-01-31' }, SAO_PAULO), '2026-01-31')
})

test('an event that is no object, or has other members but no date or time, throws', () => {
  for (const event of ['{"date":"2026-11-20"}', 'a string', 5, true, [], [{ date: '2026-11-20' }]])
    assert.throws(() => dateOf(event, SAO_PAULO), { name: 'RangeError', message: /is not an event/ }, String(event))
  for (const event of [{ Date: '2026-11-20' }, { dates: [] }, JSON.parse('{"__proto__":{"date":"2026-11-20"}}')])
    assert.throws(() => dateOf(event, SAO_PAULO), { name: 'RangeError', message: /neither date nor time/ })
})

test('an impossible date throws', () => {
  for (const date of ['2026-02-30', '2026-13-01', '24/11/2026', '', null, 20261124, {}])
    assert.throws(() => dateOf({ date }, SAO_PAULO), { name: 'RangeError', message: /YYYY-MM-DD/ }, String(date))
})

test('a time that is no instant throws: impossible, without an offset, or not ISO 8601', () => {
  const impossible = ['2026-02-30T03:15:00Z', '2026-11-31T03:15:00Z', '2026-13-01T03:15:00Z', '2026-11-24T25:00:00Z']
  const other = [
    '2026-11-24',
    '2026-11-24T03:15:00',
    'yesterday',
    '',
    '<aws.scheduler.scheduled-time>',
    1795490100,
    null,
  ]
  for (const time of [...impossible, ...other])
    assert.throws(() => dateOf({ time }, SAO_PAULO), { name: 'RangeError', message: /instant/ }, String(time))
})

test('a time zone that does not exist throws', () => {
  assert.throws(() => dateOf({ time: '2026-11-24T03:15:00Z' }, 'Brasilia'), RangeError)
})
