import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { assertDate } from '../handlers/lake/calendar.ts'
import { sources } from '../handlers/sources/index.ts'
import { transformDay } from '../handlers/transform/transform-day.ts'
import { runCommand, UsageError } from './cli/command.ts'
import { localLake } from './local/lake.ts'

const names = sources.map(({ name }) => name).join('|')
const HELP = `Makes one day's Parquet of what arrived that day, replacing what an earlier run made.

  npm run transform -- --source ${names} --date YYYY-MM-DD [--lake DIR]

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
  const source = sources.find(({ name }) => name === values.source)
  if (!source) throw new UsageError(`--source is missing or unknown: write one of ${names}`)
  const { date, lake } = values
  if (date === undefined) throw new UsageError('--date is missing: write YYYY-MM-DD')
  try {
    assertDate(date)
  } catch (error) {
    throw new UsageError(`--date: ${error instanceof Error ? error.message : error}`)
  }
  if (!existsSync(lake)) throw new Error(`there is no lake at ${lake}: name its directory with --lake`)
  console.log(JSON.stringify(await transformDay(source, date, localLake(lake)), null, 2))
})
