import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dayIn } from '../../handlers/lake/calendar.ts'
import type { ObjectStore } from '../../handlers/lake/object-store.ts'
import {
  agreedTimeZone,
  claimTimeZone,
  isSameZone,
  lakeTimeZone,
  recordedTimeZone,
  type ToldZone,
  type WritableRoot,
} from '../../handlers/lake/time-zone.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { openStore } from '../lib/aws/open-store.ts'
import { deployed } from '../lib/aws/outputs.ts'
import { parseS3Uri } from '../lib/aws/s3-uri.ts'
import { secretFinder } from '../lib/aws/secrets.ts'
import { type Command, UsageError } from '../lib/cli/command.ts'
import { interruption } from '../lib/cli/interruption.ts'
import { countOption, dateOption, sourceNames, sourceOption } from '../lib/cli/options.ts'
import { forEach } from '../lib/cli/pool.ts'
import { progress } from '../lib/cli/progress.ts'
import { textTable } from '../lib/cli/text-table.ts'
import { recordedNote, toldTimeZone } from '../lib/time-zone.ts'
import { fileBodies, type LazyBody, storedBodies } from './bodies.ts'
import { type Deliver, deliverToRaw, deliverToWebhook, isStored, OUTCOMES, type Outcome, throttle } from './deliver.ts'

const CONCURRENT_DELIVERIES = 8
/** The most bodies, or failures, to list. */
const MAX_LISTED = 20

const HELP = `Delivers webhook bodies again, from raw or from files.

  npm run replay -- --source ${sourceNames.join('|')} (--lake DIR | --raw PLACE | FILE…) (--url URL | --to-raw PLACE)

  --lake DIR      read from the lake in this directory
  --raw PLACE     read from raw: a directory, or s3://bucket/prefix
  --from, --to    the first and the last day to read (default: all)
  --url URL       send to a webhook, signed as the platform signs; the bodies arrive again, today
  --to-raw PLACE  write to raw with your own credentials: same key, day and arrival time; does not overwrite. In a lake
                  of another time zone the day is that of the arrival by its clock
  --received-at   when the files arrived, such as 2026-11-24T03:15:00Z (default: each file's modification time)
  --rate N        bodies per second (default: 10)
  --dry-run       list what would be delivered

A FILE is one body, or a dump of Telegram's getUpdates: {"ok":true,"result":[…]}, the list alone, or JSON Lines. A dump
is split: each update is delivered as its bytes are in the file.

A webhook's secret comes from the environment, from .env or from the deployed secret. A message sent to a webhook gets
a second row if its first row is more than 7 days old. To avoid this, use --to-raw and backfill the days. --to-raw
stores every body; a webhook keeps only the chats that it is configured for.

The summary counts the bodies by what became of them:
  accepted, created    stored now, by a webhook or by --to-raw
  repeated, exists     stored before
  foreign              acknowledged by the webhook, but not kept
  unconfirmed          acknowledged, but the webhook does not say whether it stored the body
  refused, failed      not delivered
Exit code 1 if a body may not be in the lake: it is none of accepted, created, repeated and exists.`

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
  const origin = originOf({ ...values, files: positionals })
  const { place } = origin
  const rawAt = async (name: string): Promise<Raw> => ({ name, store: await openStore(name, stage, env) })
  const stored = place === undefined ? undefined : await rawAt(place)
  if ((values.url === undefined) === (values['to-raw'] === undefined))
    throw new UsageError('give the destination: either --url or --to-raw')
  if (values.url !== undefined && !URL.canParse(values.url))
    throw new UsageError(`--url ${values.url} is not a URL: write https://…`)
  const target = values['to-raw'] === undefined ? undefined : await rawAt(values['to-raw'])
  const isInAws = [place, values['to-raw']].some(name => name !== undefined && parseS3Uri(name))
  const told = await toldTimeZone(env, isInAws ? stage : undefined)
  const days = await daysOf({ stored, target, told, isDryRun: values['dry-run'], note })
  const bodies = stored
    ? await storedBodies(stored.store, source.name, origin.from, origin.to, days.areKept ? undefined : days.day)
    : fileBodies(positionals, source, days.day, origin.receivedAt)

  if (values['dry-run']) {
    for (const { name } of bodies.slice(0, MAX_LISTED)) print(name)
    if (bodies.length > MAX_LISTED) print(`… and ${bodies.length - MAX_LISTED} more`)
    note(
      `Would deliver ${bodies.length} ${bodies.length === 1 ? 'body' : 'bodies'} to ${values.url ?? values['to-raw']}.`,
    )
    return true
  }
  const deliver =
    target === undefined
      ? deliverToWebhook(values.url ?? '', source, await secretsOf(source, secretFinder(env, stage)))
      : deliverToRaw(target.store)
  const outcomes = await deliverAll(bodies, deliver, rate)

  print(textTable([['bodies', bodies.length], ...countOutcomes(outcomes)]))
  const failures = outcomes.filter(({ outcome }) => !isStored(outcome)).sort(byOutcome)
  for (const { name, outcome } of failures.slice(0, MAX_LISTED)) note(`${name} ${outcome.kind}: ${outcome.reason}`)
  if (failures.length > MAX_LISTED) note(`… and ${failures.length - MAX_LISTED} more`)
  if (failures.some(({ outcome }) => outcome.kind === 'foreign')) note(foreignAdvice(source))
  const remaining = bodies.length - outcomes.length
  if (remaining > 0) note(`Interrupted: ${remaining} not delivered.`)
  return failures.length === 0 && remaining === 0
}

interface Delivery {
  readonly name: string
  readonly outcome: Outcome
}

async function deliverAll(bodies: readonly LazyBody[], deliver: Deliver, rate: number): Promise<Delivery[]> {
  const outcomes: Delivery[] = []
  const bar = progress(bodies.length)
  const { signal, release } = interruption()
  try {
    await forEach(throttle(bodies, rate, signal), CONCURRENT_DELIVERIES, async body => {
      outcomes.push({ name: body.name, outcome: await deliver(await body.load()) })
      bar.show(outcomes.length, body.name)
    })
  } finally {
    bar.clear()
    release()
  }
  return outcomes
}

/** Counts the outcomes by kind; kinds that did not occur are left out. */
const countOutcomes = (outcomes: readonly Delivery[]): [string, number][] =>
  OUTCOMES.map((kind): [string, number] => [
    kind,
    outcomes.filter(({ outcome }) => outcome.kind === kind).length,
  ]).filter(([, count]) => count > 0)

/** The worst outcome first, then in the order of names. */
const byOutcome = (a: Delivery, b: Delivery) =>
  OUTCOMES.indexOf(b.outcome.kind) - OUTCOMES.indexOf(a.outcome.kind) ||
  a.name.localeCompare(b.name, 'en', { numeric: true })

const foreignAdvice = ({ webhook }: Source) =>
  `Foreign: the webhook does not keep these. Compare its setting ${webhook.settings.map(({ name }) => name).join(', ')}.`

/** Finds the secrets that a platform's signature needs, by a trial signature. */
async function secretsOf({ webhook }: Source, secret: (name: string) => Promise<string>): Promise<Map<string, string>> {
  const used = new Set<string>()
  const note = (name: string) => {
    used.add(name)
    return ''
  }
  webhook.sign(new Uint8Array(), note, Date.now())
  return new Map(await Promise.all([...used].map(async name => [name, await secret(name)] as const)))
}

/** The raw objects of a lake. */
interface Raw extends WritableRoot {
  readonly store: ObjectStore
}

/** How the days of the bodies are found. */
interface Days {
  /** The date of an instant in epoch milliseconds, in the time zone of the lake that bodies are written to. */
  readonly day: (epochMs: number) => string
  /** Whether stored bodies keep the day in their key: not in a lake of another time zone. */
  readonly areKept: boolean
}

interface Lakes {
  /** Raw that the bodies are read from; undefined for files. */
  readonly stored: Raw | undefined
  /** Raw that they are written to; undefined for a webhook. */
  readonly target: Raw | undefined
  readonly told: ToldZone | undefined
  readonly isDryRun: boolean
  readonly note: (text: string) => void
}

/** @throws TimeZoneConflict where a lake has another time zone than the one that is told */
async function daysOf({ stored, target, told, isDryRun, note }: Lakes): Promise<Days> {
  const own = stored && (await recordedTimeZone(stored))
  if (!target) return { day: dayIn(agreedTimeZone(own ? [own] : [], told)), areKept: true }
  const timeZone = isDryRun
    ? await lakeTimeZone([target], told, own?.timeZone)
    : await claimTimeZone([target], told, zone => note(recordedNote(zone)), own?.timeZone)
  const areKept = !own || isSameZone(own.timeZone, timeZone)
  if (!areKept) note(`Days of arrival are those of ${timeZone}; where the bodies come from, of ${own.timeZone}.`)
  return { day: dayIn(timeZone), areKept }
}

interface Origin {
  /** Where raw is; undefined for files. */
  readonly place: string | undefined
  /** The first and the last day, `YYYY-MM-DD`. */
  readonly from: string | undefined
  readonly to: string | undefined
  /** When files arrived, in epoch milliseconds. */
  readonly receivedAt: number | undefined
}

interface OriginOptions {
  readonly lake?: string | undefined
  readonly raw?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly 'received-at'?: string | undefined
  readonly files: readonly string[]
}

function originOf({ lake, raw, from, to, files, 'received-at': receivedAt }: OriginOptions): Origin {
  const origins = [lake, raw, files[0]].filter(value => value !== undefined)
  if (origins.length !== 1) throw new UsageError('give what to deliver: one of --lake, --raw or files')
  const place = raw ?? (lake === undefined ? undefined : join(lake, 'raw'))
  const days = { from: from && dateOption('--from', from), to: to && dateOption('--to', to) }
  if (place !== undefined) return { place, ...days, receivedAt: undefined }
  if (from ?? to) throw new UsageError('--from and --to require --lake or --raw')
  const instant = receivedAt === undefined ? undefined : Date.parse(receivedAt)
  if (Number.isNaN(instant))
    throw new UsageError(`--received-at ${receivedAt} is not a time: write it as 2026-11-24T03:15:00Z`)
  return { place, ...days, receivedAt: instant }
}
