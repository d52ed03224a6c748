import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DirectoryStore } from '../../handlers/lake/directory-store.ts'
import { lakeTimeZone } from '../../handlers/lake/time-zone.ts'
import type { ErasureRules, Ids } from '../../handlers/sources/erasure.ts'
import { sources as registeredSources } from '../../handlers/sources/index.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { openStore } from '../lib/aws/open-store.ts'
import { type Deployed, deployed } from '../lib/aws/outputs.ts'
import { parseS3Uri } from '../lib/aws/s3-uri.ts'
import { type Command, UsageError } from '../lib/cli/command.ts'
import { sourceOption } from '../lib/cli/options.ts'
import { progress } from '../lib/cli/progress.ts'
import { toldTimeZone } from '../lib/time-zone.ts'
import { directoryVersionedStore } from './directory-versioned-store.ts'
import type { Erasure, Survey } from './erasure.ts'
import type { Link } from './links.ts'
import { describeErasure, describeRemainder } from './report.ts'
import type { Holder } from './usernames.ts'
import type { VersionedStore } from './versioned-store.ts'

const help = (
  sources: readonly Source[],
) => `Erases one person from the lake: from raw bodies and from every table, in all versions. Lists what it would erase and
the ids that it takes for the person, and erases only with --yes. Then it reads everything again to verify that nothing
is left.

  npm run erase -- --source ${sources.map(({ name }) => name).join('|')} --person ID [--person ID]… [--yes]
                   [--lake DIR | --raw STORE --enriched STORE]

  --person               ${sources.map(({ translations, erasure }) => `${translations.en.name}: ${erasure.ids}.`).join(' ')}
                         A number also counts in its other spelling, such as a Brazilian one without the ninth digit.
  --yes                  erase (default: only list)
  --with-linked          also erase the data under other ids that deliveries give to the same person, over any
                         number of steps: number, user id, new user id …
  --without-linked       keep the data under those ids
  --include-unreadable   remove bodies that are not JSON and contain the id, as a whole
  --lake DIR             a lake on this machine
  --raw, --enriched      a directory or s3://bucket/prefix (default: the deployed buckets)

In AWS this needs the maintenance role, the only one that may replace raw objects: set AWS_PROFILE to a profile of
~/.aws/config with its role_arn (Terraform's output maintenance_role) and a source_profile.
Exit code 1 if data is left.`

/** The command for a lake with these platforms. */
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
    if (!values.person) throw new UsageError('--person is missing: write the id of the person to erase')
    if (values['with-linked'] && values['without-linked'])
      throw new UsageError('--with-linked and --without-linked exclude each other')

    const counter = progress(null)
    let read = 0
    const erasure = {
      source,
      ...(await openStores(values, env)),
      includeUnreadable: values['include-unreadable'],
      onRead: () => counter.show(++read, 'versions read'),
    }
    const usernames = await holdersByUsername(erasure, values.person)
    const named = values.person.flatMap(person => usernames.get(person)?.map(({ id }) => id) ?? personId(rules, person))
    const { ids, links, found } = await surveyPerson(erasure, named, values['with-linked'])
    counter.clear()
    const taken = values['with-linked'] ? links.map(({ id }) => id) : []
    print(describeErasure(found, { ...erasure, named, taken, links, usernames }))
    if (found.found.length === 0 && found.unreadable.length === 0) return true
    if (!values.yes) {
      note('Nothing was changed. Add --yes to erase.')
      return true
    }
    if (links.length > 0 && !values['with-linked'] && !values['without-linked']) {
      throw new UsageError('deliveries link further ids to the person: add --with-linked or --without-linked')
    }

    let done = 0
    const { erase: eraseFound, survey } = await import('./erasure.ts')
    await eraseFound({ ...erasure, ids }, found, () => counter.show(++done, 'objects erased'))
    read = 0
    const left = await survey({ ...erasure, ids }, found.changes)
    counter.clear()
    print(describeRemainder(left, { source, ids, kept: taken.length > 0 ? [] : links.map(({ id }) => id) }))
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

/** The holders of each username that `--person` names. @throws UsageError where nobody has it, or several people */
async function holdersByUsername(
  erasure: Omit<Erasure, 'ids'>,
  people: readonly string[],
): Promise<ReadonlyMap<string, readonly Holder[]>> {
  const [{ holdersOf, isUsername }, { tiesInIdentities }] = await Promise.all([
    import('./usernames.ts'),
    import('./erasure.ts'),
  ])
  const { source } = erasure
  const byUsername = new Map<string, readonly Holder[]>()
  for (const username of people.filter(isUsername)) {
    const holders = await holdersOf(erasure, username).catch(error => {
      throw error instanceof RangeError ? new UsageError(`--person ${username}: ${error.message}`) : error
    })
    const [first] = holders
    if (!first)
      throw new UsageError(
        `--person ${username}: nobody has this username in the lake: name the person by another id (${source.erasure.ids})`,
      )
    const ids = new Set(source.erasure.spellings(first.id))
    const links = (await tiesInIdentities({ ...erasure, ids })).linksOf(source, ids)
    for (const { id } of links) for (const spelling of source.erasure.spellings(id)) ids.add(spelling)
    if (!holders.every(({ id }) => ids.has(id)))
      throw new UsageError(
        `--person ${username}: several people have or had this username: name one of them by id:\n` +
          holders.map(({ id, key }) => `  ${id}  ${key}`).join('\n'),
      )
    byUsername.set(username, holders)
  }
  return byUsername
}

/**
 * Searches for the data of a person, and for the ids that deliveries link to them over any number of steps.
 * @param withLinked whether the data under the linked ids is the person's
 */
async function surveyPerson(
  erasure: Omit<Erasure, 'ids'>,
  named: readonly string[],
  withLinked: boolean,
): Promise<{ readonly ids: Ids; readonly links: readonly Link[]; readonly found: Survey }> {
  const [{ survey, tiesInIdentities }, { Ties }] = await Promise.all([import('./erasure.ts'), import('./links.ts')])
  const { source } = erasure
  const { spellings } = source.erasure
  const own = new Set(named.flatMap(spellings))
  const ties = new Ties()
  const withLinks = () => new Set([...own, ...ties.linksOf(source, own).flatMap(({ id }) => spellings(id))])
  for (let followed = own; ; ) {
    ties.addAll(await tiesInIdentities({ ...erasure, ids: followed }))
    followed = withLinks()
    const ids = withLinked ? followed : own
    const found = await survey({ ...erasure, ids }, undefined, followed)
    ties.addAll(found.ties)
    const links = ties.linksOf(source, own)
    if (links.every(({ id }) => followed.has(id))) return { ids, links, found }
    followed = withLinks()
  }
}

interface StoreOptions {
  readonly lake?: string | undefined
  readonly raw?: string | undefined
  readonly enriched?: string | undefined
}

async function openStores(
  options: StoreOptions,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly raw: VersionedStore; readonly enriched: VersionedStore }> {
  if (options.lake !== undefined) {
    if (options.raw ?? options.enriched) throw new UsageError('--lake excludes --raw and --enriched')
    if (!existsSync(options.lake)) throw new Error(`there is no lake at ${options.lake}`)
    const [raw, enriched] = [join(options.lake, 'raw'), join(options.lake, 'enriched')]
    const roots = [raw, enriched].map(name => ({ name, store: new DirectoryStore(name) }))
    await lakeTimeZone(roots, await toldTimeZone(env))
    return { raw: directoryVersionedStore(raw), enriched: directoryVersionedStore(enriched) }
  }
  const stage = deployed(env)
  const bucket = (output: string, option: string) => stage.need(output, option).then(name => `s3://${name}`)
  const raw = options.raw ?? (await bucket('raw_bucket', '--raw, or a lake with --lake'))
  const enriched = options.enriched ?? (await bucket('enriched_bucket', '--enriched'))
  const stores = {
    raw: await openVersionedStore(raw, stage, env),
    enriched: await openVersionedStore(enriched, stage, env),
  }
  const inAws = [raw, enriched].some(parseS3Uri) ? stage : undefined
  const roots = [raw, enriched].map(async name => ({ name, store: await openStore(name, stage, env) }))
  await lakeTimeZone(await Promise.all(roots), await toldTimeZone(env, inAws))
  return stores
}

/** @param location a directory or `s3://bucket/prefix` */
async function openVersionedStore(location: string, stage: Deployed, env: NodeJS.ProcessEnv): Promise<VersionedStore> {
  const s3 = parseS3Uri(location)
  if (s3) {
    const [{ s3VersionedStore }, { s3Client }] = await Promise.all([
      import('./s3-versioned-store.ts'),
      import('../lib/aws/s3-client.ts'),
    ])
    return s3VersionedStore(await s3Client(stage, env), s3.bucket, s3.prefix)
  }
  if (!existsSync(location)) throw new Error(`there is no directory ${location}`)
  return directoryVersionedStore(location)
}
