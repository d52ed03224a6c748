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
    const conditions = new Map(relations.map(relation => [relation.name, chatCondition(relation, literal(chat))]))
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

/** The platform to which a query limits all that it reads: `platform = 'whatsapp'` after each range of days. */
export function platformOf(sql: string): string | undefined {
  const platforms = selectionsOf(sql).map(
    ({ rangeEnd, end }) => /\band platform = '(\w+)'/.exec(sql.slice(rangeEnd, end))?.[1],
  )
  return platforms.every(platform => platform === platforms[0]) ? platforms[0] : undefined
}

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

/** The chat of a table's row. On WhatsApp, outside a group, it is the person. */
const CHATS: Readonly<Record<string, string>> = {
  whatsapp: 'coalesce(group_id, person)',
  whatsapp_statuses: 'coalesce(group_id, person)',
  telegram: 'cast(chat_id as varchar)',
  events: 'coalesce(chat, person)',
}

/**
 * The condition for the rows of a chat. Undefined of a relation that has no chats.
 * @param id the literal of the chat's id, or of any id of a person
 */
function chatCondition({ name, columns }: Relation, id: string): string | undefined {
  const chat = CHATS[name]
  // a table has the id with which the delivery came
  if (chat !== undefined)
    return (
      `${chat} in (select ${id} union all select other.id from person_ids as given join person_ids as other ` +
      `on other.platform = given.platform and other.person = given.person where given.id = ${id})`
    )
  // a view has one id per person, the one that person_ids gives
  return columns.includes('chat')
    ? `chat = coalesce((select max(person_ids.person) from person_ids where person_ids.id = ${id}), ${id})`
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
const END_OF_CONDITIONS = /\n\s*\)|\b(?:union|group by|order by|having|limit)\b|\s*$/gi

function selectionsOf(sql: string): Selection[] {
  const text = maskText(sql, { names: true })
  return [...text.matchAll(RANGE_OF_DAYS)].map(match => {
    const rangeEnd = match.index + match[0].length
    END_OF_CONDITIONS.lastIndex = rangeEnd
    const end = END_OF_CONDITIONS.exec(text)?.index ?? text.length
    return { relation: match[1] ?? '', start: match.index, rangeEnd, end: Math.max(rangeEnd, end) }
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
  for (const selection of selections) {
    const lack = lackOf(selection)
    if (lack !== undefined) throw new RangeError(`the query reads ${lack}: it cannot be limited by ${option}`)
  }
}
