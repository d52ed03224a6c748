import color from 'picocolors'

/** Something found out about a webhook. A problem keeps messages from the lake; a warning may. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem'
  /** For people; may have several lines. */
  readonly text: string
}

export const rendered = (findings: readonly Finding[]): string =>
  findings.map(({ level, text }) => `${MARK[level]} ${text.replaceAll('\n', '\n  ')}`).join('\n')

const MARK = { ok: color.green('✓'), warning: color.yellow('!'), problem: color.red('✗') }
