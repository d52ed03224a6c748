/** The part of a terminal that a bar needs. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const WIDTH = 24

/** A progress bar on one line of a terminal; nothing at all where the output is a file or a pipe. */
export function progress(total: number, screen: Screen = process.stderr) {
  const draw = (line: string) => {
    if (screen.isTTY) screen.write(`\r\x1b[K${line.slice(0, (screen.columns ?? 80) - 1)}`)
  }
  return {
    show(done: number, doing: string) {
      const filled = total === 0 ? WIDTH : Math.round((done / total) * WIDTH)
      draw(`${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done}/${total} ${doing}`)
    },
    clear: () => draw(''),
  }
}
