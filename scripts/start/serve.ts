import { once } from 'node:events'
import { resolve } from 'node:path'
import { ingestHandler } from '../../handlers/ingest/handler.ts'
import { dayIn } from '../../handlers/lake/calendar.ts'
import { jsonLog } from '../../handlers/observe/log.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { logDayStats } from '../../handlers/transform/lambda.ts'
import { transformDay } from '../../handlers/transform/transform-day.ts'
import { Configuration } from '../../handlers/webhook/configuration.ts'
import { interruption } from '../lib/cli/interruption.ts'
import { openGateway } from '../lib/local/gateway.ts'
import { firstUntransformedDay, type LocalLake, openLake } from '../lib/local/lake.ts'
import { lastDay, type Nights, nightly } from '../lib/local/nightly.ts'
import { claimLocalTimeZone } from '../lib/time-zone.ts'

export interface ServeOptions {
  /** The lake's directory. */
  readonly directory: string
  /** 0 for any free port. */
  readonly port: number
  readonly env: NodeJS.ProcessEnv
  /** Writes a line of the log. */
  readonly print: (line: string) => void
  readonly note: (text: string) => void
}

/** Receives the platforms' webhooks, and transforms days that have ended, until Ctrl-C. */
export async function serve(
  sources: readonly Source[],
  { directory, port, env, print, note }: ServeOptions,
): Promise<void> {
  const lake = openLake(resolve(directory))
  const timeZone = await claimLocalTimeZone(lake, env, note)
  const day = dayIn(timeZone)
  const ingest = { configuration: new Configuration(env), raw: () => lake.raw, day }
  const printLog = (line: string) => print(withoutMetrics(line))
  const nights = sources.map(source => nightsOf(source, lake, day, printLog))
  const gateway = await openGateway(
    new Map(sources.map(source => [source.name, ingestHandler(source, ingest, printLog)])),
    { port },
  )
  const { signal, release } = interruption()
  const nightlyRuns = nights.map(nights => nightly(nights))

  note(welcome(gateway.url, sources, lake, timeZone, day(Date.now())))
  await once(signal, 'abort')
  note('\nStopping: finishing the current requests … (Ctrl-C again stops at once)')
  await Promise.all([gateway.close(), ...nightlyRuns.map(({ stop }) => stop())])
  release()
}

/** How to transform a source's days, starting with the days that were missed while the machine was off. */
function nightsOf(source: Source, lake: LocalLake, day: Nights['day'], printLog: (line: string) => void): Nights {
  const log = jsonLog({ source: source.name }, printLog)
  const yesterday = lastDay(day, Date.now())
  const unmade = firstUntransformedDay(lake, source)
  return {
    from: unmade !== undefined && unmade < yesterday ? unmade : yesterday,
    day,
    async transform(date) {
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
  sources: readonly Source[],
  { directory }: LocalLake,
  timeZone: string,
  today: string,
): string {
  return `
chatlake is listening:
${sources.map(({ name }) => `  ${name.padEnd(10)} ${url}/${name}`).join('\n')}
The lake is ${directory}. Each day, in the time zone ${timeZone}, is transformed to Parquet after midnight.

The platforms need a public HTTPS URL. Open a tunnel to ${url}, for example
  cloudflared tunnel --url ${url}      or      ngrok http ${url}
Then register the tunnel's URL with the platforms:
${sources.map(({ name, webhook }) => `  ${name.padEnd(10)} ${webhook.registration(`<tunnel>/${name}`)}`).join('\n')}

To transform today's deliveries now, without waiting for midnight:
${sources.map(({ name }) => `  npm run transform -- --source ${name} --date ${today} --lake ${directory}`).join('\n')}

Press Ctrl-C to stop.
`
}

/** A log line without the metrics, which only CloudWatch collects. */
function withoutMetrics(line: string): string {
  const { _aws, ...fields } = JSON.parse(line)
  return JSON.stringify(fields)
}
