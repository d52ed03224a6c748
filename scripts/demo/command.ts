import { parseArgs } from 'node:util'
import type { Command } from '../lib/cli/command.ts'

const HELP = `Sends a week of signed deliveries through the whole product on this machine, and queries the result.

  npm run demo -- [--open]

  --open   open the report in the browser

Replaces the lake of an earlier run: demo-lake/ in the working directory.`

export const demo: Command = async (args, env, print) => {
  const { values } = parseArgs({
    args: [...args],
    options: { open: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) print(HELP)
  else await (await import('./run.ts')).runDemo({ isOpened: values.open, env, print })
  return true
}
