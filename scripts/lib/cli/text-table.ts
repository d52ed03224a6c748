export type Cell = string | number

/** Lays lines of cells out in columns, two spaces apart. Columns with a number are aligned to the right. */
export function textTable(lines: readonly (readonly Cell[])[]): string {
  const columns = Array.from({ length: Math.max(0, ...lines.map(line => line.length)) }, (_, i) =>
    lines.map(line => line[i] ?? ''),
  )
  const padded = columns.map(cells => {
    const width = Math.max(...cells.map(cell => String(cell).length))
    const isNumeric = cells.some(cell => typeof cell === 'number')
    return cells.map(cell => (isNumeric ? String(cell).padStart(width) : String(cell).padEnd(width)))
  })
  return lines
    .map((_, line) =>
      padded
        .map(cells => cells[line])
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
