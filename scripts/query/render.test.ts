import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '../../handlers/lake/testing/code-point.ts'
import { textWidth } from '../lib/cli/text-width.ts'
import type { Column, Result, Row } from './engine.ts'
import { type Format, render } from './render.ts'
import type { TableOptions } from './render-table.ts'

const result = (columns: readonly (readonly [string, string])[], ...batches: readonly (readonly Row[])[]): Result => ({
  columns: columns.map(([name, type]): Column => ({ name, type })),
  batches: (async function* () {
    yield* batches
  })(),
})

async function text(rendered: Result, format: Format, options?: TableOptions) {
  let whole = ''
  for await (const piece of render(rendered, format, options)) whole += piece
  return whole
}

describe('CSV', () => {
  it('follows RFC 4180 and distinguishes null from the empty text', async () => {
    const rows = [
      ['plain', 1],
      ['', null],
      ['a,b', 9007199254740993n],
      ['say "olá"', -1],
      ['two\nlines', 0.1],
      ['carriage\rreturn', true],
      [' spaces ', Number.NaN],
    ]
    assert.equal(
      await text(
        result(
          [
            ['t,x', 'varchar'],
            ['n', 'double'],
          ],
          rows.slice(0, 3),
          rows.slice(3),
        ),
        'csv',
      ),
      [
        '"t,x",n',
        'plain,1',
        '"",',
        '"a,b",9007199254740993',
        '"say ""olá""",-1',
        '"two\nlines",0.1',
        '"carriage\rreturn",true',
        ' spaces ,NaN',
        '',
      ].join('\r\n'),
    )
  })

  it('has a header without rows', async () => {
    assert.equal(
      await text(
        result([
          ['a', 'varchar'],
          ['b', 'bigint'],
        ]),
        'csv',
      ),
      'a,b\r\n',
    )
  })
})

describe('JSON', () => {
  it('is an array of objects with exact numbers', async () => {
    const rendered = await text(
      result(
        [
          ['i', 'bigint'],
          ['d', 'decimal(38,2)'],
          ['x', 'double'],
          ['t', 'varchar'],
          ['__proto__', 'boolean'],
        ],
        [
          [9007199254740991, '1.50', 0.1, 'a "b"\n\u2028👍🏽', true],
          [9007199254740993n, '123456789012345678901234567890.12', Number.POSITIVE_INFINITY, '', false],
        ],
        [[-9223372036854775808n, null, null, null, null]],
      ),
      'json',
    )
    assert.equal(
      rendered,
      `[
{"i":9007199254740991,"d":1.50,"x":0.1,"t":"a \\"b\\"\\n\u2028👍🏽","__proto__":true},
{"i":"9007199254740993","d":"123456789012345678901234567890.12","x":"Infinity","t":"","__proto__":false},
{"i":"-9223372036854775808","d":null,"x":null,"t":null,"__proto__":null}
]
`,
    )
    assert.equal(JSON.parse(rendered).length, 3)
  })

  it('is an empty array without rows', async () => {
    assert.equal(await text(result([['a', 'varchar']]), 'json'), '[]\n')
  })

  it('numbers columns of the same name', async () => {
    const columns = [
      ['n', 'bigint'],
      ['n', 'bigint'],
      ['n_2', 'bigint'],
    ] as const
    assert.equal(await text(result(columns, [[1, 2, 3]]), 'json'), '[\n{"n":1,"n_2":2,"n_2_2":3}\n]\n')
  })
})

describe('table', () => {
  it('aligns texts to the left and numbers to the right, whatever their width', async () => {
    const rows: Row[] = [
      ['Ana', 5, 'x'],
      ['王芳', 1234, ''],
      ['👩🏽‍🚀 José', null, null],
      ['e\u0301', -1, 'fim'],
    ]
    assert.equal(
      await text(
        result(
          [
            ['nome', 'varchar'],
            ['n', 'bigint'],
            ['fim', 'varchar'],
          ],
          rows,
        ),
        'table',
      ),
      [
        'nome    │    n │ fim',
        '────────┼──────┼────',
        'Ana     │    5 │ x',
        '王芳    │ 1234 │ ',
        '👩🏽‍🚀 José │    ∅ │ ∅',
        'e\u0301       │   -1 │ fim',
        '',
      ].join('\n'),
    )
  })

  it('has a head without rows', async () => {
    assert.equal(
      await text(
        result([
          ['a', 'varchar'],
          ['bc', 'bigint'],
        ]),
        'table',
      ),
      'a │ bc\n──┼───\n',
    )
  })

  it('escapes what would control the terminal or change the direction of text', async () => {
    const hostile = 'a\nb\tc\r\x1b[2J\x00\x7f\x9b31m\u202eevil\u2028<script>'
    assert.equal(
      await text(result([['\x1bname', 'varchar']], [[hostile]]), 'table'),
      `␛name\n${'─'.repeat(45)}\na↵b␉c␍␛[2J␀␡\\u009b31m\\u202eevil\\u2028<script>\n`,
    )
  })

  it('truncates long cells to the width of a terminal, and nothing without one', async () => {
    const long = 'palavra '.repeat(20)
    const columns = [
      ['id', 'bigint'],
      ['message', 'varchar'],
    ] as const
    const lines = (await text(result(columns, [[1, long]]), 'table', { width: 40 })).split('\n')
    for (const line of lines) assert.ok(textWidth(line) <= 40, line)
    assert.match(lines[2] ?? '', /^ 1 │ palavra .*…$/)
    assert.ok((await text(result(columns, [[1, long]]), 'table')).includes(long))
  })

  it('shows rows as records where columns would be too narrow', async () => {
    const columns = ['a', 'b', 'c', 'd'].map(name => [name, 'varchar'] as const)
    const rows: Row[] = [
      ['long enough text', 'long enough text', 'long enough text', null],
      ['1', '2', '', '4'],
    ]
    assert.equal(
      await text(result(columns, rows), 'table', { width: 30 }),
      [
        `── 1 ${'─'.repeat(25)}`,
        'a │ long enough text',
        'b │ long enough text',
        'c │ long enough text',
        'd │ ∅',
        `── 2 ${'─'.repeat(25)}`,
        'a │ 1',
        'b │ 2',
        'c │ ',
        'd │ 4',
        '',
      ].join('\n'),
    )
  })

  it('dims null and rules only with color', async () => {
    const rendered = () => result([['a', 'varchar']], [[null], ['∅']])
    assert.equal(await text(rendered(), 'table'), 'a\n─\n∅\n∅\n')
    const colored = await text(rendered(), 'table', { color: true })
    assert.equal(colored, '\x1b[1ma\x1b[22m\n\x1b[2m─\x1b[22m\n\x1b[2m∅\x1b[22m\n∅\n')
  })

  it('streams a long result with widths from its first rows', async () => {
    const batches = Array.from({ length: 30 }, (_, batch) =>
      Array.from({ length: 100 }, (_, row): Row => [batch * 100 + row, batch < 20 ? 'a' : 'a longer one']),
    )
    let taken = 0
    async function* counted() {
      for (const batch of batches) {
        taken++
        yield batch
      }
    }
    const columns = [
      { name: 'n', type: 'bigint' },
      { name: 'text', type: 'varchar' },
    ]
    const pieces = render({ columns, batches: counted() }, 'table')
    const first = await pieces[Symbol.asyncIterator]().next()
    assert.equal(taken, 10)
    assert.match(first.value, /^ {2}n │ text\n/)
  })
})

describe('arbitrary rows', () => {
  const cell = fc.oneof(
    fc.constant(null),
    fc.string({ unit: codePoint }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  )
  const cells = fc.array(fc.tuple(cell, cell), { maxLength: 20 })
  const columns = [
    ['a', 'varchar'],
    ['b', 'varchar'],
  ] as const

  it('are the same after a round trip through CSV', () =>
    fc.assert(
      fc.asyncProperty(cells, async rows => {
        const [, ...parsed] = parseCsv(await text(result(columns, rows), 'csv'))
        assert.deepEqual(
          parsed,
          rows.map(row => row.map(value => (value === null ? null : String(value)))),
        )
      }),
    ))

  it('are the same after a round trip through JSON', () =>
    fc.assert(
      fc.asyncProperty(cells, async rows => {
        const parsed: { a: unknown; b: unknown }[] = JSON.parse(await text(result(columns, rows), 'json'))
        assert.deepEqual(
          parsed.map(({ a, b }) => [a, b]),
          rows.map(row => row.map(value => (typeof value === 'bigint' ? String(value) : value))),
        )
      }),
    ))

  it('take a line each in a table, within the width and without control characters', () =>
    fc.assert(
      fc.asyncProperty(cells, fc.integer({ min: 19, max: 80 }), async (rows, width) => {
        const rendered = await text(result(columns, rows), 'table', { width })
        const lines = rendered.split('\n')
        assert.equal(lines.length, 2 + rows.length + 1)
        assert.equal(lines.pop(), '')
        for (const line of lines) assert.ok(textWidth(line) <= width, JSON.stringify(line))
        assert.doesNotMatch(lines.join(''), /[\p{Cc}\u2028\u2029\u202e]/u)
      }),
    ))
})

/** Parses RFC 4180. An empty field without quotes is null. */
function parseCsv(csv: string): (string | null)[][] {
  const rows: (string | null)[][] = []
  let row: (string | null)[] = []
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (field.lastIndex < csv.length) {
    const match = field.exec(csv)
    assert.ok(match)
    const [, quoted, plain, end] = match
    row.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}
