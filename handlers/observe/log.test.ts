import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { metricsOf } from '../ingest/testing/harness.ts'
import { errorKind, jsonLog } from './log.ts'
import { METRICS, type MetricName } from './metrics.ts'

function logged(log: (log: ReturnType<typeof jsonLog>) => void): string[] {
  const lines: string[] = []
  log(jsonLog({ source: 'whatsapp', requestId: 'r-1' }, line => lines.push(line)))
  return lines
}

const lineOf = (...details: Parameters<ReturnType<typeof jsonLog>>) => {
  const [line = '', ...more] = logged(log => log(...details))
  assert.deepEqual(more, [])
  return JSON.parse(line)
}

describe('a log line', () => {
  afterEach(() => delete process.env.METRICS_NAMESPACE)

  test('is one line of JSON, whatever its fields contain', () => {
    const [line = ''] = logged(log => log('warn', 'odd', { field: 'a\nb\u2028"\ud83c', nothing: undefined }))
    assert.doesNotMatch(line, /[\r\n]/)
    const { level, event, field, ...context } = JSON.parse(line)
    assert.deepEqual([level, event, field], ['warn', 'odd', 'a\nb\u2028"\ud83c'])
    assert.deepEqual(context, { source: 'whatsapp', requestId: 'r-1' })
  })

  test('has no metrics without counts', () => {
    assert.equal(lineOf('info', 'verified')._aws, undefined)
  })

  test('has its counts in the embedded metric format, with the source as dimension', () => {
    const line = lineOf('info', 'transformed', { key: 'k', counts: { Rows: 3, Duplicates: 0 } })
    assert.deepEqual(metricsOf(line), { Rows: 3, Duplicates: 0 })
    assert.deepEqual(
      line._aws.CloudWatchMetrics.map((metrics: { Dimensions: unknown }) => metrics.Dimensions),
      [[['source']]],
    )
  })

  test('can emit every metric under its name', () => {
    const names = Object.keys(METRICS) as MetricName[]
    assert.deepEqual(names, Object.values(METRICS))
    for (const name of names) assert.deepEqual(metricsOf(lineOf('info', 'x', { counts: { [name]: 7 } })), { [name]: 7 })
  })

  test('emits metrics in METRICS_NAMESPACE, or else in chatlake', () => {
    const namespace = () => lineOf('info', 'x', { counts: { Stored: 1 } })._aws.CloudWatchMetrics[0].Namespace
    assert.equal(namespace(), 'chatlake')
    process.env.METRICS_NAMESPACE = 'chatlake-test'
    assert.equal(namespace(), 'chatlake-test')
  })

  test('goes to standard output by default', t => {
    const log = t.mock.method(console, 'log', () => {})
    jsonLog({ source: 'telegram' })('info', 'stored')
    assert.deepEqual(
      log.mock.calls.map(call => call.arguments),
      [['{"level":"info","event":"stored","source":"telegram"}']],
    )
  })
})

test('errorKind gives the kind of an error, never its message', () => {
  assert.equal(errorKind(new TypeError('what somebody wrote')), 'TypeError')
  for (const thrown of ['what somebody wrote', 5, null, undefined, { message: 'what somebody wrote' }]) {
    assert.doesNotMatch(errorKind(thrown), /somebody/)
  }
})
