import type { Ids } from '../../handlers/sources/erasure.ts'
import type { Source } from '../../handlers/sources/source.ts'
import { textTable } from '../lib/cli/text-table.ts'
import type { Erasure, Found, Survey } from './erasure.ts'
import { isFromTable, type Link } from './links.ts'
import { tableFilesOf } from './table-file.ts'
import type { Holder } from './usernames.ts'

/** The most objects to list by key. */
const MAX_LISTED = 50

/** Ids of a person that a search begins with. */
export interface NamedIds {
  /** As the command's options have them, in the platform's form. */
  readonly named: readonly string[]
  /** Those that deliveries link to them and that are searched as well. */
  readonly taken: readonly string[]
}

/** How the ids of a person were found. */
export interface Origins {
  readonly links: readonly Link[]
  /** The ids that have or had a username which the command's options name. */
  readonly usernames: ReadonlyMap<string, readonly Holder[]>
}

/** Describes what a survey has found, and what an erasure does with it. */
export function describeErasure(
  survey: Survey,
  {
    source,
    raw,
    enriched,
    named,
    taken,
    links,
    usernames,
  }: Pick<Erasure, 'source' | 'raw' | 'enriched'> & NamedIds & Origins,
): string {
  const { found, unreadable, mentions } = survey
  const parts = [
    ['raw', 'raw bodies', 'parts'],
    ...tableFilesOf(source).map(({ name }) => [name, name, 'rows']),
  ] as const
  const lines = parts.map(([part, name, unit]) => {
    const ofPart = found.filter(item => item.part === part)
    const latest = ofPart.filter(({ version }) => version.isLatest)
    const count = latest.reduce((sum, { count }) => sum + count, 0)
    return [name, latest.length, ofPart.length - latest.length, count, unit]
  })
  return [
    `${source.name}, ${named.join(', ')}, in ${raw.name} and ${enriched.name}: ${survey.versions} versions read`,
    '',
    'Taken as this person:',
    ...idLines(source, { named, taken }, survey),
    ...[...usernames].flatMap(([username, holders]) =>
      holders.map(({ id, key }) => `  ${id} has or had the username ${username}: ${key}`),
    ),
    '',
    textTable([['', 'objects', 'older versions', 'found', ''], ...lines]),
    ...found.slice(0, MAX_LISTED).map(describe),
    ...(found.length > MAX_LISTED ? [`  … and ${found.length - MAX_LISTED} more`] : []),
    ...(found.length === 0 && unreadable.length === 0
      ? ['', 'Nothing of this person is stored: neither raw nor any table has one of these ids as a person.']
      : []),
    ...linkLines(links, taken),
    ...(unreadable.length > 0 ? ['', ...unreadable.map(({ key }) => `not JSON, but contains the id: ${key}`)] : []),
    ...(unreadable.length > 0 ? ['They are kept. --include-unreadable removes them as a whole.'] : []),
    ...mentionLines(mentions),
  ].join('\n')
}

/** The linked ids, and the delivery that ties each of them. */
function linkLines(links: readonly Link[], taken: readonly string[]): string[] {
  if (links.length === 0) return []
  const summary = `Deliveries give these ids to the same person: ${links.map(({ id }) => id).join(', ')}`
  const lines = links.map(({ id, sameAs, tie }) => {
    const where = isFromTable(tie) ? 'in no raw body any more' : tie.where
    return `  ${id} and ${sameAs}: ${tie.key}${where ? ` (${where})` : ''}`
  })
  return ['', taken.length > 0 ? 'Deliveries give the linked ids to the same person:' : summary, ...lines]
}

/** The ids that are searched, a line each: what was named, its other spellings, what deliveries link to it. */
function idLines({ erasure }: Source, { named, taken }: NamedIds, { seen }: Survey): string[] {
  const lines = new Map<string, string>()
  for (const [ids, note] of [
    [named, ''],
    [taken, ', linked by deliveries'],
  ] as const)
    for (const id of ids)
      for (const spelling of erasure.spellings(id)) {
        if (lines.has(spelling)) continue
        if (spelling === id) lines.set(id, `  ${id}${note}${seen.has(id) ? '' : ' (in no body)'}`)
        else if (seen.has(spelling)) lines.set(spelling, `  ${spelling}, another spelling of ${id} that was found`)
      }
  return [...lines.values()]
}

const describe = ({ part, version, count, isWhole }: Found) =>
  `  ${version.isLatest ? (isWhole ? 'remove' : 'rewrite') : 'remove the older version'}  ${part === 'raw' ? 'raw' : 'enriched'}/${version.key}  (${count})`

function mentionLines({ bodies, rows }: Survey['mentions']): string[] {
  const places = [
    ...(bodies > 0 ? [`${bodies} ${bodies === 1 ? 'body' : 'bodies'}`] : []),
    ...(rows > 0 ? [`${rows} ${rows === 1 ? 'row' : 'rows'}`] : []),
  ]
  if (places.length === 0) return []
  return ['', `In ${places.join(' and ')} the id remains in text of other people or within other ids.`]
}

/** What an erasure searched for, and what it left on request. */
export interface Searched {
  readonly source: Source
  /** In every spelling. */
  readonly ids: Ids
  /** Linked ids whose data stays. */
  readonly kept: readonly string[]
}

/** Describes what a survey after an erasure has found: nothing if it is complete. */
export function describeRemainder(
  { found, unreadable, mentions, versions }: Survey,
  { source, ids, kept }: Searched,
): string {
  const left = [...found.map(({ version }) => version), ...unreadable]
  return [
    '',
    left.length === 0
      ? `Nothing is left: all ${versions} versions were read again.`
      : `Data is left in these objects:\n${left.map(({ key, id }) => `  ${key}${id ? ` (version ${id})` : ''}`).join('\n')}`,
    `Searched raw and every table (${tableFilesOf(source)
      .map(({ name }) => name)
      .join(', ')}) for ${[...ids].join(', ')}.`,
    ...(kept.length > 0 ? [`Kept on request, with what is stored under them: ${kept.join(', ')}.`] : []),
    ...mentionLines(mentions),
  ].join('\n')
}
