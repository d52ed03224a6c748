import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseChart } from '../../sql/chart.ts'
import type { Row } from '../query/engine.ts'
import { isoWeek } from './axis.ts'
import type { Answer, ChartContext, ChartModel } from './chart-context.ts'
import { tell } from './figure.ts'
import { formatsOf } from './language.ts'
import { WORDS } from './translations.ts'

const telling: ChartContext = {
  words: WORDS.en,
  formats: formatsOf('en'),
  period: { from: '2026-11-09', to: '2026-11-15' },
  first: ['whatsapp', 'telegram'],
  color: series => series ?? 'own',
}

/** An answer whose columns are written as `name type`. */
const answer = (columns: readonly string[], rows: readonly Row[], rest: Partial<Answer> = {}): Answer => ({
  columns: columns.map(column => {
    const [name = '', type = 'varchar'] = column.split(' ')
    return { name, type }
  }),
  rows,
  more: 0,
  moreSums: columns.map(() => 0),
  limited: false,
  ...rest,
})

function told(chart: string, ...of: Parameters<typeof answer>): ChartModel {
  const figure = tell(parseChart(chart), answer(...of), telling)
  assert.ok(figure)
  return figure
}

/** Without the isolates around people's text. */
const plain = (text: string) => text.replace(/[\u2068\u2069]/g, '')

describe('a ranking', () => {
  const columns = ['name', 'messages bigint']
  const people = Array.from({ length: 14 }, (_, i): Row => [`P${i}`, 20 - i])

  it('draws ten and tells of the others', () => {
    const { drawing, finding, notes } = told('bar x=name y=messages', columns, people)
    assert.equal(drawing.kind === 'ranking' && drawing.bars.length, 10)
    assert.equal(plain(finding), 'First: P0, with 20 (11%).')
    assert.deepEqual(notes, ['And 4 others, with 34 in all.'])
  })

  it('counts the rows that were too many to keep', () => {
    const rest = { more: 1000, moreSums: [0, 5000] }
    const { finding, notes } = told('bar x=name y=messages top=1', columns, people, rest)
    assert.equal(plain(finding), 'First: P0, with 20 (0.4%).')
    assert.deepEqual(notes, ['And 1,013 others, with 5,169 in all.'])
  })

  it('tells no share of a whole that the query did not give', () => {
    const { finding, notes } = told('bar x=name y=messages', columns, people, { limited: true })
    assert.deepEqual([plain(finding), notes], ['First: P0, with 20.', []])
  })

  it('names who is level, unless they are many', () => {
    const level = (count: number) =>
      plain(
        told(
          'bar x=name y=messages',
          columns,
          people.slice(0, count).map(([name]): Row => [name ?? '', 3]),
        ).finding,
      )
    assert.equal(level(2), 'First: P0 and P1, with 3 (50%) each.')
    assert.equal(level(9), '9 are level, with 3 each.')
  })

  it('keeps people of one name apart, and joins what series tell apart', () => {
    const twice = told('bar x=name y=messages', columns, [
      ['Ana', 2],
      ['Ana', 1],
    ]).drawing
    assert.deepEqual(twice.kind === 'ranking' && twice.bars.map(({ value }) => value), [2, 1])
    const joined = told(
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

  it('gives the fifth of too many series and those after it one colour', () => {
    const rows = Array.from({ length: 8 }, (_, i): Row => ['x', `s${i}`, 1])
    const { legend } = told('bar x=name y=messages series=kind', ['name', 'kind', 'messages bigint'], rows)
    assert.deepEqual(
      legend.map(({ name }) => name),
      ['s0', 's1', 's2', 's3', 'others'],
    )
  })

  it('has a word for no value and for the empty one', () => {
    const { drawing } = told('bar x=name y=messages', columns, [
      [null, 2],
      ['', 1],
    ])
    assert.deepEqual(drawing.kind === 'ranking' && drawing.bars.map(({ label }) => label), ['(none)', '(empty)'])
  })
})

describe('columns and lines', () => {
  it('have a place for every hour and weekday', () => {
    const hours = told(
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
    const days = told('bar x=weekday y=messages', ['weekday bigint', 'messages bigint'], [[7, 3]])
    assert.deepEqual(days.drawing.kind === 'columns' && days.drawing.labels.at(-1), 'Sun')
    assert.equal(days.finding, 'Busiest day: Sunday, with 3 (100%).')
  })

  it('have a place for every day of the period, and tell of what lies outside', () => {
    const rows: Row[] = [
      ['1970-01-01', 2, 2],
      ['2026-11-10', 5, 2.5],
      ['2026-11-12', 1, 1.5],
    ]
    const { drawing, finding, notes } = told(
      'line x=day y=messages,mean_7_days',
      ['day date', 'messages bigint', 'mean_7_days double'],
      rows,
    )
    assert.deepEqual(drawing.kind === 'lines' && drawing.lines[0], {
      name: 'messages',
      color: 'own',
      values: [0, 5, 0, 1, 0, 0, 0],
      mean: [0, 2.5, 5 / 3, 1.5, 6 / 5, 1, 6 / 7],
    })
    assert.equal(finding, 'Busiest day: Tuesday, November 10, 2026, with 5 (83%).')
    assert.deepEqual(notes, ['2 messages tell a date outside of this period.'])
  })

  it('have a place for every week', () => {
    const { drawing, finding } = told(
      'bar x=monday y=new_people,returning_people',
      ['monday date', 'new_people bigint', 'returning_people bigint'],
      [['2026-11-09', 4, 1]],
    )
    assert.deepEqual(drawing.kind === 'columns' && drawing.labels, ['W46'])
    assert.equal(finding, 'Total: up to 5 (week 46 of 2026).')
  })

  it('leave a gap where there is no delay to tell of', () => {
    const { drawing, finding } = told(
      'line x=day y=median_seconds',
      ['day date', 'median_seconds bigint'],
      [['2026-11-10', 90]],
    )
    assert.deepEqual(drawing.kind === 'lines' && drawing.lines[0]?.values.slice(0, 3), [null, 90, null])
    assert.equal(finding, 'Median: up to 1.5 min (Tuesday, November 10, 2026).')
  })

  it('are at 0 where nobody wrote', () => {
    const { drawing } = told('line x=day y=people', ['day date', 'people bigint'], [['2026-11-10', 3]])
    assert.deepEqual(drawing.kind === 'lines' && drawing.lines[0]?.values, [0, 3, 0, 0, 0, 0, 0])
  })

  it('have the names of months where these begin, of more than a year', () => {
    const years = { ...telling, period: { from: '2025-01-17', to: '2026-03-02' } }
    const rows = answer(['day date', 'people bigint'], [['2025-02-01', 3]])
    const drawing = tell(parseChart('line x=day y=people'), rows, years)?.drawing
    assert.ok(drawing?.kind === 'lines')
    assert.deepEqual(drawing.labels.flatMap((label, i) => (label === '' ? [] : [[i, label]])).slice(0, 2), [
      [15, 'Feb 2025'],
      [43, 'Mar 2025'],
    ])
  })

  it('are not there where nothing is', () => {
    assert.equal(
      tell(parseChart('bar x=hour y=messages'), answer(['hour bigint', 'messages bigint'], []), telling),
      undefined,
    )
    assert.equal(tell(parseChart('bar x=name y=messages'), answer(['name', 'messages bigint'], []), telling), undefined)
  })
})

describe('a heatmap', () => {
  it('has a cell for every hour of every weekday', () => {
    const { drawing, finding } = told(
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
    assert.equal(finding, 'Busiest: Monday at 09:00, with 3 (75%).')
  })
})

it('a week belongs to the year of its Thursday', () => {
  const weeks = ['2024-12-30', '2026-12-31', '2027-01-03', '2021-01-03', '2026-11-09'].map(isoWeek)
  assert.deepEqual(
    weeks.map(({ year, week }) => `${year}-${week}`),
    ['2025-1', '2026-53', '2026-53', '2020-53', '2026-46'],
  )
})
