import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseChart } from '../../sql/chart.ts'
import type { Row } from '../query/engine.ts'
import { isoWeek } from './axis.ts'
import type { ChartContext, ChartModel, QueryResult } from './chart-context.ts'
import { buildChart } from './chart-model.ts'
import { formatsOf } from './language.ts'
import { translationsOf } from './translations.ts'

const context: ChartContext = {
  translations: translationsOf('en'),
  formats: formatsOf('en'),
  period: { from: '2026-11-09', to: '2026-11-15' },
  firstSeries: ['whatsapp', 'telegram'],
  color: series => series ?? 'base',
}

/** A result. Each column is written as its name, followed by its type unless that is varchar. */
const result = (columns: readonly string[], rows: readonly Row[], rest: Partial<QueryResult> = {}): QueryResult => ({
  columns: columns.map(column => {
    const [name = '', type = 'varchar'] = column.split(' ')
    return { name, type }
  }),
  rows,
  omittedRows: 0,
  omittedSums: columns.map(() => 0),
  isLimited: false,
  ...rest,
})

function build(chart: string, ...of: Parameters<typeof result>): ChartModel {
  const model = buildChart(parseChart(chart), result(...of), context)
  assert.ok(model)
  return model
}

/** Removes the isolates around people's text. */
const withoutIsolates = (text: string) => text.replace(/[\u2068\u2069]/g, '')

describe('a ranking', () => {
  const columns = ['name', 'messages bigint']
  const people = Array.from({ length: 14 }, (_, i): Row => [`P${i}`, 20 - i])

  it('draws ten bars and sums up the others', () => {
    const { drawing, finding, notes } = build('bar x=name y=messages', columns, people)
    assert.equal(drawing.kind === 'ranking' && drawing.bars.length, 10)
    assert.equal(withoutIsolates(finding), 'Top: P0, with 20 (11%).')
    assert.deepEqual(notes, ['Not shown: 4 more, with 34 in total.'])
  })

  it('counts the rows that were not kept', () => {
    const rest = { omittedRows: 1000, omittedSums: [0, 5000] }
    const { finding, notes } = build('bar x=name y=messages top=1', columns, people, rest)
    assert.equal(withoutIsolates(finding), 'Top: P0, with 20 (0.4%).')
    assert.deepEqual(notes, ['Not shown: 1,013 more, with 5,169 in total.'])
  })

  it('gives no share when the query has a LIMIT', () => {
    const { finding, notes } = build('bar x=name y=messages', columns, people, { isLimited: true })
    assert.deepEqual([withoutIsolates(finding), notes], ['Top: P0, with 20.', []])
  })

  it('lists up to three ties and counts more', () => {
    const tie = (count: number) =>
      withoutIsolates(
        build(
          'bar x=name y=messages',
          columns,
          people.slice(0, count).map(([name]): Row => [name ?? '', 3]),
        ).finding,
      )
    assert.equal(tie(2), 'Top: P0 and P1, with 3 (50%) each.')
    assert.equal(tie(9), '9-way tie, with 3 each.')
  })

  it('draws one bar per row, and one bar per label when the chart has series', () => {
    const twice = build('bar x=name y=messages', columns, [
      ['Ana', 2],
      ['Ana', 1],
    ]).drawing
    assert.deepEqual(twice.kind === 'ranking' && twice.bars.map(({ value }) => value), [2, 1])
    const joined = build(
      'bar x=reason y=messages series=source',
      ['reason', 'source', 'messages bigint'],
      [
        ['not_json', 'telegram', 1],
        ['not_utf8', 'whatsapp', 3],
        ['not_json', 'whatsapp', 4],
      ],
    )
    assert.deepEqual(joined.drawing.kind === 'ranking' && joined.drawing.bars, [
      {
        label: 'not JSON',
        value: 5,
        parts: [
          { color: 'whatsapp', value: 4 },
          { color: 'telegram', value: 1 },
        ],
      },
      {
        label: 'not UTF-8',
        value: 3,
        parts: [
          { color: 'whatsapp', value: 3 },
          { color: 'telegram', value: 0 },
        ],
      },
    ])
    assert.deepEqual(
      joined.legend.map(({ name }) => name),
      ['WhatsApp', 'Telegram'],
    )
  })

  it('joins the series from the fifth on when there are more than five', () => {
    const rows = Array.from({ length: 8 }, (_, i): Row => ['x', `s${i}`, 1])
    const { legend } = build('bar x=name y=messages series=kind', ['name', 'kind', 'messages bigint'], rows)
    assert.deepEqual(
      legend.map(({ name }) => name),
      ['s0', 's1', 's2', 's3', 'other'],
    )
  })

  it('labels null and the empty string', () => {
    const { drawing } = build('bar x=name y=messages', columns, [
      [null, 2],
      ['', 1],
    ])
    assert.deepEqual(drawing.kind === 'ranking' && drawing.bars.map(({ label }) => label), ['(none)', '(empty)'])
  })
})

describe('columns and lines', () => {
  it('show every hour and weekday', () => {
    const hours = build(
      'bar x=hour y=messages',
      ['hour bigint', 'messages bigint'],
      [
        [11, 3],
        [19, 1],
      ],
    )
    assert.deepEqual(hours.drawing.kind === 'columns' && hours.drawing.layers[0]?.values.filter(value => value), [3, 1])
    assert.equal(hours.drawing.kind === 'columns' && hours.drawing.labels.length, 24)
    assert.equal(hours.finding, 'Busiest hour: 11:00, with 3 (75%).')
    const days = build('bar x=weekday y=messages', ['weekday bigint', 'messages bigint'], [[7, 3]])
    assert.deepEqual(days.drawing.kind === 'columns' && days.drawing.labels.at(-1), 'Sun')
    assert.equal(days.finding, 'Busiest day: Sunday, with 3 (100%).')
  })

  it('show every day of the period and count messages outside it', () => {
    const rows: Row[] = [
      ['1970-01-01', 2, 2],
      ['2026-11-10', 5, 2.5],
      ['2026-11-12', 1, 1.5],
    ]
    const { drawing, finding, notes } = build(
      'line x=day y=messages,mean_7_days',
      ['day date', 'messages bigint', 'mean_7_days double'],
      rows,
    )
    assert.deepEqual(drawing.kind === 'lines' && drawing.lines[0], {
      name: 'messages',
      color: 'base',
      values: [0, 5, 0, 1, 0, 0, 0],
      mean: [0, 2.5, 5 / 3, 1.5, 6 / 5, 1, 6 / 7],
    })
    assert.equal(finding, 'Busiest day: Tuesday, November 10, 2026, with 5 (83%).')
    assert.deepEqual(notes, ['2 messages are dated outside this period.'])
  })

  it('show every week', () => {
    const { drawing, finding } = build(
      'bar x=monday y=new_people,returning_people',
      ['monday date', 'new_people bigint', 'returning_people bigint'],
      [['2026-11-09', 4, 1]],
    )
    assert.deepEqual(drawing.kind === 'columns' && drawing.labels, ['W46'])
    assert.equal(finding, 'Total: peak of 5 (week 46 of 2026).')
  })

  it('leave a gap where a duration is missing', () => {
    const { drawing, finding } = build(
      'line x=day y=median_seconds',
      ['day date', 'median_seconds bigint'],
      [['2026-11-10', 90]],
    )
    assert.deepEqual(drawing.kind === 'lines' && drawing.lines[0]?.values.slice(0, 3), [null, 90, null])
    assert.equal(finding, 'Median: peak of 1.5 min (Tuesday, November 10, 2026).')
  })

  it('show 0 for a day without messages', () => {
    const { drawing } = build('line x=day y=people', ['day date', 'people bigint'], [['2026-11-10', 3]])
    assert.deepEqual(drawing.kind === 'lines' && drawing.lines[0]?.values, [0, 3, 0, 0, 0, 0, 0])
  })

  it('label only the first day of each month when the period exceeds a year', () => {
    const years = { ...context, period: { from: '2025-01-17', to: '2026-03-02' } }
    const rows = result(['day date', 'people bigint'], [['2025-02-01', 3]])
    const drawing = buildChart(parseChart('line x=day y=people'), rows, years)?.drawing
    assert.ok(drawing?.kind === 'lines')
    assert.deepEqual(drawing.labels.flatMap((label, i) => (label === '' ? [] : [[i, label]])).slice(0, 2), [
      [15, 'Feb 2025'],
      [43, 'Mar 2025'],
    ])
  })

  it('are undefined when there is no data', () => {
    assert.equal(
      buildChart(parseChart('bar x=hour y=messages'), result(['hour bigint', 'messages bigint'], []), context),
      undefined,
    )
    assert.equal(
      buildChart(parseChart('bar x=name y=messages'), result(['name', 'messages bigint'], []), context),
      undefined,
    )
  })
})

describe('a heatmap', () => {
  it('shows every hour of every weekday', () => {
    const { drawing, finding } = build(
      'heatmap x=hour y=weekday value=messages',
      ['weekday bigint', 'hour bigint', 'messages bigint'],
      [
        [1, 9, 3],
        [7, 23, 1],
      ],
    )
    assert.ok(drawing.kind === 'heatmap')
    assert.deepEqual([drawing.values.length, drawing.values[0]?.length], [7, 24])
    assert.deepEqual([drawing.values[0]?.[9], drawing.values[6]?.[23]], [3, 1])
    assert.equal(finding, 'Peak: Monday at 09:00, with 3 (75%).')
  })
})

it('assigns an ISO week to the year of its Thursday', () => {
  const weeks = ['2024-12-30', '2026-12-31', '2027-01-03', '2021-01-03', '2026-11-09'].map(isoWeek)
  assert.deepEqual(
    weeks.map(({ year, week }) => `${year}-${week}`),
    ['2025-1', '2026-53', '2026-53', '2020-53', '2026-46'],
  )
})
