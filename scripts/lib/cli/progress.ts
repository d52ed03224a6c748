/** The members of a terminal's stream that a progress bar uses. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Characters of the bar. */
const WIDTH = 24

/**
 * A progress bar on one line of a terminal. It writes nothing to a file or a pipe.
 * @param total null where it is unknown: then only the count is shown
 */
export function progress(total: number | null, screen: Screen = process.stderr) {
  const draw = (line: string) => {
    if (screen.isTTY) screen.write(`\r\x1b[K${line.slice(0, (screen.columns ?? 80) - 1)}`)
  }
  return {
    show(done: number, doing: string) {
      const filled = total ? Math.round((done / total) * WIDTH) : WIDTH
      draw(
        total === null
          ? `${done} ${doing}`
          : `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done}/${total} ${doing}`,
      )
    },
    clear: () => draw(''),
  }
}
