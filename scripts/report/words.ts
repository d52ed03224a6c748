import type { Language, Unit } from './language.ts'

/** Everything that a report says, in one language. Numbers come formatted; where a plural hangs on one, it comes too. */
export interface Words {
  readonly title: string
  readonly made: (when: string, zone: string) => string
  readonly sections: Readonly<Record<SectionName, string>>
  readonly messages: string
  readonly people: string
  readonly perDay: string
  readonly quarantined: string
  readonly inTheData: string
  readonly none: string
  readonly empty: string
  readonly nothing: string
  readonly table: string
  readonly total: string
  readonly less: string
  readonly more: string
  readonly daysAndMean: string
  readonly query: string
  readonly emptyLake: readonly [string, string]
  readonly footer: string
  leads(label: string, value: string, share: string | undefined): string
  /** Where there was most of what is counted, and its share. */
  peak(unit: Unit, where: string, value: string, share: string | undefined): string
  /** Where something that does not add up was greatest. */
  most(unit: Unit, where: string, value: string): string
  others(rows: string, value: string, count: number): string
  moreRows(rows: string, count: number): string
  outside(value: string, count: number): string
  hour(hour: number): string
  weekTick(week: number): string
  week(week: { year: number; week: number }): string
  both(first: string, second: string): string
  /** How a column of a result is called. */
  column(name: string): string
  /** How a value is called: in a column of names that the lake itself gives, as a platform or a reason. Any other is itself. */
  value(column: string, value: string): string
  /** A title in the report's own language, for a query that the header has only an English one for. */
  chartTitle(query: string): string | undefined
}

export type SectionName = 'overview' | 'who' | 'what' | 'when' | 'quality' | 'rest'

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const spaced = (name: string) => name.replaceAll('_', ' ')

/** A number and its share of the whole. */
const withShare = (value: string, share: string | undefined) => (share === undefined ? value : `${value} (${share})`)

const PEAKS_PT: Readonly<Record<Unit, string>> = {
  hour: 'Hora de mais movimento',
  weekday: 'Dia de mais movimento',
  day: 'Dia de mais movimento',
  week: 'Semana de mais movimento',
  text: 'Mais movimento',
}

const PEAKS_EN: Readonly<Record<Unit, string>> = {
  hour: 'Busiest hour',
  weekday: 'Busiest day',
  day: 'Busiest day',
  week: 'Busiest week',
  text: 'Busiest',
}

/** What a name has in a list; nothing for the names that every object has. */
const called = (list: Readonly<Record<string, string>>, name: string) =>
  Object.hasOwn(list, name) ? list[name] : undefined

/** Columns whose values are words of the lake or of a platform, never of people. */
const OURS = new Set(['platform', 'source', 'reason', 'type', 'chat_type'])

const VALUES = { whatsapp: 'WhatsApp', telegram: 'Telegram' } as const

const pt: Words = {
  title: 'As conversas',
  made: (when, zone) => `Feito em ${when} (${zone})`,
  sections: {
    overview: 'Visão geral',
    who: 'Quem escreve',
    what: 'O que se escreve',
    when: 'Quando se escreve',
    quality: 'Qualidade dos dados',
    rest: 'Outras respostas',
  },
  messages: 'mensagens',
  people: 'pessoas',
  perDay: 'por dia',
  quarantined: 'em quarentena',
  inTheData: 'nos dados',
  none: '(sem valor)',
  empty: '(vazio)',
  nothing: 'Nada neste período.',
  table: 'Ver a tabela',
  total: 'Total',
  less: 'menos',
  more: 'mais',
  daysAndMean: 'Linha fina: cada dia. Linha grossa: média de 7 dias.',
  query: 'Consulta',
  emptyLake: [
    'Ainda não há mensagens neste período.',
    'Quando as primeiras chegarem, e o dia delas for transformado, este relatório se preenche sozinho.',
  ],
  footer: 'Cada número vem de uma consulta salva em sql/queries. O período conta dias de chegada.',
  leads: (label, value, share) => `${label} lidera, com ${withShare(value, share)}.`,
  peak: (unit, where, value, share) => `${PEAKS_PT[unit]}: ${where}, com ${withShare(value, share)}.`,
  most: (_, where, value) => `O máximo: ${value}, ${where}.`,
  others: (rows, value, count) => `E ${count === 1 ? 'mais um' : `outros ${rows}`}, com ${value} no total.`,
  moreRows: (rows, count) => (count === 1 ? 'e mais uma linha' : `e mais ${rows} linhas`),
  outside: (value, count) =>
    count === 1
      ? 'Uma mensagem não tem hora, ou diz outra data.'
      : `${value} mensagens não têm hora, ou dizem outra data.`,
  hour: hour => `${hour}h`,
  weekTick: week => `S${week}`,
  week: ({ year, week }) => `${week} de ${year}`,
  both: (first, second) => `${first}, ${second}`,
  column: name => called(COLUMNS_PT, name) ?? spaced(name),
  value: (column, value) => (OURS.has(column) ? called(VALUES_PT, value) : undefined) ?? value,
  chartTitle: query => called(TITLES_PT, query),
}

const COLUMNS_PT: Readonly<Record<string, string>> = {}
const VALUES_PT: Readonly<Record<string, string>> = { ...VALUES }
const TITLES_PT: Readonly<Record<string, string>> = {}

const en: Words = {
  title: 'The conversations',
  made: (when, zone) => `Made on ${when} (${zone})`,
  sections: {
    overview: 'At a glance',
    who: 'Who writes',
    what: 'What they write',
    when: 'When they write',
    quality: 'Data quality',
    rest: 'More answers',
  },
  messages: 'messages',
  people: 'people',
  perDay: 'a day',
  quarantined: 'quarantined',
  inTheData: 'in the data',
  none: '(none)',
  empty: '(empty)',
  nothing: 'Nothing in this period.',
  table: 'Show the table',
  total: 'Total',
  less: 'less',
  more: 'more',
  daysAndMean: 'Thin line: each day. Bold line: mean of 7 days.',
  query: 'Query',
  emptyLake: [
    'There are no messages in this period yet.',
    'Once the first ones come in, and their day has been transformed, this report fills itself.',
  ],
  footer: 'Every number comes from a saved query of sql/queries. The period counts days of arrival.',
  leads: (label, value, share) => `${label} leads, with ${withShare(value, share)}.`,
  peak: (unit, where, value, share) => `${PEAKS_EN[unit]}: ${where}, with ${withShare(value, share)}.`,
  most: (_, where, value) => `The most: ${value}, ${where}.`,
  others: (rows, value, count) => `And ${count === 1 ? 'one other' : `${rows} others`}, with ${value} in all.`,
  moreRows: (rows, count) => (count === 1 ? 'and one more row' : `and ${rows} more rows`),
  outside: (value, count) =>
    count === 1
      ? 'One message has no time, or tells another date.'
      : `${value} messages have no time, or tell another date.`,
  hour: hour => `${String(hour).padStart(2, '0')}:00`,
  weekTick: week => `W${week}`,
  week: ({ year, week }) => `${week} of ${year}`,
  both: (first, second) => `${capital(first)}, ${second}`,
  column: spaced,
  value: (column, value) => (OURS.has(column) ? called(VALUES_EN, value) : undefined) ?? value,
  chartTitle: query => called(TITLES_EN, query),
}

const VALUES_EN: Readonly<Record<string, string>> = { ...VALUES }
const TITLES_EN: Readonly<Record<string, string>> = {}

export const WORDS: Readonly<Record<Language, Words>> = { pt, en }
