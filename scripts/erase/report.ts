import type { Source } from '../../handlers/sources/source.ts'
import { textTable } from '../lib/cli/text-table.ts'
import type { Erasure, Found, Survey } from './erasure.ts'
import { tableFilesOf } from './table-file.ts'

/** The most objects to list by key. */
const MAX_LISTED = 50

/** Ids of a person that a search begins with. */
export interface NamedIds {
  /** As the command's options have them, in the platform's form. */
  readonly named: readonly string[]
  /** Those that deliveries link to them and that are searched as well. */
  readonly taken: readonly string[]
}

/** Describes what a survey has found, and what an erasure does with it. */
export function describeErasure(
  survey: Survey,
  { source, raw, enriched, named, taken }: Pick<Erasure, 'source' | 'raw' | 'enriched'> & NamedIds,
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
    '',
    textTable([['', 'objects', 'older versions', 'found', ''], ...lines]),
    ...found.slice(0, MAX_LISTED).map(describe),
    ...(found.length > MAX_LISTED ? [`  … and ${found.length - MAX_LISTED} more`] : []),
    ...(survey.linked.length > 0
      ? ['', `Deliveries give these ids to the same person: ${survey.linked.join(', ')}`]
      : []),
    ...(unreadable.length > 0 ? ['', ...unreadable.map(({ key }) => `not JSON, but contains the id: ${key}`)] : []),
    ...(unreadable.length > 0 ? ['They are kept. --include-unreadable removes them as a whole.'] : []),
    ...mentionLines(mentions),
  ].join('\n')
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

const mentionLines = (mentions: number) =>
  mentions > 0
    ? [
        '',
        `In ${mentions} ${mentions === 1 ? 'body' : 'bodies'} the id remains in text of other people or within other ids.`,
      ]
    : []

/** Describes what a survey after an erasure has found: nothing if it is complete. */
export function describeRemainder({ found, unreadable, mentions, versions }: Survey): string {
  const left = [...found.map(({ version }) => version), ...unreadable]
  return [
    '',
    left.length === 0
      ? `Nothing is left: all ${versions} versions were read again.`
      : `Data is left in these objects:\n${left.map(({ key, id }) => `  ${key}${id ? ` (version ${id})` : ''}`).join('\n')}`,
    ...mentionLines(mentions),
  ].join('\n')
}
