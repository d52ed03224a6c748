import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { setImmediate as others } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { addDays, datesBetween } from '../../handlers/lake/calendar.ts'
import { LOOK_BACK_DAYS, transformDay } from '../../handlers/transform/transform-day.ts'
import { deployed } from '../lib/aws/outputs.ts'
import { regionOf } from '../lib/aws/region.ts'
import { UsageError } from '../lib/cli/command.ts'
import type { Command } from '../lib/cli/command-line.ts'
import { interruption } from '../lib/cli/interruption.ts'
import { countOption, dateOption, sourceNames, sourceOption } from '../lib/cli/options.ts'
import { progress } from '../lib/cli/progress.ts'
import { existingLake } from '../lib/local/lake.ts'
import { deployedTransform } from './deployed-transform.ts'
import { isIn, openJournal } from './journal.ts'
import { type Day, runDays, type Schedule } from './schedule.ts'
import { summary } from './summary.ts'

const HELP = `Makes the Parquet of many days again, in the deployed functions or in a lake on this machine.

  npm run backfill -- --from DATE --to DATE [--source NAME]… [--lake DIR]
  npm run backfill -- --date DATE [--date DATE]… [--source NAME]… [--lake DIR]

  --from, --to  the days, both included
  --date        a single day; several that are far apart run side by side
  --source      ${sourceNames.join(' or ')}; all of them unless told
  --lake DIR    a lake on this machine; without it the deployed functions are invoked
  --function    the functions' name, {source} standing for the platform; Terraform's outputs unless given
  --at-once N   runs at the same time (4)
  --restart     begin anew what was interrupted
  --journal     the file that remembers what is done (one of .cache/backfill)

A day looks back at the ${LOOK_BACK_DAYS} days before it for what was delivered already. So the days of a range run in the order of
their dates, platforms side by side, and a day that fails holds up those after it. Ctrl-C finishes the runs that are
under way; the same command goes on where it stopped. Exit code 1 when a day failed or was left.`

export const backfill: Command = async (args, env, print, note) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      date: { type: 'string', multiple: true },
      source: { type: 'string', multiple: true, default: sourceNames },
      lake: { type: 'string' },
      function: { type: 'string' },
      'at-once': { type: 'string', default: '4' },
      restart: { type: 'boolean', default: false },
      journal: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    print(HELP)
    return true
  }
  const names = [...new Set(values.source)].map(name => sourceOption(name).name)
  const dates = datesOf(values)
  const days = names.flatMap(source => dates.map(date => ({ source, date })))
  const atOnce = countOption('--at-once', values['at-once'])
  const { target, run } = values.lake ? locally(values.lake) : await inAws(names, values.function, env, atOnce)

  const stop = interruption()
  const task = JSON.stringify({ target, names, dates })
  const journal = openJournal(values.journal ?? journalFile(task), task, values.restart)
  if (journal.resumedFrom) {
    note(
      `Going on with the backfill of ${journal.resumedFrom}: ${journal.done.length} of ${days.length} days are done (--restart begins anew).`,
    )
  }
  const todo = days.filter(day => !isIn(journal.done, day))
  const bar = progress(days.length)
  const running = new Set<Day>()
  let done = journal.done.length
  const show = () => bar.show(done, [...running].map(({ source, date }) => `${source} ${date}`).join(', '))
  const outcomes = await runDays(todo, {
    run,
    atOnce,
    signal: stop.signal,
    onStart: day => {
      running.add(day)
      show()
    },
    onEnd: (day, outcome) => {
      running.delete(day)
      if (outcome.state === 'done') {
        journal.add(outcome.account)
        done++
      }
      if (outcome.state === 'failed') {
        bar.clear()
        note(`${day.source} ${day.date} failed: ${outcome.reason}`)
      }
      show()
    },
  })
  bar.clear()
  stop.release()

  print(summary(names, dates.length, journal.done, [...outcomes.values()]))
  const states = [...outcomes.values()].map(({ state }) => state)
  const isComplete = states.every(state => state === 'done')
  if (isComplete) journal.remove()
  else
    note(
      `${stop.signal.aborted ? 'Interrupted' : 'Not complete'}: the same command goes on with the days that are left.`,
    )
  const last = dates.at(-1) ?? ''
  if (isComplete && last < addDays(today(), -1)) {
    note(
      `Days after ${last} that were made before still look back at what it had then: where rows may have moved, go on to today.`,
    )
  }
  return isComplete
}

interface Target {
  /** What tells one target's journal from another's. */
  readonly target: string
  readonly run: Schedule['run']
}

function locally(directory: string): Target {
  const lake = existingLake(resolve(directory))
  return {
    target: lake.directory,
    run: async ({ source, date }) => {
      await others() // a directory is read without a pause: between days a Ctrl-C has its turn
      return transformDay(sourceOption(source), date, lake)
    },
  }
}

async function inAws(
  names: readonly string[],
  pattern: string | undefined,
  env: NodeJS.ProcessEnv,
  atOnce: number,
): Promise<Target> {
  const stage = deployed(env)
  const functions = new Map<string, string>()
  for (const name of names) {
    const own = pattern?.replaceAll('{source}', name)
    functions.set(name, own ?? (await stage.need(`${name}_transform_function`, '--function, or a lake with --lake')))
  }
  const region = await regionOf(stage, env)
  return {
    // the same names may be in another account or region
    target: [...functions.values(), region.region ?? env.AWS_REGION ?? '', env.AWS_PROFILE ?? ''].join(' '),
    run: deployedTransform(source => functions.get(source) ?? source, { atOnce, ...region }),
  }
}

interface Dates {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly date?: readonly string[] | undefined
}

function datesOf({ from, to, date }: Dates): string[] {
  if (date) {
    if (from !== undefined || to !== undefined) throw new UsageError('--date goes without --from and --to')
    return [...new Set(date.map(value => notAhead('--date', value)))].sort()
  }
  if (from === undefined || to === undefined)
    throw new UsageError('--from and --to are the days, or --date one: write YYYY-MM-DD')
  if (notAhead('--from', from) > notAhead('--to', to)) throw new UsageError('--from is after --to')
  return datesBetween(from, to)
}

/** A day that has begun somewhere: a slip in the year would otherwise make a very long backfill. */
function notAhead(option: string, value: string): string {
  if (dateOption(option, value) > addDays(today(), 1)) throw new UsageError(`${option} ${value} is still to come`)
  return value
}

const today = () => new Date().toISOString().slice(0, 10)

const journalFile = (task: string) =>
  join('.cache', 'backfill', `${createHash('sha256').update(task).digest('hex').slice(0, 16)}.jsonl`)
