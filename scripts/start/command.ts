import { parseArgs } from 'node:util'
import { DEFAULT_TIME_ZONE } from '../../handlers/lake/calendar.ts'
import { sources } from '../../handlers/sources/index.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { itemsOf } from '../../handlers/webhook/configuration.ts'
import type { Command } from '../lib/cli/command.ts'
import { countOption, sourceNames, sourceOption } from '../lib/cli/options.ts'

const HELP = `Serves the lake on this machine: receives webhooks, stores them, and transforms each day after midnight.

  npm start -- [--port N] [--lake DIR] [--source ${sourceNames.join(' --source ')}]

  --port     the gateway's port on 127.0.0.1 (default: 8080)
  --lake     the lake's directory (default: ./lake)
  --source   a platform to serve (default: all)

Secrets and settings come from the environment or from .env in the working directory (npm: the folder of package.json):
${sources.map(({ name, webhook }) => `  ${name.padEnd(10)} ${requiredBy(webhook).join(', ')}`).join('\n')}
TIME_ZONE is the time zone of a new lake (default: ${DEFAULT_TIME_ZONE}). A lake keeps its own.`

/** The names of the secrets and settings of a webhook. */
function requiredBy({ secrets, settings }: Source['webhook']): string[] {
  return [...secrets, ...settings.map(({ name }) => name)]
}

export const start: Command = async (args, env, print, note) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '8080' },
      lake: { type: 'string', default: 'lake' },
      source: { type: 'string', multiple: true, default: sourceNames },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    print(HELP)
    return true
  }
  const served = [...new Set(values.source)].map(name => sourceOption(name))
  const port = countOption('--port', values.port, 0)
  const missing = served.flatMap(({ webhook }) => requiredBy(webhook)).filter(name => itemsOf(env[name]).length === 0)
  if (missing.length > 0) {
    throw new Error(
      `not configured: ${missing.join(', ')}\nSet them in the environment or in .env: without them every delivery is refused.`,
    )
  }
  for (const { name, accepts, write } of served.flatMap(({ webhook }) => webhook.settings))
    if (!itemsOf(env[name]).every(accepts)) throw new Error(`${name} is not valid: write ${write}`)
  const { serve } = await import('./serve.ts')
  await serve(served, { directory: values.lake, port, env, print, note })
  return true
}
