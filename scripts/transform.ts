import { parseArgs } from 'node:util'
import { transformDay } from '../handlers/transform/transform-day.ts'
import { runCommand, UsageError } from './lib/cli/command.ts'
import { dateOption, sourceNames, sourceOption } from './lib/cli/options.ts'
import { existingLake } from './lib/local/lake.ts'

const HELP = `Makes one day's Parquet of what arrived that day, replacing what an earlier run made.

  npm run transform -- --source ${sourceNames.join('|')} --date YYYY-MM-DD [--lake DIR]

  --source   the platform
  --date     the day, in the lake's time zone
  --lake     the lake's directory (./lake)

Prints the account as JSON: messages = rows + duplicates + quarantined.`

await runCommand('transform', async () => {
  const { values } = parseArgs({
    options: {
      source: { type: 'string' },
      date: { type: 'string' },
      lake: { type: 'string', default: 'lake' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return console.log(HELP)
  const source = sourceOption(values.source)
  if (values.date === undefined) throw new UsageError('--date is missing: write YYYY-MM-DD')
  const date = dateOption('--date', values.date)
  console.log(JSON.stringify(await transformDay(source, date, existingLake(values.lake)), null, 2))
})
