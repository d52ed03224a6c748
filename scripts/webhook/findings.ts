import color from 'picocolors'

/** The result of one check of a webhook. A problem keeps messages from the lake; a warning may. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem'
  /** One or more lines of text for the user. */
  readonly text: string
}

/** Formats findings for a terminal: a colored mark, then the text. */
export const renderFindings = (findings: readonly Finding[]): string =>
  findings.map(({ level, text }) => `${MARK[level]} ${text.replaceAll('\n', '\n  ')}`).join('\n')

const MARK = { ok: color.green('✓'), warning: color.yellow('!'), problem: color.red('✗') }
