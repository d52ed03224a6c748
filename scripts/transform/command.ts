import { parseArgs } from 'node:util'
import { type Command, UsageError } from '../lib/cli/command.ts'
import { dateOption, sourceNames, sourceOption } from '../lib/cli/options.ts'
import { existingLake } from '../lib/local/lake.ts'
import { claimLocalTimeZone } from '../lib/time-zone.ts'

const HELP = `Transforms the bodies that arrived on one day into Parquet. Replaces the files of an earlier run.

  npm run transform -- --source ${sourceNames.join('|')} --date YYYY-MM-DD [--lake DIR]

  --source   the platform
  --date     the day, in the lake's time zone
  --lake     the lake's directory (default: ./lake); TIME_ZONE must be its time zone or unset

Prints the day's counts as JSON: items = rows + duplicates + quarantined.`

export const transform: Command = async (args, env, print, note) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      source: { type: 'string' },
      date: { type: 'string' },
      lake: { type: 'string', default: 'lake' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    print(HELP)
    return true
  }
  const source = sourceOption(values.source)
  if (values.date === undefined) throw new UsageError('--date is missing: write YYYY-MM-DD')
  const date = dateOption('--date', values.date)
  const lake = existingLake(values.lake)
  await claimLocalTimeZone(lake, env, note)
  const { transformDay } = await import('../../handlers/transform/transform-day.ts')
  print(JSON.stringify(await transformDay(source, date, lake), null, 2))
  return true
}
