import { textTable } from '../lib/cli/text-table.ts'
import type { Erasure, Found, Part, Survey } from './erasure.ts'

const PARTS: readonly (readonly [Part, string, string])[] = [
  ['raw', 'raw bodies', 'parts'],
  ['table', 'table', 'rows'],
  ['quarantine', 'quarantine', 'rows'],
]

/** The most objects to list by key. */
const MAX_LISTED = 50

/** Describes what a survey has found, and what an erasure does with it. */
export function describeErasure(
  survey: Survey,
  {
    source,
    raw,
    enriched,
    named,
    linked,
  }: Pick<Erasure, 'source' | 'raw' | 'enriched'> & { readonly named: readonly string[]; readonly linked: boolean },
): string {
  const { found, unreadable, mentions } = survey
  const lines = PARTS.map(([part, name, unit]) => {
    const ofPart = found.filter(item => item.part === part)
    const latest = ofPart.filter(({ version }) => version.isLatest)
    const count = latest.reduce((sum, { count }) => sum + count, 0)
    return [name, latest.length, ofPart.length - latest.length, count, unit]
  })
  return [
    `${source.name}, ${named.join(', ')}, in ${raw.name} and ${enriched.name}: ${survey.versions} versions read`,
    '',
    textTable([['', 'objects', 'older versions', 'found', ''], ...lines]),
    ...found.slice(0, MAX_LISTED).map(describe),
    ...(found.length > MAX_LISTED ? [`  … and ${found.length - MAX_LISTED} more`] : []),
    ...(survey.linked.length > 0
      ? ['', `Deliveries give these ids to the same person: ${survey.linked.join(', ')}`]
      : []),
    ...(linked ? ['', 'Data under linked ids is included above.'] : []),
    ...(unreadable.length > 0 ? ['', ...unreadable.map(({ key }) => `not JSON, but contains the id: ${key}`)] : []),
    ...(unreadable.length > 0 ? ['They are kept. --include-unreadable removes them as a whole.'] : []),
    ...mentionLines(mentions),
  ].join('\n')
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
