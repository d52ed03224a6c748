import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { isDayStats } from '../../handlers/transform/day-counts.ts'
import type { DayStats } from '../../handlers/transform/transform-day.ts'
import type { Day } from './schedule.ts'

/** The finished days of a backfill, kept in a file so that the same command can resume after an interruption. */
export interface Journal {
  /** When the interrupted backfill started, ISO 8601; null for a new one. */
  readonly resumedFrom: string | null
  readonly done: readonly DayStats[]
  add(stats: DayStats): void
  /** Deletes the file, when the backfill is complete. */
  remove(): void
}

/**
 * Opens or creates a journal in JSON Lines: one line for the task, then one for each finished day.
 * @param task identifies the backfill, by its target and its days
 * @param restart whether to discard an existing journal
 * @throws when the file is the journal of another task, or not a journal
 */
export function openJournal(file: string, task: string, restart: boolean): Journal {
  const [head, ...lines] = existsSync(file) && !restart ? linesOf(file) : []
  if (head === undefined) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify({ task, started: new Date().toISOString() })}\n`)
  } else if (head.task !== task) {
    throw new Error(`${file} is the journal of another backfill: name another file, or start over with --restart`)
  }
  return {
    resumedFrom: head ? String(head.started) : null,
    done: lines.filter(isDayStats), // a day that another version finished is transformed again
    add: stats => appendFileSync(file, `${JSON.stringify(stats)}\n`),
    remove: () => rmSync(file, { force: true }),
  }
}

export const isDone = (done: readonly DayStats[], { source, date }: Day) =>
  done.some(stats => stats.source === source && stats.date === date)

/** Reads the lines. Removes an incomplete last line, which an interruption can leave. */
function linesOf(file: string): (Partial<DayStats> & { readonly task?: string; readonly started?: string })[] {
  const text = readFileSync(file, 'utf8')
  const complete = text.slice(0, text.lastIndexOf('\n') + 1)
  if (complete !== text) writeFileSync(file, complete)
  try {
    return complete
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line))
  } catch {
    throw new Error(`${file} is not a backfill's journal`)
  }
}
