import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { addDays, datesBetween } from '../../handlers/lake/calendar.ts'
import { agreedTimeZone } from '../../handlers/lake/time-zone.ts'
import { LOOK_BACK_DAYS } from '../../handlers/transform/look-back.ts'
import { deployed } from '../lib/aws/outputs.ts'
import { regionOf } from '../lib/aws/region.ts'
import { type Command, UsageError } from '../lib/cli/command.ts'
import { interruption } from '../lib/cli/interruption.ts'
import { countOption, dateOption, sourceNames, sourceOption } from '../lib/cli/options.ts'
import { progress } from '../lib/cli/progress.ts'
import { existingLake } from '../lib/local/lake.ts'
import { claimLocalTimeZone, deployedZone, toldTimeZone } from '../lib/time-zone.ts'
import { isDone, openJournal } from './journal.ts'
import { type Day, runDays, type Schedule } from './schedule.ts'
import { summary } from './summary.ts'

const HELP = `Runs the transform again for many days, in the deployed functions or in a lake on this machine.

  npm run backfill -- --from DATE --to DATE [--source NAME]… [--lake DIR]
  npm run backfill -- --date DATE [--date DATE]… [--source NAME]… [--lake DIR]

  --from, --to  the first and the last day
  --date        a single day
  --source      ${sourceNames.join(' or ')} (default: all)
  --lake DIR    a lake on this machine (default: invoke the deployed functions)
  --function    the functions' name, with {source} for the platform (default: from Terraform's outputs)
  --at-once N   how many days run at the same time (default: 4)
  --restart     start over after an interruption
  --journal     the file that records the finished days (default: a file in .cache/backfill)

A message counts as a duplicate if one of the ${LOOK_BACK_DAYS} days before already has it. A platform's days therefore run
in order, and a day that fails blocks the days that look back at it. Platforms, and days further apart, run at the
same time. Ctrl-C finishes the running days; run the same command again to resume. Exit code 1 if a day failed or did
not run.`

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
  const { target, run } = values.lake
    ? await localTarget(values.lake, env, note)
    : await deployedTarget(names, values.function, env, atOnce)

  const interrupt = interruption()
  const task = JSON.stringify({ target, names, dates })
  const journal = openJournal(values.journal ?? journalFile(task), task, values.restart)
  if (journal.resumedFrom) {
    note(
      `Resuming the backfill of ${journal.resumedFrom}: ${journal.done.length} of ${days.length} days are done (--restart starts over).`,
    )
  }
  const remaining = days.filter(day => !isDone(journal.done, day))
  const bar = progress(days.length)
  const running = new Set<Day>()
  let done = journal.done.length
  const show = () => bar.show(done, [...running].map(({ source, date }) => `${source} ${date}`).join(', '))
  const outcomes = await runDays(remaining, {
    run,
    atOnce,
    signal: interrupt.signal,
    onStart: day => {
      running.add(day)
      show()
    },
    onEnd: (day, outcome) => {
      running.delete(day)
      if (outcome.state === 'done') {
        journal.add(outcome.stats)
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
  interrupt.release()

  print(summary(names, dates.length, journal.done, [...outcomes.values()]))
  const states = [...outcomes.values()].map(({ state }) => state)
  const isComplete = states.every(state => state === 'done')
  if (isComplete) journal.remove()
  else
    note(
      `${interrupt.signal.aborted ? 'Interrupted' : 'Incomplete'}: run the same command again to process the remaining days.`,
    )
  const last = dates.at(-1) ?? ''
  if (isComplete && last < addDays(today(), -1)) {
    note(`Later days were transformed before this backfill: if rows may have moved between days, continue up to today.`)
  }
  return isComplete
}

interface Target {
  /** Identifies the target in the journal. */
  readonly target: string
  readonly run: Schedule['run']
}

async function localTarget(directory: string, env: NodeJS.ProcessEnv, note: (text: string) => void): Promise<Target> {
  const lake = existingLake(resolve(directory))
  await claimLocalTimeZone(lake, env, note)
  const { transformDay } = await import('../../handlers/transform/transform-day.ts')
  return {
    target: lake.directory,
    run: async ({ source, date }) => {
      await yieldToEventLoop() // reading a directory is synchronous: handle Ctrl-C between days
      return transformDay(sourceOption(source), date, lake)
    },
  }
}

async function deployedTarget(
  names: readonly string[],
  pattern: string | undefined,
  env: NodeJS.ProcessEnv,
  atOnce: number,
): Promise<Target> {
  const stage = deployed(env)
  const functions = new Map<string, string>()
  for (const name of names) {
    const given = pattern?.replaceAll('{source}', name)
    functions.set(name, given ?? (await stage.need(`${name}_transform_function`, '--function, or a lake with --lake')))
  }
  if (pattern === undefined) {
    const zone = await stage.find('time_zone')
    agreedTimeZone(zone ? [deployedZone(zone)] : [], await toldTimeZone(env)) // the functions check it with the lake
  }
  const region = await regionOf(stage, env)
  const { deployedTransform } = await import('./deployed-transform.ts')
  return {
    // another account or region may have the same function names
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
    if (from !== undefined || to !== undefined) throw new UsageError('--date cannot be combined with --from and --to')
    return [...new Set(date.map(value => pastDate('--date', value)))].sort()
  }
  if (from === undefined || to === undefined)
    throw new UsageError('the days are missing: write --from YYYY-MM-DD --to YYYY-MM-DD, or --date YYYY-MM-DD')
  if (pastDate('--from', from) > pastDate('--to', to)) throw new UsageError('--from is after --to')
  return datesBetween(from, to)
}

/** Rejects dates in the future: a typo in the year would start a very long backfill. */
function pastDate(option: string, value: string): string {
  if (dateOption(option, value) > addDays(today(), 1)) throw new UsageError(`${option} ${value} is in the future`)
  return value
}

const today = () => new Date().toISOString().slice(0, 10)

const journalFile = (task: string) =>
  join('.cache', 'backfill', `${createHash('sha256').update(task).digest('hex').slice(0, 16)}.jsonl`)
