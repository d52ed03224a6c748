import { textWidth, truncate } from '../lib/cli/text-width.ts'
import type { Column, Result, Row, Value } from './engine.ts'

export interface TableOptions {
  /** Columns of the terminal, which the table does not exceed. Without it nothing is truncated. */
  readonly width?: number
  /** Whether escape sequences make text dim or bold. Default: false. */
  readonly color?: boolean
}

/** Number of first rows that determine the widths of the columns. */
const SAMPLE_ROWS = 1000

/** Minimum width of a column. Where the columns do not fit, each row becomes a record. */
const MIN_WIDTH = 8

const NULL = '∅'
const GAP = ' │ '

/**
 * Renders a table for people: aligned columns, `∅` for null, and visible symbols for control characters, so that no text
 * can control the terminal. Long cells are truncated to fit the width. Too many columns become one record after another.
 */
export async function* renderTable({ columns, batches }: Result, options: TableOptions = {}): AsyncGenerator<string> {
  const style = options.color ? ANSI : PLAIN
  const sample: Row[] = []
  let layout: Layout | undefined
  for await (const rows of batches) {
    if (layout) {
      yield layout.rows(rows)
      continue
    }
    sample.push(...rows)
    if (sample.length < SAMPLE_ROWS) continue
    layout = layoutOf(columns, sample, options.width, style)
    yield layout.head + layout.rows(sample)
  }
  layout ??= layoutOf(columns, sample, options.width, style)
  if (sample.length < SAMPLE_ROWS) yield layout.head + layout.rows(sample)
}

interface Layout {
  readonly head: string
  rows(rows: readonly Row[]): string
}

function layoutOf(columns: readonly Column[], sample: readonly Row[], width: number | undefined, style: Style): Layout {
  const names = columns.map(({ name }) => cellText(name))
  const natural = names.map((name, index) =>
    sample.reduce((widest, row) => Math.max(widest, textWidth(cellText(row[index] ?? null))), textWidth(name)),
  )
  if (width === undefined) return grid(columns, names, natural, false, style)
  const widths = fit(natural, width - GAP.length * (columns.length - 1))
  return widths ? grid(columns, names, widths, true, style) : records(names, width, style)
}

/** The widths, limited to a common maximum that makes them fit; undefined where it would be below `MIN_WIDTH`. */
function fit(widths: readonly number[], available: number): number[] | undefined {
  let limit = Math.max(MIN_WIDTH, Math.min(available, Math.max(...widths)))
  while (widths.reduce((sum, width) => sum + Math.min(width, limit), 0) > available) {
    limit -= 1
    if (limit < MIN_WIDTH) return undefined
  }
  return widths.map(width => Math.min(width, limit))
}

function grid(
  columns: readonly Column[],
  names: readonly string[],
  widths: readonly number[],
  cut: boolean,
  style: Style,
): Layout {
  const gap = style.dim(GAP)
  const line = (texts: readonly string[], paint: (text: string, index: number) => string) =>
    texts
      .map((text, index) => {
        const width = widths[index] ?? 0
        const shown = cut ? truncate(text, width) : text
        const padding = ' '.repeat(Math.max(0, width - textWidth(shown)))
        const painted = paint(shown, index)
        if (isNumeric(columns[index])) return padding + painted
        return index === texts.length - 1 ? painted : painted + padding
      })
      .join(gap)
  const rule = style.dim(widths.map(width => '─'.repeat(width)).join('─┼─'))
  return {
    head: `${line(names, style.bold)}\n${rule}\n`,
    rows: rows =>
      rows
        .map(row => `${line(row.map(cellText), (text, index) => (row[index] === null ? style.dim(text) : text))}\n`)
        .join(''),
  }
}

function records(names: readonly string[], width: number, style: Style): Layout {
  const label = Math.min(Math.max(...names.map(textWidth)), Math.floor(width / 2))
  const labels = names.map(name => {
    const shown = truncate(name, label)
    return style.bold(shown) + ' '.repeat(label - textWidth(shown))
  })
  const room = Math.max(MIN_WIDTH, width - label - GAP.length)
  let count = 0
  const record = (row: Row) => {
    count += 1
    const rule = style.dim(`── ${count} `.padEnd(width, '─'))
    const lines = row.map((value, index) => {
      const text = truncate(cellText(value), room)
      return `${labels[index]}${style.dim(GAP)}${value === null ? style.dim(text) : text}\n`
    })
    return `${rule}\n${lines.join('')}`
  }
  return { head: '', rows: rows => rows.map(record).join('') }
}

const isNumeric = (column: Column | undefined) =>
  /^(?:tinyint|smallint|integer|bigint|real|double|decimal\b.*)$/.test(column?.type ?? '')

/** A value as one line: control characters become Unicode's symbols for them, other unsafe ones their code, `\\u202e`. */
function cellText(value: Value): string {
  if (value === null) return NULL
  return String(value).replace(UNSAFE, character => {
    const code = character.charCodeAt(0)
    if (character === '\n') return '↵'
    if (code < 0x20) return String.fromCharCode(0x2400 + code)
    return code === 0x7f ? '␡' : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** C0, DEL and C1 controls, line separators, and characters that change the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is for control characters
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

interface Style {
  dim(text: string): string
  bold(text: string): string
}

const PLAIN: Style = { dim: text => text, bold: text => text }
const ANSI: Style = { dim: text => `\x1b[2m${text}\x1b[22m`, bold: text => `\x1b[1m${text}\x1b[22m` }
