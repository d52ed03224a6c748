import assert from 'node:assert/strict'
import { test } from 'node:test'
import { METRICS } from '../handlers/observe/metrics.ts'
import { sources } from '../handlers/sources/index.ts'
import { attributes, readable, synth } from './testing/synth.ts'

interface Widget {
  readonly x: number
  readonly y: number
  readonly properties: { readonly title: string; readonly period: number; readonly metrics: readonly unknown[][] }
}

const bodyOf = (env: NodeJS.ProcessEnv = {}): { readonly widgets: readonly Widget[] } => {
  const [dashboard] = Object.values(readable(synth(env)).resource.aws_cloudwatch_dashboard ?? {})
  return JSON.parse(String(dashboard?.dashboard_body))
}

test('the dashboard has deliveries, answers, nights, freshness and what drives the costs', () => {
  const { widgets } = bodyOf()
  const names = sources.map(({ name }) => name)
  assert.deepEqual(
    widgets.map(({ properties }) => properties.title),
    [
      ...names.map(name => `Deliveries of ${name}, by outcome`),
      'Answers: milliseconds',
      'Answers: errors and throttling',
      ...names.map(name => `The night's account of ${name}`),
      'Freshness: days transformed',
      'Quarantined',
      'Cost: requests and invocations',
      'Cost: milliseconds of functions',
      'Cost: bytes in S3',
      'Cost: bytes that Athena read',
    ],
  )
  const places = new Set(widgets.map(({ x, y }) => `${x} ${y}`))
  assert.equal(places.size, widgets.length, 'no graph covers another')
})

test("a graph's metric of the functions is one that they write, with their dimension", () => {
  const own = bodyOf().widgets.flatMap(({ properties }) =>
    properties.metrics.filter(([namespace, name]) => namespace === 'chatlake/prod' && name !== 'Throttled'),
  )
  assert.ok(own.length > 0)
  for (const [, name, dimension, source] of own) {
    assert.ok(String(name) in METRICS, String(name))
    assert.equal(dimension, 'source')
    assert.ok(sources.some(({ name }) => name === source))
  }
})

test('dashboard=false makes none', () => {
  assert.equal(synth({ CHATLAKE_DASHBOARD: 'false' }).stack.resource.aws_cloudwatch_dashboard, undefined)
})

test("a budget counts this stage's costs and notifies the alarms' topic; without the setting there is none", () => {
  assert.equal(synth().stack.resource.aws_budgets_budget, undefined)
  const notification = (notification_type: string, threshold: number) => ({
    notification_type,
    comparison_operator: 'GREATER_THAN',
    threshold,
    threshold_type: 'PERCENTAGE',
    subscriber_sns_topic_arns: ['alarms_topic.arn'],
  })
  const budget = {
    name: 'chatlake-prod-monthly',
    limit_amount: '50',
    limit_unit: 'USD',
    time_unit: 'MONTHLY',
    cost_filter: [{ name: 'TagKeyValue', values: ['user:chatlake:stack$chatlake-prod'] }],
    notification: [notification('ACTUAL', 80), notification('FORECASTED', 100)],
  }
  const stack = readable(synth({ CHATLAKE_MONTHLY_BUDGET_USD: '50' }))
  assert.deepEqual(attributes(stack, 'aws_budgets_budget', ...Object.keys(budget)), { budget: budget })
})
