import { textTable } from '../lib/cli/text-table.ts'
import type { Erasure, Found, Part, Survey } from './erasure.ts'

const PARTS: readonly (readonly [Part, string, string])[] = [
  ['raw', 'raw bodies', 'things cut'],
  ['table', 'table', 'rows'],
  ['quarantine', 'quarantine', 'rows'],
]

/** Objects named one by one. */
const SHOWN = 50

/** What a survey has found, and what would become of it. */
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
    const own = found.filter(item => item.part === part)
    const latest = own.filter(({ version }) => version.isLatest)
    const things = own.filter(({ version }) => version.isLatest).reduce((sum, { count }) => sum + count, 0)
    return [name, latest.length, own.length - latest.length, things, unit]
  })
  return [
    `${source.name}, ${named.join(', ')}, in ${raw.name} and ${enriched.name}: ${survey.versions} versions read`,
    '',
    textTable([['', 'objects', 'older versions', 'in them', ''], ...lines]),
    ...found.slice(0, SHOWN).map(describe),
    ...(found.length > SHOWN ? [`  … and ${found.length - SHOWN} more`] : []),
    ...(survey.linked.length > 0 ? ['', `Deliveries say that the same person is: ${survey.linked.join(', ')}`] : []),
    ...(linked ? ['', 'What is under other ids of theirs is counted above.'] : []),
    ...(unreadable.length > 0 ? ['', ...unreadable.map(({ key }) => `no JSON, but holds the id: ${key}`)] : []),
    ...(unreadable.length > 0 ? ['They stay, unless --include-unreadable removes them whole.'] : []),
    ...mentioned(mentions),
  ].join('\n')
}

const describe = ({ part, version, count, isWhole }: Found) =>
  `  ${version.isLatest ? (isWhole ? 'remove' : 'rewrite') : 'remove the older version'}  ${part === 'raw' ? 'raw' : 'enriched'}/${version.key}  (${count})`

const mentioned = (mentions: number) =>
  mentions > 0
    ? [
        '',
        `In ${mentions} ${mentions === 1 ? 'body' : 'bodies'} others have written the id in words of theirs, which are theirs: they stay.`,
      ]
    : []

/** What is left after an erasure: nothing, if all went well. */
export function describeProof({ found, unreadable, mentions, versions }: Survey): string {
  const left = [...found.map(({ version }) => version), ...unreadable]
  return [
    '',
    left.length === 0
      ? `Nothing of theirs is left: all ${versions} versions were read again.`
      : `Not all is gone; run it again, or see why:\n${left.map(({ key, id }) => `  ${key}${id ? ` (version ${id})` : ''}`).join('\n')}`,
    ...mentioned(mentions),
  ].join('\n')
}
