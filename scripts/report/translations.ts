import type { Reason } from '../../handlers/lake/quarantine.ts'
import type { Language, Unit } from './language.ts'

/** The greatest of some values: where it is, or undefined where too many are level with it to name them. */
export interface Greatest {
  readonly where: string | undefined
  /** How many are level. */
  readonly count: number
  readonly value: string
  /** Its share of the whole, where there is a whole. */
  readonly share: string | undefined
}

export type SectionName = 'overview' | 'who' | 'what' | 'when' | 'quality' | 'rest'

/** Everything that a report says, in one language. Numbers come written; where a plural hangs on one, it comes too. */
export interface Translations {
  readonly title: string
  readonly sections: Readonly<Record<SectionName, string>>
  readonly messages: string
  readonly people: string
  readonly perDay: string
  readonly quarantined: string
  readonly empty: string
  readonly otherSeries: string
  readonly nothing: string
  readonly table: string
  readonly total: string
  readonly less: string
  readonly more: string
  readonly daysAndMean: string
  readonly query: string
  /** What a report of an empty lake says: in short, and what to expect. */
  readonly emptyLake: readonly [string, string]
  readonly footer: string
  made(when: string, zone: string): string
  /** Who or what has most. */
  leads(greatest: Greatest): string
  /** Where there was most of what is counted. */
  peak(unit: Unit, greatest: Greatest): string
  /** Where something that does not add up was greatest. */
  most(measure: string, greatest: Greatest): string
  others(rows: string, value: string, count: number): string
  moreRows(rows: string, count: number): string
  outside(value: string, count: number): string
  hour(hour: number): string
  weekTick(week: number, year?: number): string
  week(week: { year: number; week: number }): string
  both(first: string, second: string): string
  /** What stands for no value in a column. */
  none(column: string): string
  /** How a column of a result is called. */
  column(name: string): string
  /** How a value is called: in a column of names that the lake or a platform gives, as a reason. Any other is itself. */
  value(column: string, value: string): string
  /** The title of a saved query that the report knows; a platform's stands without the platform. */
  chartTitle(query: string): string | undefined
}

/** What a name has in a list; nothing for the names that every object has. */
const called = (list: Readonly<Record<string, string>>, name: string) =>
  Object.hasOwn(list, name) ? list[name] : undefined

/** Columns whose values are words of the lake or of a platform, never of people. */
const OURS = new Set(['platform', 'source', 'reason', 'type', 'chat_type'])

/** A name of words joined by underscores, with blanks instead. */
const spaced = (name: string) => name.replace(/(?<=[a-z0-9])_(?=[a-z0-9])/g, ' ')
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
const withShare = (value: string, share: string | undefined) => (share === undefined ? value : `${value} (${share})`)
const weekOfYear = (tick: string, year: number | undefined) =>
  year === undefined ? tick : `${tick}/${String(year).slice(-2)}`

const pt: Translations = {
  title: 'As conversas',
  sections: {
    overview: 'Visão geral',
    who: 'Quem escreve',
    what: 'O que se escreve',
    when: 'Quando se escreve',
    quality: 'Qualidade dos dados',
    rest: 'Outras respostas',
  },
  messages: 'Mensagens',
  people: 'Pessoas',
  perDay: 'Mensagens por dia',
  quarantined: 'Em quarentena',
  empty: '(vazio)',
  otherSeries: 'outros',
  nothing: 'Nada neste período.',
  table: 'Ver a tabela',
  total: 'total',
  less: 'menos',
  more: 'mais',
  daysAndMean: 'Linha fina: cada dia. Linha grossa: média de 7 dias.',
  query: 'Consulta',
  emptyLake: [
    'Ainda não há mensagens neste período',
    'Quando as primeiras chegarem e o dia delas for transformado, este relatório terá o que contar.',
  ],
  footer:
    'Cada número vem de uma consulta salva em sql/queries. O período conta os dias de chegada; horas e dias são os do relógio do lago.',
  made: (when, zone) => `Feito em ${when} (${zone}).`,
  leads: ({ where, count, value, share }) => {
    if (where === undefined) return `Empate entre ${count}, com ${value} cada.`
    return `Em primeiro lugar: ${where}, com ${withShare(value, share)}${count > 1 ? ' cada' : ''}.`
  },
  peak: (unit, { where, count, value, share }) =>
    where === undefined
      ? `${PEAKS_PT[unit]}: ${count} empatados, com ${value} cada.`
      : `${PEAKS_PT[unit]}: ${where}, com ${withShare(value, share)}${count > 1 ? ' cada' : ''}.`,
  most: (measure, { where, value }) =>
    `${capital(measure)}: no máximo ${value}${where === undefined ? '' : ` (${where})`}.`,
  others: (rows, value, count) => `E ${count === 1 ? 'mais um' : `outros ${rows}`}, com ${value} no total.`,
  moreRows: (rows, count) => (count === 1 ? 'e mais uma linha' : `e mais ${rows} linhas`),
  outside: (value, count) =>
    count === 1
      ? 'Uma mensagem diz uma data fora deste período.'
      : `${value} mensagens dizem uma data fora deste período.`,
  hour: hour => `${hour}h`,
  weekTick: (week, year) => weekOfYear(`S${week}`, year),
  week: ({ year, week }) => `semana ${week} de ${year}`,
  both: (first, second) => `${first} às ${second}`,
  none: column => (column === 'media_type' ? '(sem arquivo)' : '(sem valor)'),
  column: name => called(COLUMNS_PT, name) ?? spaced(name),
  value: (column, value) => (OURS.has(column) ? (called(VALUES_PT, value) ?? spaced(value)) : value),
  chartTitle: query => called(TITLES_PT, query),
}

const PEAKS_PT: Readonly<Record<Unit, string>> = {
  hour: 'Hora de mais movimento',
  weekday: 'Dia de mais movimento',
  day: 'Dia de mais movimento',
  week: 'Mais movimento',
  text: 'Mais movimento',
}

const COLUMNS_PT: Readonly<Record<string, string>> = {
  name: 'nome',
  person: 'pessoa',
  user_id: 'usuário',
  messages: 'mensagens',
  people: 'pessoas',
  content: 'conteúdo',
  type: 'tipo',
  media_type: 'arquivo',
  chat: 'conversa',
  chat_type: 'tipo de conversa',
  chat_id: 'número da conversa',
  thread_id: 'tópico',
  hour: 'hora',
  weekday: 'dia da semana',
  day: 'dia',
  monday: 'segunda-feira da semana',
  iso_year: 'ano',
  iso_week: 'semana',
  mean_7_days: 'média de 7 dias',
  platform: 'plataforma',
  source: 'plataforma',
  reason: 'motivo',
  quarantined: 'em quarentena',
  new_people: 'pessoas novas',
  returning_people: 'pessoas que voltaram',
  median_seconds: 'mediana',
  p95_seconds: '95% em até',
  longest_seconds: 'máximo',
  mistimed: 'sem hora plausível',
  opening: 'começo',
  conversation: 'conversa',
  replies: 'respostas',
  first_at: 'primeira',
  last_at: 'última',
}

const REASONS_PT: Readonly<Record<Reason, string>> = {
  not_utf8: 'não é UTF-8',
  not_json: 'não é JSON',
  not_object: 'não é um objeto',
  not_array: 'não é uma lista',
  missing_id: 'sem identificador',
  missing_chat: 'sem conversa',
  unreadable: 'ilegível',
}

const VALUES_PT: Readonly<Record<string, string>> = {
  whatsapp: 'WhatsApp',
  telegram: 'Telegram',
  text: 'texto',
  image: 'imagem',
  photo: 'foto',
  audio: 'áudio',
  voice: 'voz',
  video: 'vídeo',
  video_note: 'vídeo redondo',
  animation: 'animação',
  sticker: 'figurinha',
  document: 'documento',
  location: 'local',
  contacts: 'contatos',
  reaction: 'reação',
  interactive: 'resposta a opções',
  button: 'botão',
  order: 'pedido',
  system: 'sistema',
  service: 'serviço',
  edit: 'edição',
  revoke: 'apagada',
  unsupported: 'sem suporte',
  unknown: 'desconhecido',
  live_photo: 'foto viva',
  paid_media: 'mídia paga',
  story: 'story encaminhado',
  request_welcome: 'início da conversa',
  group: 'grupo',
  supergroup: 'supergrupo',
  channel: 'canal',
  private: 'privada',
  ...REASONS_PT,
}

const TITLES_PT: Readonly<Record<string, string>> = {
  'platforms-per-day': 'As plataformas lado a lado, por dia',
  'per-day': 'Mensagens por dia',
  'per-user': 'Mensagens por pessoa',
  'new-people': 'Pessoas novas e pessoas que voltaram, por semana',
  'active-people-per-day': 'Pessoas ativas por dia',
  'active-people-per-week': 'Pessoas ativas por semana',
  'per-content': 'Mensagens por conteúdo',
  'per-type': 'Mensagens por tipo',
  conversations: 'As conversas mais movimentadas',
  'hour-weekday': 'Mensagens por hora e dia da semana',
  'per-hour': 'Mensagens por hora do dia',
  'per-weekday': 'Mensagens por dia da semana',
  'per-week': 'Mensagens por semana do ano',
  'arrivals-per-day': 'O que chegou em cada dia',
  'quarantine-per-reason': 'Em quarentena, por motivo',
  delay: 'Demora da entrega',
}

const en: Translations = {
  title: 'The conversations',
  sections: {
    overview: 'At a glance',
    who: 'Who writes',
    what: 'What they write',
    when: 'When they write',
    quality: 'Data quality',
    rest: 'More answers',
  },
  messages: 'Messages',
  people: 'People',
  perDay: 'Messages a day',
  quarantined: 'In quarantine',
  empty: '(empty)',
  otherSeries: 'others',
  nothing: 'Nothing in this period.',
  table: 'Show the table',
  total: 'total',
  less: 'less',
  more: 'more',
  daysAndMean: 'Thin line: each day. Bold line: mean of 7 days.',
  query: 'Query',
  emptyLake: [
    'There are no messages in this period yet',
    'Once the first ones have come in and their day has been transformed, this report will have something to tell.',
  ],
  footer:
    'Every number comes from a saved query of sql/queries. The period counts days of arrival; hours and days are those of the lake’s clock.',
  made: (when, zone) => `Made on ${when} (${zone}).`,
  leads: ({ where, count, value, share }) => {
    if (where === undefined) return `${count} are level, with ${value} each.`
    return `First: ${where}, with ${withShare(value, share)}${count > 1 ? ' each' : ''}.`
  },
  peak: (unit, { where, count, value, share }) =>
    where === undefined
      ? `${PEAKS_EN[unit]}: a tie of ${count}, with ${value} each.`
      : `${PEAKS_EN[unit]}: ${where}, with ${withShare(value, share)}${count > 1 ? ' each' : ''}.`,
  most: (measure, { where, value }) =>
    `${capital(measure)}: up to ${value}${where === undefined ? '' : ` (${where})`}.`,
  others: (rows, value, count) => `And ${count === 1 ? 'one other' : `${rows} others`}, with ${value} in all.`,
  moreRows: (rows, count) => (count === 1 ? 'and one more row' : `and ${rows} more rows`),
  outside: (value, count) =>
    count === 1
      ? 'One message tells a date outside of this period.'
      : `${value} messages tell a date outside of this period.`,
  hour: hour => `${String(hour).padStart(2, '0')}:00`,
  weekTick: (week, year) => weekOfYear(`W${week}`, year),
  week: ({ year, week }) => `week ${week} of ${year}`,
  both: (first, second) => `${first} at ${second}`,
  none: column => (column === 'media_type' ? '(no file)' : '(none)'),
  column: name => called(COLUMNS_EN, name) ?? spaced(name),
  value: (column, value) => (OURS.has(column) ? (called(VALUES_EN, value) ?? spaced(value)) : value),
  chartTitle: query => called(TITLES_EN, query),
}

const PEAKS_EN: Readonly<Record<Unit, string>> = {
  hour: 'Busiest hour',
  weekday: 'Busiest day',
  day: 'Busiest day',
  week: 'Busiest',
  text: 'Busiest',
}

const COLUMNS_EN: Readonly<Record<string, string>> = {
  user_id: 'user',
  media_type: 'file',
  chat_type: 'kind of chat',
  chat_id: 'chat id',
  thread_id: 'topic',
  monday: 'Monday of the week',
  iso_year: 'year',
  iso_week: 'week',
  mean_7_days: 'mean of 7 days',
  median_seconds: 'median',
  p95_seconds: '95% within',
  longest_seconds: 'longest',
  mistimed: 'without a plausible time',
  first_at: 'first',
  last_at: 'last',
}

const REASONS_EN: Readonly<Record<Reason, string>> = {
  not_utf8: 'not UTF-8',
  not_json: 'not JSON',
  not_object: 'not an object',
  not_array: 'not a list',
  missing_id: 'without id',
  missing_chat: 'without chat',
  unreadable: 'unreadable',
}

const VALUES_EN: Readonly<Record<string, string>> = {
  whatsapp: 'WhatsApp',
  telegram: 'Telegram',
  interactive: 'chosen reply',
  ...REASONS_EN,
}

const TITLES_EN: Readonly<Record<string, string>> = {
  'platforms-per-day': 'The platforms side by side, per day',
  'per-day': 'Messages per day',
  'per-user': 'Messages per person',
  'new-people': 'New and returning people, per week',
  'active-people-per-day': 'Active people per day',
  'active-people-per-week': 'Active people per week',
  'per-content': 'Messages per content',
  'per-type': 'Messages per type',
  conversations: 'The busiest conversations',
  'hour-weekday': 'Messages per hour and weekday',
  'per-hour': 'Messages per hour of the day',
  'per-weekday': 'Messages per weekday',
  'per-week': 'Messages per week of the year',
  'arrivals-per-day': 'What arrived each day',
  'quarantine-per-reason': 'In quarantine, by reason',
  delay: 'Delay of delivery',
}

export const WORDS: Readonly<Record<Language, Translations>> = { pt, en }
