import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ErasureRules } from '../../handlers/sources/erasure.ts'
import { sources as registeredSources } from '../../handlers/sources/index.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { type Deployed, deployed } from '../lib/aws/outputs.ts'
import { s3Client } from '../lib/aws/s3-client.ts'
import { parseS3Uri } from '../lib/aws/s3-uri.ts'
import { UsageError } from '../lib/cli/command.ts'
import type { Command } from '../lib/cli/command-line.ts'
import { sourceOption } from '../lib/cli/options.ts'
import { progress } from '../lib/cli/progress.ts'
import { directoryVersionedStore } from './directory-versioned-store.ts'
import { type Erasure, erase as eraseFound, type Survey, survey } from './erasure.ts'
import { describeErasure, describeProof } from './report.ts'
import { s3VersionedStore } from './s3-versioned-store.ts'
import type { VersionedStore } from './versioned-store.ts'

const help = (
  sources: readonly Source[],
) => `Removes one person from the lake: raw bodies, tables and quarantine, all versions. Says what it would do, and does
it only with --yes; then it looks through everything again and proves that nothing is left.

  npm run erase -- --source ${sources.map(({ name }) => name).join('|')} --person ID [--person ID]… [--yes]
                   [--lake DIR | --raw PLACE --enriched PLACE]

  --person               ${sources.map(({ translations, erasure }) => `${translations.en.name}: ${erasure.ids}.`).join(' ')}
  --yes                  do it
  --with-linked          erase as well what is under other ids that deliveries say are the same person's
  --without-linked       leave what is under them
  --include-unreadable   remove whole bodies that are no JSON and hold the id somewhere
  --lake DIR             a lake on this machine
  --raw, --enriched      a directory or s3://bucket/prefix; the deployed buckets unless given

In AWS it takes the maintenance role, the only one that may replace a raw object: a profile of ~/.aws/config with its
role_arn (Terraform's output maintenance_role) and source_profile, named in AWS_PROFILE.
Exit code 1 when something is left.`

/** The command for a lake of these platforms. */
export const eraseFrom =
  (sources: readonly Source[]): Command =>
  async (args, env, print, note) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        source: { type: 'string' },
        person: { type: 'string', multiple: true },
        yes: { type: 'boolean', default: false },
        'with-linked': { type: 'boolean', default: false },
        'without-linked': { type: 'boolean', default: false },
        'include-unreadable': { type: 'boolean', default: false },
        lake: { type: 'string' },
        raw: { type: 'string' },
        enriched: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) {
      print(help(sources))
      return true
    }
    const source = sourceOption(values.source, sources)
    const rules = source.erasure
    if (!values.person) throw new UsageError('--person is missing: whom to erase')
    if (values['with-linked'] && values['without-linked'])
      throw new UsageError('--with-linked or --without-linked, not both')

    const counter = progress(null)
    let read = 0
    const erasure = {
      source,
      rules,
      ...(await vaultsOf(values, env)),
      includeUnreadable: values['include-unreadable'],
      onRead: () => counter.show(++read, 'versions read'),
    }
    const named = values.person.map(person => personId(rules, person))
    const { whom, seen } = await look(erasure, named, values['with-linked'])
    counter.clear()
    print(describeErasure(seen, { ...erasure, named, linked: values['with-linked'] }))
    if (!values.yes) {
      note('Nothing was changed. --yes erases it.')
      return true
    }
    if (seen.linked.length > 0 && !values['without-linked']) {
      throw new UsageError('deliveries say that these ids are the same person: say --with-linked or --without-linked')
    }

    let done = 0
    await eraseFound(whom, seen, () => counter.show(++done, 'objects erased'))
    read = 0
    const left = await survey(whom, seen.messageIds)
    counter.clear()
    print(describeProof(left))
    return left.found.length === 0 && left.unreadable.length === 0
  }

export const erase = eraseFrom(registeredSources)

function personId(rules: ErasureRules, person: string): string {
  try {
    return rules.parse(person)
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(`--person ${person}: ${error.message}`) : error
  }
}

/** Looks for a person and, if told to, for those ids that turn out to be theirs, until no other turns up. */
async function look(
  erasure: Omit<Erasure, 'ids'>,
  named: readonly string[],
  withLinked: boolean,
): Promise<{ readonly whom: Erasure; readonly seen: Survey }> {
  let ids = new Set(named.flatMap(id => erasure.rules.spellings(id)))
  for (;;) {
    const whom = { ...erasure, ids }
    const seen = await survey(whom)
    if (!withLinked || seen.linked.length === 0) return { whom, seen }
    ids = new Set([...ids, ...seen.linked])
  }
}

interface Places {
  readonly lake?: string | undefined
  readonly raw?: string | undefined
  readonly enriched?: string | undefined
}

async function vaultsOf(
  places: Places,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly raw: VersionedStore; readonly enriched: VersionedStore }> {
  if (places.lake !== undefined) {
    if (places.raw ?? places.enriched) throw new UsageError('--lake goes without --raw and --enriched')
    if (!existsSync(places.lake)) throw new Error(`there is no lake at ${places.lake}`)
    return {
      raw: directoryVersionedStore(join(places.lake, 'raw')),
      enriched: directoryVersionedStore(join(places.lake, 'enriched')),
    }
  }
  const stage = deployed(env)
  const bucket = (output: string, option: string) => stage.need(output, option).then(name => `s3://${name}`)
  return {
    raw: await vaultAt(places.raw ?? (await bucket('raw_bucket', '--raw, or a lake with --lake')), stage, env),
    enriched: await vaultAt(places.enriched ?? (await bucket('enriched_bucket', '--enriched')), stage, env),
  }
}

async function vaultAt(place: string, stage: Deployed, env: NodeJS.ProcessEnv): Promise<VersionedStore> {
  const s3 = parseS3Uri(place)
  if (s3) return s3VersionedStore(await s3Client(stage, env), s3.bucket, s3.prefix)
  if (!existsSync(place)) throw new Error(`there is no directory ${place}`)
  return directoryVersionedStore(place)
}
