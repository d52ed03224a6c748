import { spellingsOf } from '../handlers/sources/whatsapp/people.ts'
import { literal } from './literal.ts'
import { maskText } from './mask-text.ts'

/** What limits a query, besides its range of days. */
export interface Filters {
  /** WhatsApp: the id of the business's number. */
  readonly phoneNumberId?: string | undefined
  /** A chat's id; WhatsApp: the group's, or any id of the person. */
  readonly chat?: string | undefined
  readonly direction?: Direction | undefined
}

/** Which messages: of people (`inbound`), of the business (`outbound`), or both. */
export const DIRECTIONS = ['inbound', 'outbound', 'both'] as const
export type Direction = (typeof DIRECTIONS)[number]

/** A table or a view, with its column names. */
export interface Relation {
  readonly name: string
  readonly columns: readonly string[]
}

/**
 * A query that is limited by filters. The conditions follow each range of days. A query that has only the direction
 * `inbound` gets the other direction in its place.
 * @throws RangeError where a relation that the query reads lacks a column, or where the query is about both directions
 */
export function withFilters(
  sql: string,
  { phoneNumberId, chat, direction }: Filters,
  relations: readonly Relation[],
): string {
  let filtered = sql
  if (phoneNumberId !== undefined) {
    assertColumn(filtered, 'phone_number_id', '--phone-number-id', relations)
    filtered = withConditions(filtered, { phone_number_id: phoneNumberId })
  }
  if (direction !== undefined) {
    assertColumn(filtered, 'direction', '--direction', relations)
    filtered = inDirection(filtered, direction)
  }
  if (chat !== undefined) {
    const conditions = new Map(relations.map(relation => [relation.name, chatCondition(relation, chat)]))
    assertSelections(filtered, '--chat', ({ relation }) =>
      conditions.get(relation) === undefined ? `${relation}, which has no chats` : undefined,
    )
    filtered = insertConditions(filtered, ({ relation }) => [conditions.get(relation) ?? ''])
  }
  return filtered
}

/** A query with conditions `column = 'value'` after each range of days. */
export const withConditions = (sql: string, conditions: Readonly<Record<string, string>>): string =>
  insertConditions(sql, () => Object.entries(conditions).map(([column, value]) => `${column} = ${literal(value)}`))

/** The platform to which a query limits all its selections: `and platform = 'whatsapp'` among their conditions. */
export function platformOf(sql: string): string | undefined {
  const text = maskText(sql, { names: true })
  const platforms = selectionsOf(sql).map(({ rangeEnd, end }) => {
    const place = [...text.slice(rangeEnd, end).matchAll(/\band\s+platform\s*=\s*'/g)].find(
      ({ index }) => depthOf(text.slice(rangeEnd, rangeEnd + index)) === 0,
    )
    return place && /^\w+(?=')/.exec(sql.slice(rangeEnd + place.index + place[0].length))?.[0]
  })
  return platforms.every(platform => platform === platforms[0]) ? platforms[0] : undefined
}

/** How many parentheses are open at the end of a masked text. */
const depthOf = (text: string) => (text.match(/\(/g)?.length ?? 0) - (text.match(/\)/g)?.length ?? 0)

/**
 * A query that counts the rows which another leaves out for want of a plausible time. Undefined where the other leaves
 * out none. It takes the range of days.
 */
export function countUntimed(sql: string): string | undefined {
  const text = maskText(sql, { names: true })
  const [selection, ...more] = selectionsOf(sql).filter(({ end, start }) => TIMED.test(text.slice(start, end)))
  if (!selection || more.length > 0) return undefined
  const untimed = sql.slice(selection.start, selection.end).replace(TIMED, 'sent_at is null')
  return `select count(*) as messages\n${untimed}`
}

const TIMED = /\bsent_at is not null\b/

/** The chat of a table's row. On WhatsApp, outside a group, it is the person; days of version 0.1.0 have no `person`. */
const CHATS: Readonly<Record<string, string>> = {
  whatsapp: 'coalesce(group_id, person, user_id, cast(number as varchar))',
  whatsapp_statuses: 'coalesce(group_id, person)',
  telegram: 'cast(chat_id as varchar)',
  events: 'coalesce(chat, person)',
}

/**
 * The condition for the rows of a chat. Undefined of a relation that has no chats.
 * @param chat the chat's id, or any id of a person; a number in any spelling, with or without a plus sign
 */
function chatCondition({ name, columns }: Relation, chat: string): string | undefined {
  const ids = spellingsOf(chat.replace(/^\+(?=\d)/, '')).map(literal)
  const given = ids.map(id => `select ${id} union all `).join('')
  const ofTable = CHATS[name]
  // a table has the id with which the delivery came
  if (ofTable !== undefined)
    return (
      `${ofTable} in (${given}select other.id from person_ids as given join person_ids as other ` +
      `on other.platform = given.platform and other.person = given.person where given.id in (${ids.join(', ')}))`
    )
  // a view has one id per person, the one that person_ids gives
  return columns.includes('chat')
    ? `chat in (${given}select person_ids.person from person_ids where person_ids.id in (${ids.join(', ')}))`
    : undefined
}

/** `from <relation> where <range of days> …`, up to the end of its conditions. Places are offsets in the SQL. */
interface Selection {
  readonly relation: string
  readonly start: number
  /** Behind the range of days. */
  readonly rangeEnd: number
  readonly end: number
}

const DAY = String.raw`cast\s*\(\s*\?\s+as\s+date\s*\)`
const RANGE_OF_DAYS = new RegExp(
  String.raw`\bfrom\s+"?(\w+)"?(?:\s+as\s+\w+)?\s+where\s+context_date\s+between\s+${DAY}\s+and\s+${DAY}`,
  'gi',
)
/** What ends the conditions, unless it stands in parentheses of its own. */
const ENDS = /[()]|\b(?:union|intersect|except|group\s+by|order\s+by|having|limit)\b/gi

/** The end of the conditions that begin at a place of a masked text. */
function endOfConditions(text: string, start: number): number {
  let depth = 0
  for (const { 0: word, index } of text.slice(start).matchAll(ENDS)) {
    if (word === '(') depth++
    else if (word === ')') depth--
    if (depth < 0 || (depth === 0 && !'()'.includes(word)))
      return start + text.slice(start, start + index).trimEnd().length
  }
  return text.trimEnd().length
}

function selectionsOf(sql: string): Selection[] {
  const text = maskText(sql, { names: true })
  return [...text.matchAll(RANGE_OF_DAYS)].map(match => {
    const rangeEnd = match.index + match[0].length
    return { relation: match[1] ?? '', start: match.index, rangeEnd, end: endOfConditions(text, rangeEnd) }
  })
}

/** The last place first, so that the places before it stay right. */
const insertConditions = (sql: string, conditionsOf: (selection: Selection) => readonly string[]): string =>
  selectionsOf(sql).reduceRight((text, selection) => {
    const conditions = conditionsOf(selection).map(condition => `\n    and ${condition}`)
    return text.slice(0, selection.rangeEnd) + conditions.join('') + text.slice(selection.rangeEnd)
  }, sql)

const INBOUND = /\n?[ \t]*\band (?:direction|coalesce\(direction, 'inbound'\)) = 'inbound'/

function inDirection(sql: string, direction: Direction): string {
  const everyDirection = selectionsOf(sql).reduceRight(
    (text, { rangeEnd, end }) =>
      text.slice(0, rangeEnd) + text.slice(rangeEnd, end).replace(INBOUND, '') + text.slice(end),
    sql,
  )
  if (/\bdirection\b/i.test(maskText(everyDirection)))
    throw new RangeError('the query is about both directions: it cannot be limited by --direction')
  return direction === 'both'
    ? everyDirection
    : insertConditions(everyDirection, () => [`coalesce(direction, 'inbound') = ${literal(direction)}`])
}

function assertColumn(sql: string, column: string, option: string, relations: readonly Relation[]): void {
  assertSelections(sql, option, ({ relation }) => {
    const known = relations.find(({ name }) => name === relation)
    return known?.columns.includes(column) ? undefined : `${relation}, which has no column ${column}`
  })
}

/** @param lackOf what a selection reads that cannot be limited, with the reason */
function assertSelections(sql: string, option: string, lackOf: (selection: Selection) => string | undefined): void {
  const selections = selectionsOf(sql)
  if (selections.length === 0)
    throw new RangeError(
      `${option} needs "where context_date between cast(? as date) and cast(? as date)" behind the table or view`,
    )
  const text = maskText(sql)
  for (const selection of selections) {
    const conditions = text.slice(selection.rangeEnd, selection.end)
    if ([...conditions.matchAll(/\bor\b/gi)].some(({ index }) => depthOf(conditions.slice(0, index)) === 0))
      throw new RangeError(`${option} cannot be added to conditions with "or": put those in parentheses`)
    const lack = lackOf(selection)
    if (lack !== undefined) throw new RangeError(`the query reads ${lack}: it cannot be limited by ${option}`)
  }
}
