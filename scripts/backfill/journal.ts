import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DayStats } from '../../handlers/transform/transform-day.ts'
import type { Day } from './schedule.ts'

/** What a backfill has done so far, so that the same command goes on after an interruption of any kind. */
export interface Journal {
  /** When the backfill began, ISO 8601; null where it begins now. */
  readonly resumedFrom: string | null
  readonly done: readonly DayStats[]
  add(account: DayStats): void
  /** The backfill is complete. */
  remove(): void
}

/**
 * Opens a backfill's journal: a line of JSON for the task, then one for each finished day.
 * @param task what is being done; another task's journal is not gone on with
 * @throws where the file is something else
 */
export function openJournal(file: string, task: string, anew: boolean): Journal {
  const [head, ...lines] = existsSync(file) && !anew ? linesOf(file) : []
  if (head === undefined) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify({ task, started: new Date().toISOString() })}\n`)
  } else if (head.task !== task) {
    throw new Error(`${file} is the journal of another backfill: name another, or begin anew with --restart`)
  }
  return {
    resumedFrom: head ? String(head.started) : null,
    done: lines as readonly DayStats[],
    add: account => appendFileSync(file, `${JSON.stringify(account)}\n`),
    remove: () => rmSync(file, { force: true }),
  }
}

export const isIn = (done: readonly DayStats[], { source, date }: Day) =>
  done.some(account => account.source === source && account.date === date)

/** Its lines; the last one may have been cut off by what interrupted the backfill. */
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
