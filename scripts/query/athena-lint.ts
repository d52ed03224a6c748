import { readFileSync } from 'node:fs'
import { TrinoSQL } from 'dt-sql-parser'
import { DEFAULT_TIME_ZONE } from '../../handlers/lake/calendar.ts'
import type { Table } from '../../handlers/sources/tables.ts'
import { maskText } from '../../sql/mask-text.ts'
import { reads, type View } from '../../sql/views.ts'
import { filtersEveryDay } from './lake-part.ts'
import { assertSelect } from './sql-text.ts'

/*
 * The lint of saved queries: a query must be valid in Athena and have the same result in DuckDB. It must parse with Trino's
 * grammar, and the rules below refuse what the grammar accepts but Athena does not, and what the two engines compute
 * differently (listed at the top of trino-macros.sql).
 */

/** A node of the parse tree; a leaf is a token. */
interface Node {
  /** The name of the grammar's rule: `FunctionCall`, `WhereClause` … */
  readonly kind: string
  /** The tokens without the blanks between them. */
  readonly text: string
  readonly children: readonly Node[]
}

export interface LintOptions {
  /** The views that the query may read. */
  readonly views?: readonly View[]
  /** Whether the SQL is a view's, which leaves the range of days to the queries that read it. */
  readonly isView?: boolean
}

/** The problems of a query, a sentence each; an empty list where there are none. */
export function lint(
  sql: string,
  tables: readonly Table[],
  { views = [], isView = false }: LintOptions = {},
): string[] {
  try {
    assertSelect(sql)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
  const parser = new TrinoSQL()
  const errors = parser.validate(sql)
  if (errors.length > 0)
    return errors.map(({ startLine, startColumn, message }) => `line ${startLine}:${startColumn}: ${message}`)
  const tree = toNode(parser.parse(sql))
  const relations = [...tables.map(ofTable), ...views.filter(({ name }) => reads(sql, name)).map(ofView)]
  const dated = views.filter(({ columns }) => columns.some(({ name }) => name === 'context_date'))
  const types = columnTypes(relations, tree)
  return [
    ...(/[A-Z]/.test(maskText(sql)) ? ['keywords and names are in lower case'] : []),
    ...(isView || filtersEveryDay(sql, tables, dated)
      ? []
      : [
          'every table and view needs its own "where context_date between cast(? as date) and cast(? as date)", without an "or"',
        ]),
    ...everywhere(tree, (node, ancestors) => RULES.flatMap(rule => [...rule(node, ancestors, types)])),
    ...aliasesInUse(tree, relations),
    ...find(tree, 'QueryNoWith').flatMap(orderOfDistinct),
  ]
}

/** A table or a view. */
interface Relation {
  readonly name: string
  readonly columns: readonly (readonly [name: string, type: string])[]
}

const ofTable = ({ name, columns, partitions }: Table): Relation => ({
  name,
  columns: [...Object.entries(columns), ...partitions.map(({ name, type }) => [name, type] as const)],
})

const ofView = ({ name, columns }: View): Relation => ({
  name,
  columns: columns.map(({ name, type }) => [name, type === 'varchar' ? 'string' : type]),
})

type Types = ReadonlyMap<string, string | undefined>
type Rule = (node: Node, ancestors: readonly Node[], types: Types) => Iterable<string>

/** The fields of `extract` in Trino; DuckDB has more. */
const FIELDS = words(`year quarter month week day day_of_month day_of_week dow day_of_year doy year_of_week yow hour
  minute second timezone_hour timezone_minute`)

/** The units of `date_trunc`, `date_add` and `date_diff` in Trino. For dates, only those of a day or more. */
const DATE_UNITS = words('day week month quarter year')
const UNITS = [...words('millisecond second minute hour'), ...DATE_UNITS]

/** The types to which both engines cast in the same way. */
const SAME_CASTS = ['date', 'double', 'timestamp', 'map(varchar,json)']

/** Text of digits only: no cast of it rounds or overflows. */
const DIGITS = /^regexp_extract\(.*,'\[0-9\]\{1,18\}'\)$/

const RULES: readonly Rule[] = [
  function* functions({ kind, text, children }, _, types) {
    if (kind !== 'FunctionCall') return
    const name = children[0]?.text ?? ''
    const given = argumentsOf(children)
    if (!FUNCTIONS.has(name)) yield `${name}() is not among the functions measured in trino-values.json`
    if (name.startsWith('approx_')) yield `${name}() is exact in DuckDB: count or rank instead`
    if (name === 'to_unixtime') yield 'to_unixtime() of a zoned time differs: take the epoch column itself'
    if (name === 'at_timezone') yield 'at_timezone(): the engines differ in a zoned time that changes its zone'
    if (name === 'count' && children.length === 3) yield 'count() without an argument: count(*)'
    if (name === 'from_unixtime' && given[1]?.text !== `'${DEFAULT_TIME_ZONE}'`)
      yield `from_unixtime() without '${DEFAULT_TIME_ZONE}' is not in the lake's time zone`
    if (name.startsWith('regexp_') && /\(\?/.test(given[1]?.text ?? '')) yield `${name}(): (?…) fails in DuckDB`
    if (name === 'regexp_extract' && given.length > 2)
      yield 'regexp_extract() of a group: one that did not match is null in Athena, empty in DuckDB'
    const typesGiven = given.map(argument => typeOf(only(argument), types))
    if (name === 'concat' && typesGiven.some(isNotText)) yield `${text}: concat() takes only text: cast(… as varchar)`
    if (/^(?:sum|avg)$/.test(name) && typesGiven[0] === 'boolean')
      yield `${text}: ${name}() takes only numbers: count_if(…)`
  },
  function* fieldsAndUnits({ kind, children }, _, types) {
    const field = children[2]?.text ?? ''
    if (kind === 'Extract' && !FIELDS.includes(field))
      yield `extract(${field} …) is unknown to Athena, which has ${FIELDS.join(', ')}`
    const name = children[0]?.text ?? ''
    if (kind !== 'FunctionCall' || !/^date_(?:trunc|add|diff)$/.test(name)) return
    const [unit, ...moments] = argumentsOf(children).map(only)
    const counted = name === 'date_diff' ? moments : moments.slice(-1)
    const known = counted.every(moment => typeOf(moment, types) === 'date') ? DATE_UNITS : UNITS
    if (unit?.kind === 'BasicStringLiteral' && !known.includes(unit.text.slice(1, -1)))
      yield `${name}(${unit.text}, …) is unknown to Athena, which has ${known.join(', ')} here`
  },
  function* conditions(node, ancestors, types) {
    for (const condition of conditionsOf(node, ancestors).map(only)) {
      const type = typeOf(condition, types)
      if (type !== undefined && type !== 'boolean') yield `${condition.text} is a ${type}, not a condition: compare it`
    }
  },
  function* dates({ kind, text, children }, _, types) {
    if (kind !== 'ArithmeticBinary' || !/^[+-]$/.test(children[1]?.text ?? '')) return
    const dates = children.filter(child => typeOf(only(child), types) === 'date').length
    if (dates > 0) yield `${text}: Athena computes with dates by ${dates > 1 ? 'date_diff()' : 'date_add()'}`
  },
  function* casts({ kind, children, text }, _, types) {
    if (kind !== 'Cast') return
    const type = children.at(-2)?.text ?? ''
    const operand = only(children[2])
    if (operand.kind === 'Parameter' || SAME_CASTS.includes(type)) return
    if (type === 'varchar' && types.has(unqualified(operand))) return
    if (type === 'bigint' && DIGITS.test(operand.text)) return
    yield `${text}: the engines differ in casts to ${type}; only a table's column may be cast to varchar, only regexp_extract(…, '[0-9]{1,18}') to bigint`
  },
  function* literals({ kind, text, children }) {
    if (kind === 'DecimalLiteral')
      yield `${text} is a decimal, whose scale differs between the engines: write ${text}e0`
    if (kind === 'IntervalLiteral' || kind === 'Interval') yield 'date ± interval is a date in Athena: date_add()'
    if (kind === 'TypeConstructor' && !/^(?:date|timestamp)'/.test(text)) yield `${text} is not a literal of Athena`
    if (kind === 'Number' || /Literal$|RowCount|DigitIdentifier/.test(kind))
      if (/^\d[\d.]*_/.test(text)) yield `${text}: write digits without "_"`
    if (kind === 'SortItem' && children[0]?.text === 'all') yield 'order by all: name the columns'
  },
  function* constructs({ kind, text, children }) {
    if (kind === 'AtTimeZone')
      yield 'at time zone: the engines differ in a zoned time that changes its zone: from_unixtime() with the zone'
    if (kind === 'Lambda') yield 'a lambda fails in DuckDB'
    if (kind === 'ListAgg') yield 'listagg() fails in DuckDB: array_join(array_agg(…), …)'
    if (kind === 'SampledRelation' && children.length > 1) yield 'a sample differs from run to run'
    if (/^(?:CurrentDate|CurrentTimestamp|CurrentTime|LocalTime|LocalTimestamp)$/.test(kind))
      yield `${text} depends on the session and differs from run to run: use a parameter`
    if (kind === 'JoinRelation' && children.some(({ text }) => text === 'natural'))
      yield 'natural join is unknown to Athena'
    if ((kind === 'SelectExpressionColumnName' || kind === 'SelectItem') && children.length === 2)
      yield `an alias needs its "as": ${children.map(({ text }) => text).join(' ')}`
    if (kind === 'AliasedRelation' && children.length > 1 && children[1]?.text !== 'as')
      yield `an alias needs its "as": ${children.map(({ text }) => text).join(' ')}`
    if (kind === 'QueryNoWith' && children.some(isLimit) && !children.some(({ text }) => text === 'order'))
      yield 'limit without order by returns arbitrary rows'
  },
  function* parameters({ kind }, ancestors) {
    if (kind !== 'Parameter') return
    if (!ancestors.some(({ kind }) => kind === 'WhereClause')) yield '? is allowed only in where'
    const around = ancestors.findLast(({ children }) => children.length > 1)
    if (around?.kind !== 'Cast') yield '? is text and needs a cast: cast(? as date)'
  },
  function* division({ kind, text, children }) {
    if (kind !== 'ArithmeticBinary' || !/^[/%]$/.test(children[1]?.text ?? '')) return
    const divisor = children[2]?.text ?? ''
    if (!/^(?:nullif\(|[1-9])/.test(divisor)) yield `${text}: division by zero fails in Athena: nullif(${divisor}, 0)`
  },
  function* implicitCasts({ kind, text, children }, _, types) {
    const operands = children.map(only)
    const typesOf = (nodes: readonly Node[]) => nodes.map(node => typeOf(node, types))
    if (kind === 'Concatenation' && typesOf(operands).some(isNotText))
      yield `${text}: || takes only text: cast(… as varchar)`
    if (kind !== 'Predicated' || operands.length !== 2) return
    const [left, predicate] = operands
    const compared = ['Comparison', 'Between', 'InList'].includes(predicate?.kind ?? '')
    if (!left || !predicate || !compared) return
    const type = typeOf(left, types)
    const other = typesOf(predicate.children.map(only)).find(other => other !== undefined && other !== type)
    if (type !== undefined && other !== undefined)
      yield `${text}: Athena does not compare a ${type} with a ${other}: ${[type, other].includes('boolean') ? 'the boolean itself, or not …' : "date '…', or a cast"}`
  },
]

type Type = 'text' | 'number' | 'boolean' | 'date'

/** The type of an expression; undefined where it depends on more than the expression and the tables' columns. */
function typeOf(node: Node, types: Types): Type | undefined {
  const { kind, text, children } = node
  if (kind === 'BasicStringLiteral') return 'text'
  if (/^(?:Integer|Decimal|Double)Literal$/.test(kind)) return 'number'
  if (/^(?:BooleanValue|And|Or|LogicalNot|Predicated)$/.test(kind)) return 'boolean'
  if (kind === 'TypeConstructor') return /^date'/.test(text) ? 'date' : undefined
  if (kind === 'Cast') return children.at(-2)?.text === 'date' ? 'date' : undefined
  switch (types.get(unqualified(node))) {
    case 'string':
      return 'text'
    case 'bigint':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'date':
      return 'date'
    default:
      return undefined
  }
}

const isNotText = (type: Type | undefined) => type !== undefined && type !== 'text'

/** The operands of a node that are conditions. */
function conditionsOf({ kind, children }: Node, ancestors: readonly Node[]): readonly Node[] {
  switch (kind) {
    case 'And':
    case 'Or':
      return children.filter(({ kind }) => kind !== 'TerminalNode')
    case 'WhereClause':
    case 'HavingClause':
    case 'LogicalNot':
      return children.slice(1)
    case 'JoinCriteria':
      return children[0]?.text === 'on' ? children.slice(1) : []
    case 'WhenClause':
      return ancestors.at(-1)?.kind === 'SearchedCase' ? children.slice(1, 2) : []
    case 'FunctionCall':
      return children[0]?.text === 'if' ? argumentsOf(children).slice(0, 1) : []
    default:
      return []
  }
}

/** Athena orders a SELECT DISTINCT only by selected expressions, DuckDB by any. */
function orderOfDistinct(query: Node): string[] {
  const [select] = query.children.map(only)
  if (select?.kind !== 'QuerySpecification' || select.children[1]?.text !== 'distinct') return []
  const selected = new Set(
    selectItems(select, 'QuerySpecification').flatMap(({ alias, expression }) => [
      ...(alias === undefined ? [] : [alias]),
      bare(expression),
    ]),
  )
  if ([...selected].some(text => text.endsWith('*'))) return []
  return find(query, 'SortItem', 'QuerySpecification')
    .map(({ children }) => children[0]?.text ?? '')
    .filter(text => !/^\d+$/.test(text) && !selected.has(bare(text)))
    .map(text => `order by ${text}: a select distinct is ordered only by what it selects: group by instead`)
}

/** The text of an expression; of a column without its table and quotes. */
const bare = (text: string) => plainName(text.replace(/^\w+\.(?=\w+$|"[^"]*"$)/, ''))

/** DuckDB allows an alias in the SELECT that defines it; Athena looks for a column of that name. */
function aliasesInUse(tree: Node, relations: readonly Relation[]): string[] {
  const known = new Map<string, readonly string[]>(
    relations.map(({ name, columns }) => [name, columns.map(([column]) => column)]),
  )
  for (const query of find(tree, 'NamedQuery'))
    known.set(
      name(query.children[0]),
      find(query, 'QuerySpecification')
        .slice(0, 1)
        .flatMap(query => outputs(query, known)),
    )
  return find(tree, 'QuerySpecification').flatMap(query => {
    const columns = new Set(inputs(query, known))
    const made = selectItems(query, 'QuerySpecification').flatMap(({ alias }) =>
      alias === undefined || columns.has(alias) ? [] : [alias],
    )
    const used = columnsIn(query)
    return [...new Set(made.filter(alias => used.includes(alias)))].map(
      alias => `${alias} is an alias of the same select, where Athena does not know it: use a CTE`,
    )
  })
}

/** The items that a query selects. Without a border, the items of inner queries too. */
const selectItems = (query: Node, border?: string) =>
  find(query, 'SelectItem', border)
    .map(item => (item.children.length === 1 && item.children[0] ? item.children[0] : item))
    .map(({ children, text }) =>
      children.at(-2)?.text === 'as'
        ? { alias: name(children.at(-1)), expression: children[0]?.text ?? '', text }
        : { alias: undefined, expression: text, text },
    )

/** The names of a query's result columns. */
const outputs = (query: Node, known: ReadonlyMap<string, readonly string[]>): string[] =>
  selectItems(query, 'QuerySpecification').flatMap(({ alias, text }) =>
    alias !== undefined ? [alias] : /\*$/.test(text) ? inputs(query, known) : [plainName(text.replace(/^.*\./, ''))],
  )

/** The names of the columns that a query can read. */
function inputs(query: Node, known: ReadonlyMap<string, readonly string[]>): string[] {
  const from = query.children.findIndex(({ text }) => text === 'from')
  const relations = query.children.slice(from < 0 ? query.children.length : from)
  return [
    ...relations
      .flatMap(part => find(part, 'TableName', 'QuerySpecification'))
      .flatMap(({ text }) => known.get(plainName(text)) ?? []),
    ...relations.flatMap(part => find(part, 'QuerySpecification')).flatMap(inner => outputs(inner, known)),
    ...relations
      .flatMap(part => find(part, 'ColumnAliases', 'QuerySpecification'))
      .flatMap(({ children }) => children.map(name)),
  ]
}

/** The columns named without a table in a query, except in inner queries. */
const columnsIn = (query: Node) =>
  ['ColumnRef', 'ColumnName']
    .flatMap(kind => find(query, kind, 'QuerySpecification'))
    .map(({ text }) => plainName(text))

const plainName = (text: string) => text.replace(/^"(.*)"$/, '$1')
const name = (node: Node | undefined) => plainName(node?.text ?? '')
const unqualified = (node: Node) =>
  /Literal|Call|Cast/.test(node.kind) ? '' : plainName(node.text.replace(/^\w+\./, ''))

function words(text: string): readonly string[] {
  return text.split(/\s+/)
}

/** The functions whose values trino-values.json holds. */
const FUNCTIONS = new Set(
  (
    JSON.parse(readFileSync(new URL('trino-values.json', import.meta.url), 'utf8')) as { readonly sql: string }[]
  ).flatMap(({ sql }) => maskText(sql).match(/\b[a-z]\w*(?=\()/g) ?? []),
)

/** The types of the relations' columns by name; undefined where they differ, or the query gives the name to another value. */
function columnTypes(relations: readonly Relation[], tree: Node): Types {
  const all = relations.flatMap(({ columns }) => columns)
  const isPlain = (name: string, type: string) => all.every(other => other[0] !== name || other[1] === type)
  const others = new Set([
    ...selectItems(tree).flatMap(({ alias, expression }) => (alias === bare(expression) ? [] : [alias])),
    ...find(tree, 'ColumnAliases').flatMap(({ children }) => children.map(name)),
  ])
  return new Map(all.map(([name, type]) => [name, isPlain(name, type) && !others.has(name) ? type : undefined]))
}

const isLimit = ({ text }: Node) => text === 'limit' || text === 'fetch'

/** The arguments of a call, from its child nodes. */
const argumentsOf = (children: readonly Node[]) => {
  const end = children.findIndex(({ text }) => text === ')')
  return children.slice(2, end).filter(({ text }) => text !== ',')
}

/** The first node downwards that is a leaf or has several children. */
const only = (node: Node | undefined): Node =>
  node === undefined
    ? { kind: '', text: '', children: [] }
    : node.children.length === 1 && (node.children[0]?.children.length ?? 0) > 0
      ? only(node.children[0])
      : node

function everywhere(
  node: Node,
  look: (node: Node, ancestors: readonly Node[]) => string[],
  above: readonly Node[] = [],
): string[] {
  return [...look(node, above), ...node.children.flatMap(child => everywhere(child, look, [...above, node]))]
}

/** The nodes of a kind below this one, in order, except those inside a node of the kind `border`. */
function find(node: Node, kind: string, border?: string): Node[] {
  return node.children.flatMap(child => [
    ...(child.kind === kind ? [child] : []),
    ...(child.kind === border ? [] : find(child, kind, border)),
  ])
}

/** Converts the parser's tree. */
function toNode(context: unknown): Node {
  const node = context as {
    readonly constructor: { readonly name: string }
    readonly children?: readonly unknown[] | null
    getText(): string
  }
  const kind = node.constructor.name.replace(/Context$/, '')
  return { kind, text: node.getText(), children: (node.children ?? []).map(toNode) }
}
