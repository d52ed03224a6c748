import type { Reason } from '../../handlers/lake/quarantine.ts'
import { sources as registeredSources } from '../../handlers/sources/index.ts'
import type { Source } from '../../handlers/sources/source.ts'
import type { SourceTranslations } from '../../handlers/sources/translations.ts'
import type { Direction, Filters } from '../../sql/filters.ts'
import { isolate } from './html.ts'
import type { AxisKind, Language } from './language.ts'

/** The highest of some values, formatted. */
export interface Maximum {
  /** The labels that have this value; undefined when too many tie to list them. */
  readonly label: string | undefined
  /** How many labels have this value, at least 1. */
  readonly ties: number
  readonly value: string
  /** The value's share of the total, as a percentage; undefined when there is no total. */
  readonly share: string | undefined
}

export type SectionName = 'overview' | 'people' | 'business' | 'content' | 'chats' | 'activity' | 'quality' | 'rest'

/**
 * The report's texts in one language. Numbers are passed in as formatted text; a text that has a singular and a plural
 * takes the number as `count` too.
 */
export interface Translations {
  readonly title: string
  readonly sections: Readonly<Record<SectionName, string>>
  /** What the report is limited to, a phrase for each filter. */
  filters(filters: Filters): string[]
  /** @param lastMessage the time of its arrival; undefined when there is no message */
  freshness(lastMessage: string | undefined, lastDay: string): string
  /** The key figure of messages. */
  messagesOf(direction: Direction): string
  /** The messages that the business sent. */
  readonly sent: string
  readonly delivered: string
  readonly read: string
  ofSent(count: string, sent: string): string
  readonly answeredWithinHour: string
  /** @param waits how often a customer waited for the business */
  ofWaits(count: string, waits: string): string
  readonly people: string
  readonly messagesPerDay: string
  readonly quarantined: string
  /** Label of a value that is the empty string. */
  readonly emptyText: string
  /** Legend entry for the series after the first few. */
  readonly otherSeries: string
  readonly showTable: string
  readonly total: string
  /** The two ends of a heatmap's color scale. */
  readonly heatmapLow: string
  readonly heatmapHigh: string
  /** Explains the thin and the bold line of a chart with a moving average. */
  readonly meanLegend: string
  readonly query: string
  /** Shown instead of all charts when the lake has no data. */
  readonly emptyReport: { readonly title: string; readonly hint: string }
  readonly footer: string
  generatedAt(time: string, timeZone: string): string
  /** Finding of a ranking: its longest bar. */
  topBar(maximum: Maximum): string
  /** Finding of a chart of message counts: where the count is highest. */
  busiest(kind: AxisKind, maximum: Maximum): string
  /** Finding of a chart of people or delays: where the measure is highest. */
  peak(measure: string, maximum: Maximum): string
  /** The bars that a ranking leaves out. @param value their sum */
  hiddenBars(bars: string, value: string, count: number): string
  /** The rows that a table leaves out. */
  hiddenRows(rows: string, count: number): string
  /** Messages dated before or after the period. */
  outsidePeriod(messages: string, count: number): string
  /** @param hour 0 to 23 */
  hour(hour: number): string
  /** Short label of an ISO week. */
  weekLabel(week: number, year?: number): string
  week(week: { readonly year: number; readonly week: number }): string
  heatmapCell(row: string, column: string): string
  /** Label of a null in a column. */
  noValue(column: string): string
  columnName(column: string): string
  /** Translates values that the lake or a platform defines, such as a quarantine reason; returns any other unchanged. */
  valueName(column: string, value: string): string
  /** Title of a saved query, named without its platform; undefined for a query that has no translation. */
  chartTitle(query: string): string | undefined
}

/** The texts that do not depend on the platforms. */
type SharedTexts = Omit<Translations, 'columnName' | 'valueName' | 'chartTitle'>

/** Looks up an own property: `constructor` and the like are not translations. */
const lookUp = (translations: Readonly<Record<string, string>>, name: string) =>
  Object.hasOwn(translations, name) ? translations[name] : undefined

/** Columns with values that the lake or a platform defines. Values of other columns are people's text: never translated. */
const DEFINED_VALUES = new Set([
  'platform',
  'source',
  'reason',
  'type',
  'chat_type',
  'pricing_category',
  'pricing_type',
  'direction',
  'forwarded',
])

/** Replaces underscores between letters or digits by spaces. */
const withSpaces = (name: string) => name.replace(/(?<=[a-z0-9])_(?=[a-z0-9])/g, ' ')
const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
const withShare = (value: string, share: string | undefined) => (share === undefined ? value : `${value} (${share})`)
const withYear = (week: string, year: number | undefined) =>
  year === undefined ? week : `${week}/${String(year).slice(-2)}`

const pt: SharedTexts = {
  title: 'Relatório de conversas',
  sections: {
    overview: 'Visão geral',
    people: 'Pessoas',
    business: 'O que a empresa enviou, e o que aconteceu',
    content: 'Conteúdo',
    chats: 'Conversas e grupos',
    activity: 'Atividade',
    quality: 'Qualidade dos dados',
    rest: 'Outras consultas',
  },
  filters: ({ phoneNumberId, chat, direction }) => [
    ...(phoneNumberId === undefined ? [] : [`Somente o número da empresa ${isolate(phoneNumberId)}`]),
    ...(chat === undefined ? [] : [`Somente a conversa ${isolate(chat)}`]),
    ...(direction === undefined ? [] : [DIRECTIONS_PT[direction]]),
  ],
  freshness: (lastMessage, lastDay) =>
    `${lastMessage === undefined ? '' : `Última mensagem: ${lastMessage}. `}Dados até ${lastDay}.`,
  messagesOf: direction =>
    ({ inbound: 'Mensagens das pessoas', outbound: 'Mensagens da empresa', both: 'Mensagens' })[direction],
  sent: 'Enviadas pela empresa',
  delivered: 'Entregues (WhatsApp)',
  read: 'Lidas (WhatsApp)',
  ofSent: (count, sent) => `${count} de ${sent} enviadas`,
  answeredWithinHour: 'Respondidas em até 1 hora',
  ofWaits: (count, waits) => `${count} de ${waits} esperas de clientes`,
  people: 'Pessoas',
  messagesPerDay: 'Média por dia',
  quarantined: 'Em quarentena',
  emptyText: '(vazio)',
  otherSeries: 'outros',
  showTable: 'Ver tabela',
  total: 'total',
  heatmapLow: 'Menos',
  heatmapHigh: 'Mais',
  meanLegend: 'Linha fina: valor do dia. Linha grossa: média de 7 dias.',
  query: 'Consulta',
  emptyReport: {
    title: 'Ainda não há mensagens neste período',
    hint: 'Os gráficos aparecem depois que as primeiras mensagens chegam e o dia é processado.',
  },
  footer:
    'Cada número vem de uma consulta salva em sql/queries. O período se refere ao dia em que as mensagens chegaram. ' +
    'Dias e horas seguem o fuso horário do data lake.',
  generatedAt: (time, timeZone) => `Gerado em ${time} (${timeZone}).`,
  topBar: ({ label, ties, value, share }) =>
    label === undefined
      ? `Empate entre ${ties}, com ${value} cada.`
      : `Em primeiro lugar: ${label}, com ${withShare(value, share)}${ties > 1 ? ' cada' : ''}.`,
  busiest: (kind, { label, ties, value, share }) =>
    label === undefined
      ? `${BUSIEST_PT[kind]}: empate entre ${ties}, com ${value} cada.`
      : `${BUSIEST_PT[kind]}: ${label}, com ${withShare(value, share)}${ties > 1 ? ' cada' : ''}.`,
  peak: (measure, { label, value }) =>
    `${capitalize(measure)}: pico de ${value}${label === undefined ? '' : ` (${label})`}.`,
  hiddenBars: (bars, value, count) =>
    count === 1 ? `Fora do gráfico: mais 1, com ${value}.` : `Fora do gráfico: mais ${bars}, com ${value} no total.`,
  hiddenRows: (rows, count) => (count === 1 ? 'Mais 1 linha não exibida.' : `Mais ${rows} linhas não exibidas.`),
  outsidePeriod: (messages, count) =>
    count === 1 ? '1 mensagem tem data fora deste período.' : `${messages} mensagens têm data fora deste período.`,
  hour: hour => `${hour}h`,
  weekLabel: (week, year) => withYear(`S${week}`, year),
  week: ({ year, week }) => `semana ${week} de ${year}`,
  heatmapCell: (row, column) => `${row}, ${column}`,
  noValue: column => (column === 'media_type' ? '(sem arquivo)' : '(sem valor)'),
}

const DIRECTIONS_PT: Readonly<Record<Direction, string>> = {
  inbound: 'Somente o que as pessoas escreveram',
  outbound: 'Somente o que a empresa escreveu',
  both: 'O que as pessoas e a empresa escreveram',
}

const BUSIEST_PT: Readonly<Record<AxisKind, string>> = {
  hour: 'Horário de maior movimento',
  weekday: 'Dia de maior movimento',
  day: 'Dia de maior movimento',
  week: 'Pico',
  text: 'Pico',
}

const COLUMNS_PT: Readonly<Record<string, string>> = {
  name: 'nome',
  person: 'pessoa',
  user_id: 'ID do usuário',
  messages: 'mensagens',
  people: 'pessoas',
  content: 'conteúdo',
  type: 'tipo',
  media_type: 'tipo de arquivo',
  chat: 'conversa',
  chat_id: 'ID da conversa',
  hour: 'hora',
  weekday: 'dia da semana',
  day: 'dia',
  monday: 'semana a partir de',
  iso_year: 'ano',
  iso_week: 'semana',
  mean_7_days: 'média de 7 dias',
  platform: 'plataforma',
  source: 'plataforma',
  reason: 'motivo',
  quarantined: 'em quarentena',
  new_people: 'pessoas novas',
  returning_people: 'pessoas recorrentes',
  median_seconds: 'mediana',
  p95_seconds: 'percentil 95',
  longest_seconds: 'máximo',
  mistimed: 'horário inválido',
  opening: 'mensagem inicial',
  conversation: 'ID da conversa',
  replies: 'respostas',
  first_at: 'primeira mensagem',
  last_at: 'última mensagem',
  no_reply: 'sem resposta',
  p90_seconds: 'percentil 90',
  within_5_minutes: 'em até 5 minutos',
  within_1_hour: 'em até 1 hora',
  within_1_day: 'em até 1 dia',
  conversations: 'conversas',
  started_by_customer: 'iniciadas pelo cliente',
  started_by_business: 'iniciadas pela empresa',
  mean_messages: 'média de mensagens',
  edited: 'editadas',
  deleted: 'apagadas',
  forwarded: 'encaminhamento',
  message: 'mensagem',
  message_id: 'ID da mensagem',
  emoji: 'emoji usado',
  reactions: 'reações',
  word: 'palavra',
  times: 'vezes',
  characters: 'caracteres',
}

const REASONS_PT: Readonly<Record<Reason, string>> = {
  not_utf8: 'não é UTF-8',
  not_json: 'não é JSON',
  not_object: 'não é um objeto JSON',
  not_array: 'não é um array JSON',
  missing_id: 'sem ID',
  missing_chat: 'sem conversa',
  unreadable: 'erro de leitura',
}

const TITLES_PT: Readonly<Record<string, string>> = {
  'in-and-out-per-day': 'Mensagens recebidas e enviadas por dia',
  'platforms-per-day': 'Mensagens por dia em cada plataforma',
  'per-day': 'Mensagens por dia',
  'per-user': 'Mensagens por pessoa',
  'new-people': 'Pessoas novas e recorrentes por semana',
  'active-people-per-day': 'Pessoas ativas por dia',
  'active-people-per-week': 'Pessoas ativas por semana',
  'per-content': 'Textos mais frequentes',
  'per-type': 'Mensagens por tipo',
  conversations: 'Conversas mais movimentadas',
  'hour-weekday': 'Mensagens por hora e dia da semana',
  'per-hour': 'Mensagens por hora do dia',
  'per-weekday': 'Mensagens por dia da semana',
  'per-week': 'Mensagens por semana',
  'arrivals-per-day': 'Mensagens recebidas por dia',
  'quarantine-per-reason': 'Quarentena por motivo',
  delay: 'Atraso na entrega',
  'response-time-per-day': 'Tempo de resposta',
  'conversations-per-day': 'Conversas por dia',
  'edits-and-deletions-per-day': 'Mensagens editadas e apagadas por dia',
  forwarded: 'Mensagens encaminhadas',
  'reactions-per-message': 'Mensagens com mais reações',
  words: 'Palavras mais usadas',
  emoji: 'Emojis mais usados',
  lengths: 'Tamanho dos textos',
}

const en: SharedTexts = {
  title: 'Conversation report',
  sections: {
    overview: 'Overview',
    people: 'People',
    business: 'What the business sent, and what became of it',
    content: 'Content',
    chats: 'Chats and groups',
    activity: 'Activity',
    quality: 'Data quality',
    rest: 'Other queries',
  },
  filters: ({ phoneNumberId, chat, direction }) => [
    ...(phoneNumberId === undefined ? [] : [`Only the business number ${isolate(phoneNumberId)}`]),
    ...(chat === undefined ? [] : [`Only the chat ${isolate(chat)}`]),
    ...(direction === undefined ? [] : [DIRECTIONS_EN[direction]]),
  ],
  freshness: (lastMessage, lastDay) =>
    `${lastMessage === undefined ? '' : `Last message: ${lastMessage}. `}Data up to ${lastDay}.`,
  messagesOf: direction =>
    ({ inbound: 'Messages from people', outbound: 'Messages from the business', both: 'Messages' })[direction],
  sent: 'Sent by the business',
  delivered: 'Delivered (WhatsApp)',
  read: 'Read (WhatsApp)',
  ofSent: (count, sent) => `${count} of ${sent} sent`,
  answeredWithinHour: 'Answered within 1 hour',
  ofWaits: (count, waits) => `${count} of ${waits} waits of customers`,
  people: 'People',
  messagesPerDay: 'Average per day',
  quarantined: 'Quarantined',
  emptyText: '(empty)',
  otherSeries: 'other',
  showTable: 'Show table',
  total: 'total',
  heatmapLow: 'Less',
  heatmapHigh: 'More',
  meanLegend: 'Thin line: daily value. Bold line: 7-day average.',
  query: 'Query',
  emptyReport: {
    title: 'No messages in this period yet',
    hint: 'Charts appear once the first messages have arrived and their day has been processed.',
  },
  footer:
    'Every number comes from a saved query in sql/queries. The period refers to the days on which messages arrived. ' +
    'Days and hours are in the time zone of the data lake.',
  generatedAt: (time, timeZone) => `Generated on ${time} (${timeZone}).`,
  topBar: ({ label, ties, value, share }) =>
    label === undefined
      ? `${ties}-way tie, with ${value} each.`
      : `Top: ${label}, with ${withShare(value, share)}${ties > 1 ? ' each' : ''}.`,
  busiest: (kind, { label, ties, value, share }) =>
    label === undefined
      ? `${BUSIEST_EN[kind]}: ${ties}-way tie, with ${value} each.`
      : `${BUSIEST_EN[kind]}: ${label}, with ${withShare(value, share)}${ties > 1 ? ' each' : ''}.`,
  peak: (measure, { label, value }) =>
    `${capitalize(measure)}: peak of ${value}${label === undefined ? '' : ` (${label})`}.`,
  hiddenBars: (bars, value, count) =>
    count === 1 ? `Not shown: 1 more, with ${value}.` : `Not shown: ${bars} more, with ${value} in total.`,
  hiddenRows: (rows, count) => (count === 1 ? '1 more row not shown.' : `${rows} more rows not shown.`),
  outsidePeriod: (messages, count) =>
    count === 1 ? '1 message is dated outside this period.' : `${messages} messages are dated outside this period.`,
  hour: hour => `${String(hour).padStart(2, '0')}:00`,
  weekLabel: (week, year) => withYear(`W${week}`, year),
  week: ({ year, week }) => `week ${week} of ${year}`,
  heatmapCell: (row, column) => `${row} at ${column}`,
  noValue: column => (column === 'media_type' ? '(no file)' : '(none)'),
}

const DIRECTIONS_EN: Readonly<Record<Direction, string>> = {
  inbound: 'Only what people wrote',
  outbound: 'Only what the business wrote',
  both: 'What people and the business wrote',
}

const BUSIEST_EN: Readonly<Record<AxisKind, string>> = {
  hour: 'Busiest hour',
  weekday: 'Busiest day',
  day: 'Busiest day',
  week: 'Peak',
  text: 'Peak',
}

/** Columns whose name with spaces is not English enough. */
const COLUMNS_EN: Readonly<Record<string, string>> = {
  user_id: 'user ID',
  media_type: 'file type',
  chat_id: 'chat ID',
  monday: 'week starting',
  iso_year: 'year',
  iso_week: 'week',
  mean_7_days: '7-day average',
  source: 'platform',
  median_seconds: 'median',
  p95_seconds: '95th percentile',
  longest_seconds: 'maximum',
  mistimed: 'invalid time',
  opening: 'opening message',
  conversation: 'conversation ID',
  first_at: 'first message',
  last_at: 'last message',
  p90_seconds: '90th percentile',
  mean_messages: 'average messages',
  message_id: 'message ID',
}

const REASONS_EN: Readonly<Record<Reason, string>> = {
  not_utf8: 'not UTF-8',
  not_json: 'not JSON',
  not_object: 'not a JSON object',
  not_array: 'not a JSON array',
  missing_id: 'missing ID',
  missing_chat: 'missing chat',
  unreadable: 'read error',
}

const TITLES_EN: Readonly<Record<string, string>> = {
  'in-and-out-per-day': 'Messages received and sent per day',
  'platforms-per-day': 'Messages per day on each platform',
  'per-day': 'Messages per day',
  'per-user': 'Messages per person',
  'new-people': 'New and returning people per week',
  'active-people-per-day': 'Active people per day',
  'active-people-per-week': 'Active people per week',
  'per-content': 'Most frequent texts',
  'per-type': 'Messages by type',
  conversations: 'Busiest conversations',
  'hour-weekday': 'Messages by hour and weekday',
  'per-hour': 'Messages by hour of the day',
  'per-weekday': 'Messages by weekday',
  'per-week': 'Messages per week',
  'arrivals-per-day': 'Messages received per day',
  'quarantine-per-reason': 'Quarantine by reason',
  delay: 'Delivery delay',
  'response-time-per-day': 'Response time',
  'conversations-per-day': 'Conversations per day',
  'edits-and-deletions-per-day': 'Edited and deleted messages per day',
  forwarded: 'Forwarded messages',
  'reactions-per-message': 'Messages with most reactions',
  words: 'Most used words',
  emoji: 'Most used emoji',
  lengths: 'Length of texts',
}

/** The texts that all platforms share. */
const SHARED: Readonly<Record<Language, SharedTexts & Required<Omit<SourceTranslations, 'name'>>>> = {
  pt: { ...pt, columns: COLUMNS_PT, values: REASONS_PT, titles: TITLES_PT },
  en: { ...en, columns: COLUMNS_EN, values: REASONS_EN, titles: TITLES_EN },
}

/** The translations for a report on these platforms: the shared texts, and those of each platform. */
export function translationsOf(
  language: Language,
  sources: readonly Pick<Source, 'name' | 'translations'>[] = registeredSources,
): Translations {
  const { columns, values, titles, ...texts } = SHARED[language]
  const own = sources.map(({ name, translations }) => ({ source: name, ...translations[language] }))
  const names = Object.fromEntries(own.map(({ source, name }) => [source, name]))
  const allColumns = merged([...own.map(({ columns }) => columns), columns])
  const allTitles = merged([...own.map(({ titles }) => titles), titles])
  const allValues = merged([...own.map(({ values }) => values), values, names])
  return {
    ...texts,
    columnName: column => lookUp(allColumns, column) ?? withSpaces(column),
    valueName: (column, value) =>
      DEFINED_VALUES.has(column)
        ? (lookUp(allValues, `${column}.${value}`) ?? lookUp(allValues, value) ?? withSpaces(value))
        : value,
    chartTitle: query => lookUp(allTitles, query),
  }
}

const merged = (all: readonly (Readonly<Record<string, string>> | undefined)[]): Readonly<Record<string, string>> =>
  Object.fromEntries(all.flatMap(texts => Object.entries(texts ?? {})))
