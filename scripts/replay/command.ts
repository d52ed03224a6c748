import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DEFAULT_TIME_ZONE, dayIn } from '../../handlers/lake/calendar.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { openStore } from '../lib/aws/open-store.ts'
import { type Deployed, deployed } from '../lib/aws/outputs.ts'
import { secretFinder } from '../lib/aws/secrets.ts'
import { UsageError } from '../lib/cli/command.ts'
import type { Command } from '../lib/cli/command-line.ts'
import { interruption } from '../lib/cli/interruption.ts'
import { countOption, dateOption, sourceNames, sourceOption } from '../lib/cli/options.ts'
import { forEach } from '../lib/cli/pool.ts'
import { progress } from '../lib/cli/progress.ts'
import { textTable } from '../lib/cli/text-table.ts'
import { type Body, fileBodies, storedBodies } from './bodies.ts'
import { type Deliver, isWell, type Outcome, paced, toRaw, toWebhook } from './deliver.ts'

/** Deliveries under way at once, and bodies or problems named one by one. */
const AT_ONCE = 8
const SHOWN = 20

const HELP = `Delivers bodies again: those that raw has, or files.

  npm run replay -- --source ${sourceNames.join('|')} (--lake DIR | --raw PLACE | FILE…) (--url URL | --to-raw PLACE)

  --lake DIR      take what the lake in this directory has
  --raw PLACE     take what raw has: a directory, or s3://bucket/prefix
  --from, --to    only these days, both included
  --url URL       send to a webhook, signed as the platform signs; what it stores arrives anew, today
  --to-raw PLACE  put into raw with your own credentials: same key, day and arrival; what is there stays as it is
  --received-at   when files arrived, as 2026-11-24T03:15:00Z; their time of modification unless given
  --rate N        bodies a second (10)
  --dry-run       say what would be delivered

A webhook's secret comes from the environment, .env or the deployed secret. Sent to a webhook, a message whose first
row is more than 7 days old becomes a row again; --to-raw, and a backfill of those days, does not do that.
Exit code 1 when a body was not taken.`

export const replay: Command = async (args, env, print, note) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      source: { type: 'string' },
      lake: { type: 'string' },
      raw: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      url: { type: 'string' },
      'to-raw': { type: 'string' },
      'received-at': { type: 'string' },
      rate: { type: 'string', default: '10' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    print(HELP)
    return true
  }
  const source = sourceOption(values.source)
  const rate = countOption('--rate', values.rate)
  const stage = deployed(env)
  const bodies = await bodiesOf({ ...values, files: positionals }, source, stage, env)
  if ((values.url === undefined) === (values['to-raw'] === undefined))
    throw new UsageError('say where to: --url or --to-raw')
  if (values.url !== undefined && !URL.canParse(values.url))
    throw new UsageError('--url is no address: write https://…')

  if (values['dry-run']) {
    for (const { name } of bodies.slice(0, SHOWN)) print(name)
    if (bodies.length > SHOWN) print(`… and ${bodies.length - SHOWN} more`)
    note(`${bodies.length} bodies would be delivered to ${values.url ?? values['to-raw']}.`)
    return true
  }
  const deliver =
    values['to-raw'] === undefined
      ? toWebhook(values.url ?? '', source, await secretsOf(source, secretFinder(env, stage)))
      : toRaw(await openStore(values['to-raw'], stage, env))
  const outcomes = await deliverAll(bodies, deliver, rate)

  print(textTable([['bodies', bodies.length], ...counted(outcomes)]))
  const unwell = outcomes.filter(({ outcome }) => !isWell(outcome))
  for (const { name, outcome } of unwell.slice(0, SHOWN)) note(`${name} ${outcome}`)
  const left = bodies.length - outcomes.length
  if (left > 0) note(`Interrupted: ${left} were not delivered.`)
  return unwell.length === 0 && left === 0
}

interface Delivered {
  readonly name: string
  readonly outcome: Outcome
}

async function deliverAll(bodies: readonly Body[], deliver: Deliver, rate: number): Promise<Delivered[]> {
  const outcomes: Delivered[] = []
  const bar = progress(bodies.length)
  const stop = interruption()
  try {
    await forEach(paced(bodies, rate, stop.signal), AT_ONCE, async body => {
      outcomes.push({ name: body.name, outcome: await deliver(await body.read()) })
      bar.show(outcomes.length, body.name)
    })
  } finally {
    bar.clear()
    stop.release()
  }
  return outcomes
}

/** How many ended in each way. */
function counted(outcomes: readonly Delivered[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const { outcome } of outcomes) {
    const [way = ''] = outcome.split(':')
    counts.set(way, (counts.get(way) ?? 0) + 1)
  }
  return [...counts]
}

async function secretsOf({ webhook }: Source, secret: (name: string) => Promise<string>): Promise<Map<string, string>> {
  const used = new Set<string>()
  const note = (name: string) => {
    used.add(name)
    return ''
  }
  webhook.sign(new Uint8Array(), note, Date.now())
  return new Map(await Promise.all([...used].map(async name => [name, await secret(name)] as const)))
}

interface Where {
  readonly lake?: string | undefined
  readonly raw?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly 'received-at'?: string | undefined
  readonly files: readonly string[]
}

async function bodiesOf(where: Where, source: Source, stage: Deployed, env: NodeJS.ProcessEnv): Promise<Body[]> {
  const { lake, raw, files, 'received-at': receivedAt } = where
  const ways = [lake, raw, files[0]].filter(way => way !== undefined)
  if (ways.length !== 1) throw new UsageError('say what to deliver: --lake, --raw or files')
  const [from, to] = [where.from && dateOption('--from', where.from), where.to && dateOption('--to', where.to)]
  const place = raw ?? (lake === undefined ? undefined : join(lake, 'raw'))
  if (place !== undefined) return storedBodies(await openStore(place, stage, env), source.name, from, to)
  if (from ?? to) throw new UsageError('--from and --to go with --lake or --raw')
  const arrivedAt = receivedAt === undefined ? undefined : Date.parse(receivedAt)
  if (Number.isNaN(arrivedAt)) throw new UsageError('--received-at is no instant: write 2026-11-24T03:15:00Z')
  const timeZone = env.TIME_ZONE || (await stage.find('time_zone')) || DEFAULT_TIME_ZONE
  return fileBodies(files, source.name, dayIn(timeZone), arrivedAt)
}
