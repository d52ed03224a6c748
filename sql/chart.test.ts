import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chartColumns, parseChart } from './chart.ts'

describe('the chart of a header', () => {
  for (const [text, chart, columns] of [
    ['bar x=name y=messages top=20', { kind: 'bar', x: 'name', y: ['messages'], top: 20 }, ['name', 'messages']],
    ['line x=day y=messages,mean', { kind: 'line', x: 'day', y: ['messages', 'mean'] }, ['day', 'messages', 'mean']],
    [
      'line  series=platform x=day y=messages',
      { kind: 'line', x: 'day', y: ['messages'], series: 'platform' },
      ['day', 'messages', 'platform'],
    ],
    [
      'heatmap x=hour y=weekday value=messages',
      { kind: 'heatmap', x: 'hour', y: 'weekday', value: 'messages' },
      ['hour', 'weekday', 'messages'],
    ],
  ] as const) {
    it(text, () => {
      assert.deepEqual(parseChart(text), chart)
      assert.deepEqual(chartColumns(parseChart(text)), columns)
    })
  }

  for (const [text, message] of [
    ['pie x=name y=messages', /no chart "pie": bar, line, heatmap/],
    ['toString x=a y=b', /no chart "toString"/],
    ['bar x=name', /the bar lacks "y=…"/],
    ['bar x=name y=messages colour=red', /a bar has no "colour=red": x=… y=… series=… top=…/],
    ['bar x=name y=messages x=other', /"x" twice/],
    ['bar x=a,b y=messages', /"x" of a bar is one column/],
    ['bar x = name y=messages', /a bar has no "x"/],
    ['bar x=a y=b top=0', /"top" is a number/],
    ['heatmap x=a y=b,c value=d', /"y" of a heatmap is one column/],
  ] as const) {
    it(`is refused as ${text}`, () => assert.throws(() => parseChart(text), message))
  }
})
