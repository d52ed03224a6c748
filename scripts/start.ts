import { once } from 'node:events'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ingestHandler } from '../handlers/ingest/handler.ts'
import { DEFAULT_TIME_ZONE, dayIn } from '../handlers/lake/calendar.ts'
import { jsonLog } from '../handlers/observe/log.ts'
import { sources } from '../handlers/sources/index.ts'
import type { Source } from '../handlers/sources/source.ts'
import { logDayStats } from '../handlers/transform/lambda.ts'
import { transformDay } from '../handlers/transform/transform-day.ts'
import { Configuration, itemsOf } from '../handlers/webhook/configuration.ts'
import { runCommand } from './lib/cli/command.ts'
import { environment } from './lib/cli/environment.ts'
import { interruption } from './lib/cli/interruption.ts'
import { countOption, sourceNames, sourceOption } from './lib/cli/options.ts'
import { openGateway } from './lib/local/gateway.ts'
import { firstUnmadeDay, type LocalLake, openLake } from './lib/local/lake.ts'
import { lastDay, type Nights, nightly } from './lib/local/nightly.ts'

const HELP = `Serves the lake on this machine: webhooks in, a lake in a directory, the transform after every midnight.

  npm start -- [--port N] [--lake DIR] [--source ${sourceNames.join(' --source ')}]

  --port     where the gateway listens on 127.0.0.1 (8080)
  --lake     the lake's directory (./lake)
  --source   a platform to serve; all of them unless told

Secrets come from the environment or a file .env in the working directory, which npm makes that of package.json:
${sources.map(({ name, webhook }) => `  ${name.padEnd(10)} ${needs(webhook).join(', ')}`).join('\n')}
and TIME_ZONE says where the lake's days begin (${DEFAULT_TIME_ZONE}).`

function needs({ secrets, settings }: Source['webhook']): string[] {
  return [...secrets, ...settings.map(({ name }) => name)]
}

await runCommand('start', async () => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8080' },
      lake: { type: 'string', default: 'lake' },
      source: { type: 'string', multiple: true, default: sourceNames },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return console.log(HELP)
  const served = [...new Set(values.source)].map(name => sourceOption(name))
  const port = countOption('--port', values.port, 0)

  const env = environment()
  const missing = served.flatMap(({ webhook }) => needs(webhook)).filter(name => itemsOf(env[name]).length === 0)
  if (missing.length > 0) {
    throw new Error(
      `not configured: ${missing.join(', ')}\nSet them in the environment or in .env; without them every delivery would be refused.`,
    )
  }
  for (const { name, accepts, write } of served.flatMap(({ webhook }) => webhook.settings))
    if (!itemsOf(env[name]).every(accepts)) throw new Error(`${name} cannot be right: write ${write}`)
  const timeZone = env.TIME_ZONE || DEFAULT_TIME_ZONE
  const day = dayIn(timeZone)
  const lake = openLake(resolve(values.lake))
  const ingest = { configuration: new Configuration(env), raw: () => lake.raw, day }
  const nights = served.map(source => nightsOf(source, lake, day))
  const gateway = await openGateway(
    new Map(served.map(source => [source.name, ingestHandler(source, ingest, print)])),
    { port },
  )
  const { signal, release } = interruption()
  const clockworks = nights.map(nights => nightly(nights))

  console.error(welcome(gateway.url, served, lake, timeZone, day(Date.now())))
  await once(signal, 'abort')
  console.error('\nStopping: answering what is under way … (Ctrl-C again ends at once)')
  await Promise.all([gateway.close(), ...clockworks.map(({ stop }) => stop())])
  release()
})

/** How a source's days are made, beginning with what a machine that was off has missed. */
function nightsOf(source: Source, lake: LocalLake, day: Nights['day']): Nights {
  const log = jsonLog({ source: source.name }, print)
  const yesterday = lastDay(day, Date.now())
  const unmade = firstUnmadeDay(lake, source)
  return {
    from: unmade !== undefined && unmade < yesterday ? unmade : yesterday,
    day,
    async make(date) {
      try {
        logDayStats(log, await transformDay(source, date, lake), true)
        return true
      } catch (error) {
        log('error', 'day_failed', { date, error: error instanceof Error ? error.message : String(error) })
        return false
      }
    },
  }
}

function welcome(
  url: string,
  served: readonly Source[],
  { directory }: LocalLake,
  timeZone: string,
  today: string,
): string {
  return `
chatlake is listening:
${served.map(({ name }) => `  ${name.padEnd(10)} ${url}/${name}`).join('\n')}
The lake is ${directory}; its days are those of ${timeZone}, and each is made into Parquet just after its midnight.

The platforms need a public HTTPS address. Point a tunnel of yours at ${url}, as
  cloudflared tunnel --url ${url}      or      ngrok http ${url}
then tell the platforms:
${served.map(({ name, webhook }) => `  ${name.padEnd(10)} ${webhook.registration(`<tunnel>/${name}`)}`).join('\n')}

Today so far, without waiting for midnight:
${served.map(({ name }) => `  npm run transform -- --source ${name} --date ${today} --lake ${directory}`).join('\n')}

Ctrl-C stops.
`
}

/** A log line as people read it: without the metrics, which nobody here collects. */
function print(line: string): void {
  const { _aws, ...fields } = JSON.parse(line)
  console.log(JSON.stringify(fields))
}
