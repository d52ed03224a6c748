import { createHash } from 'node:crypto'
import type { Row, Value } from '../engine.ts'
import {
  arrivedAt,
  type BrokenBody,
  bodyOf,
  type Delivery,
  isBroken,
  isOther,
  type TelegramMessage,
  telegramKind,
  telegramMessage,
  type WhatsAppMessage,
  whatsappMessage,
  writtenAt,
} from './golden-lake.ts'

/*
 * The results of the saved queries over the golden lake, computed from the messages without SQL, Parquet or a time zone
 * library: São Paulo was at UTC−3 on all of the lake's days.
 */

const OFFSET = 3 * 3600
const DAY = 86_400

export interface Message {
  readonly platform: 'whatsapp' | 'telegram'
  readonly id: string | number
  /** Epoch seconds. */
  readonly date: number | null
  readonly received: number
  /** Day of arrival, which is the partition. */
  readonly arrival: string
  readonly person: string | number | null
  readonly isPerson: boolean
  readonly isInbound: boolean
  /** Whether it counts as a message: reactions and service messages do not. */
  readonly isCounted: boolean
  readonly name: string | null
  readonly text: string | null
  readonly row: Row
}

type Range = readonly [from: string, to: string]

/**
 * Rows by query name, in the order of the query; those of `select *` in the order of arrival.
 * @param isOld whether version 0.1.0 transformed the lake: its rows do not tell Telegram's service messages from others
 */
export function expectedRows(deliveries: readonly Delivery[], range: Range, isOld = false): Map<string, Row[]> {
  const inRange = (day: string) => range[0] <= day && day <= range[1]
  const messages = distinct(deliveries.filter(delivery => !isBroken(delivery))).filter(({ arrival }) =>
    inRange(arrival),
  )
  const inbound = messages.filter(({ isInbound }) => isInbound)
  const rejects = deliveries.filter(isBroken).filter(delivery => inRange(dayOf(arrivedAt(delivery))))
  const counted = inbound.filter(({ isCounted, platform }) => isCounted || (isOld && platform === 'telegram'))
  const expected = new Map<string, Row[]>([
    ['arrivals-per-day', arrivalsPerDay(counted, rejects)],
    ['platforms-per-day', platformsPerDay(counted)],
    ['quarantine', rejects.map(quarantined)],
    ['quarantine-per-reason', quarantinePerReason(rejects)],
  ])
  for (const [prefix, isOfIt] of [
    ['', () => true],
    ['whatsapp-', ({ platform }: Message) => platform === 'whatsapp'],
    ['telegram-', ({ platform }: Message) => platform === 'telegram'],
  ] as const) {
    const all = inbound.filter(isOfIt)
    const written = counted.filter(isOfIt)
    const timed = written.filter(isTimed)
    const people = timed.filter(({ isPerson }) => isPerson)
    const hourly = timed.map(local)
    for (const [name, rows] of Object.entries({
      'per-hour': counts(hourly.map(({ hour }) => [hour])),
      'per-weekday': counts(hourly.map(({ weekday }) => [weekday])),
      'hour-weekday': counts(hourly.map(({ weekday, hour }) => [weekday, hour])),
      'per-week': counts(hourly.map(week)),
      'per-day': perDay(timed),
      'per-content': byCount(counts(written.flatMap(({ text }) => (text === null ? [] : [[text]])))).slice(0, 100),
      'per-user': perUser(written),
      'active-people-per-day': active(people, message => [local(message).day]),
      'active-people-per-week': active(people, message => week(local(message))),
      'new-people': newPeople(people),
      delay: delay(all),
    }))
      expected.set(prefix + name, rows)
  }
  for (const platform of ['whatsapp', 'telegram'] as const) {
    const everything = messages.filter(message => message.platform === platform)
    expected.set(
      platform,
      everything.map(({ row }) => row),
    )
    expected.set(`${platform}-hora-dia-semana`, seedCount(everything.filter(({ isInbound }) => isInbound)))
  }
  const typesOf = (platform: string, key: (message: Message) => Row) =>
    byCount(counts(inbound.filter(message => message.platform === platform).map(key)))
  expected.set(
    'whatsapp-per-type',
    typesOf('whatsapp', ({ row }) => [at(row, 4), at(row, 10)]),
  )
  expected.set(
    'telegram-per-type',
    typesOf('telegram', ({ row, isCounted }) => [isOld && !isCounted ? 'service' : at(row, 15), at(row, 5)]),
  )
  const [whatsapp = [], telegram = []] = ['whatsapp', 'telegram'].map(name =>
    counted.filter(({ platform }) => platform === name),
  )
  expected.set('whatsapp-conversations', replyChains(whatsapp))
  expected.set('telegram-conversations', chats(telegram))
  return expected
}

/** The messages without redeliveries: the first of each. */
export function distinct(deliveries: readonly Delivery[]): Message[] {
  const seen = new Set<string>()
  return deliveries.flatMap(delivery => {
    if (isBroken(delivery) || isOther(delivery)) return []
    const message = delivery.source === 'whatsapp' ? ofWhatsApp(delivery) : ofTelegram(delivery)
    const { source } = delivery
    const key = source === 'whatsapp' ? delivery.id : [delivery.chat, delivery.message, delivery.at].join()
    if (seen.has(key)) return []
    seen.add(key)
    return [message]
  })
}

function ofWhatsApp(message: WhatsAppMessage): Message {
  const { id, from, user = null, name = null, type, text = null, media, reply, to } = message
  const [date, received] = [writtenAt(message), arrivedAt(message)]
  const phone = from ?? to
  const number = phone === undefined ? null : Number.isSafeInteger(Number(phone)) ? Number(phone) : BigInt(phone)
  const isInbound = to === undefined
  const mediaId = media === undefined ? null : `media-${id}`
  return {
    platform: 'whatsapp',
    id,
    date,
    received,
    arrival: dayOf(received),
    person: from ?? user,
    isPerson: true,
    isInbound,
    isCounted: type !== 'reaction',
    name,
    text,
    row: [
      name,
      number,
      text,
      date,
      type,
      id,
      user,
      '1',
      reply ?? null,
      mediaId,
      media ?? null,
      received,
      isInbound ? 'inbound' : 'outbound',
      isInbound ? 'messages' : 'smb_message_echoes',
      user ?? phone ?? null,
      ...[null, null],
      type === 'reaction' ? (reply ?? null) : null,
      ...[null, null, null, null, null, null, null, null],
      JSON.stringify(whatsappMessage(message)),
      dayOf(received),
    ],
  }
}

function ofTelegram(message: TelegramMessage): Message {
  const { update, user = null, name = null, chat, chat_type, text = null, media = null, reply = null } = message
  const { business = null } = message
  const [date, received] = [writtenAt(message), arrivedAt(message)]
  const bot = user === null ? null : (message.bot ?? false)
  return {
    platform: 'telegram',
    id: update,
    date,
    received,
    arrival: dayOf(received),
    person: user,
    isPerson: bot !== true,
    isInbound: business === null || user === chat,
    isCounted: media !== null || text !== null,
    name,
    text,
    row: [
      ...[message.message, user, bot, name, chat, chat_type, text, date, update, reply],
      ...[message.thread ?? null, media, received],
      business === null || user === chat ? 'inbound' : 'outbound',
      telegramKind(message),
      media ?? (text === null ? 'new_chat_members' : 'text'),
      user === null ? null : String(user),
      ...[null, null, null, null, null, null, null, null],
      business,
      ...[null, null],
      JSON.stringify(telegramMessage(message)),
      dayOf(received),
    ],
  }
}

interface Timed extends Message {
  readonly date: number
}

export const isTimed = (message: Message): message is Timed =>
  message.date !== null && message.date >= message.received - 7 * DAY && message.date <= message.received + DAY

const clock = (seconds: number) => new Date((seconds - OFFSET) * 1000)
const iso = (date: Date) => date.toISOString().slice(0, 10)
export const dayOf = (seconds: number) => iso(clock(seconds))
/** Local time. @param seconds epoch seconds */
export const timeOf = (seconds: number) => clock(seconds).toISOString().slice(0, 19).replace('T', ' ')

function local({ date }: { readonly date: number }) {
  const here = clock(date)
  const weekday = here.getUTCDay() || 7
  const monday = new Date(here.getTime() - (weekday - 1) * DAY * 1000)
  const thursday = new Date(monday.getTime() + 3 * DAY * 1000)
  const isoYear = thursday.getUTCFullYear()
  const dayOfYear = Math.floor((thursday.getTime() - Date.UTC(isoYear, 0, 1)) / (DAY * 1000))
  const isoWeek = Math.floor(dayOfYear / 7) + 1
  return { day: iso(here), hour: here.getUTCHours(), weekday, isoYear, isoWeek, monday: iso(monday) }
}

const week = ({ isoYear, isoWeek, monday }: ReturnType<typeof local>) => [isoYear, isoWeek, monday]

const at = (row: Row, index: number): Value => row[index] ?? null

/** Ascending order: texts by their bytes, nulls last. */
function compare(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return Number(a) - Number(b)
}

const sorted = (rows: readonly Row[], columns: readonly number[]) =>
  [...rows].sort((a, b) => columns.map(column => compare(at(a, column), at(b, column))).find(order => order !== 0) ?? 0)

/** Rows of each key and its count, in the order of the keys. */
function counts(keys: readonly Row[]): Row[] {
  const groups = group(keys, key => key)
  const rows = [...groups.values()].map(same => [...(same[0] ?? []), same.length])
  return sorted(rows, [...(keys[0] ?? []).keys()])
}

/** The highest count first; stable for equal counts. */
const byCount = (rows: readonly Row[]) => [...rows].sort((a, b) => Number(b.at(-1)) - Number(a.at(-1)))

/** Items by the JSON of their key, in the order of their first appearance. */
export function group<T>(items: readonly T[], key: (item: T) => unknown): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = JSON.stringify(key(item))
    groups.set(name, [...(groups.get(name) ?? []), item])
  }
  return groups
}

const countDistinct = (values: readonly Value[]) => new Set(values.filter(value => value !== null)).size

const people = (messages: readonly Message[]) =>
  countDistinct(
    messages.map(({ platform, person, isPerson }) => (isPerson && person !== null ? `${platform} ${person}` : null)),
  )

function seedCount(messages: readonly Message[]): Row[] {
  const keys = messages.map(({ date }) => {
    if (date === null) return [null, null, null]
    const { hour, weekday, isoWeek } = local({ date })
    return [hour, weekday, isoWeek]
  })
  return sorted(counts(keys), [2, 1, 0])
}

function perDay(messages: readonly Timed[]): Row[] {
  const days = messages.map(message => local(message).day).sort()
  const [first, last] = [days[0], days.at(-1)].map(day => Date.parse(day ?? ''))
  const rows: [string, number][] = []
  for (let day = first ?? 0; day <= (last ?? -1); day += DAY * 1000) {
    const name = iso(new Date(day))
    rows.push([name, days.filter(other => other === name).length])
  }
  return rows.map(([day, count], index) => {
    const window = rows.slice(Math.max(0, index - 6), index + 1)
    const mean = window.reduce((sum, [, messages]) => sum + messages, 0) / window.length
    return [day, count, Math.round(mean * 10) / 10]
  })
}

/** Nobody in the golden lake has a username, and no name shows nothing. */
function perUser(messages: readonly Message[]): Row[] {
  const writers = [...group(messages, ({ platform, person }) => [platform, person]).values()].map(own => {
    const named = own.filter(({ name }) => name !== null).sort((a, b) => b.received - a.received)
    const id = own[0]?.person ?? null
    const person = id === null ? null : String(id)
    const platform = own[0]?.platform ?? null
    const isNumber = platform === 'whatsapp' && /^\d+$/.test(person ?? '')
    const mark = isNumber ? `…${person?.slice(-4)}` : person
    return { name: named[0]?.name ?? null, person, mark, platform, messages: own.length }
  })
  const rows = writers.map(({ name, person, mark, platform, messages }): Row => {
    const alike = writers.filter(other => other.name?.toLowerCase() === name?.toLowerCase())
    const isMarked = alike.filter(other => other.mark === mark).length === 1
    const marked = alike.length === 1 ? name : `${name} (${isMarked ? mark : person})`
    return [person === null ? '(unknown)' : name === null ? person : marked, person, messages, platform]
  })
  return sorted(rows, [1, 3]).sort((a, b) => Number(at(b, 2)) - Number(at(a, 2)))
}

function active(messages: readonly Timed[], key: (message: Timed) => Row): Row[] {
  const rows = [...group(messages, key).values()].map(same => [
    ...(same[0] ? key(same[0]) : []),
    people(same),
    same.length,
  ])
  return sorted(rows, [0, 1])
}

function newPeople(messages: readonly Timed[]): Row[] {
  const known = messages.filter(({ person }) => person !== null)
  const mondays = [...new Set(known.map(message => local(message).monday))].sort()
  const seen = new Set<Value>()
  return mondays.map(monday => {
    const own = known.filter(message => local(message).monday === monday)
    const here = new Set(own.map(({ platform, person }) => `${platform} ${person}`))
    const returning = [...here].filter(person => seen.has(person)).length
    for (const person of here) seen.add(person)
    return [monday, here.size - returning, returning]
  })
}

function delay(messages: readonly Message[]): Row[] {
  const rows = [...group(messages, ({ arrival }) => arrival).values()].map((own): Row => {
    const seconds = own
      .filter(isTimed)
      .map(({ date, received }) => received - date)
      .sort((a, b) => a - b)
    const share = (part: number) => seconds[Math.ceil(seconds.length * part) - 1] ?? null
    return [
      own[0]?.arrival ?? '',
      own.length,
      share(0.5),
      share(0.95),
      seconds.at(-1) ?? null,
      own.length - seconds.length,
    ]
  })
  return sorted(rows, [0])
}

function replyChains(messages: readonly Message[]): Row[] {
  const byId = new Map(messages.map(message => [String(message.id), message]))
  const rootOf = (id: string): string => {
    const reply = at(byId.get(id)?.row ?? [], 8)
    return reply === null ? id : rootOf(String(reply))
  }
  const rows = [...group(messages, ({ id }) => rootOf(String(id)))].map(([key, own]): Row => {
    const root = String(JSON.parse(key))
    const replies = own.filter(({ row }) => at(row, 8) !== null).length
    const times = own.map(({ received }) => received)
    const said = own.filter(({ text }) => text !== null).sort((a, b) => a.received - b.received || compare(a.id, b.id))
    const opening = byId.get(root)?.text ?? said[0]?.text ?? root
    return [opening, root, own.length, replies, people(own), timeOf(Math.min(...times)), timeOf(Math.max(...times))]
  })
  const chains = rows.filter(row => Number(at(row, 2)) > 1)
  return sorted(chains, [1]).sort((a, b) => Number(at(b, 2)) - Number(at(a, 2)))
}

function chats(messages: readonly Message[]): Row[] {
  const rows = [...group(messages, ({ row }) => [at(row, 4), at(row, 5)]).values()].map((own): Row => {
    const [chat = null, kind = null] = [4, 5].map(index => at(own[0]?.row ?? [], index))
    const names = messages.filter(({ row, name }) => at(row, 4) === chat && at(row, 1) === chat && name !== null)
    const called = names.sort((a, b) => a.received - b.received || compare(a.id, b.id)).at(-1)?.name ?? chat
    const replies = own.filter(({ row }) => at(row, 9) !== null).length
    const times = own.map(({ received }) => received)
    return [
      ...[String(called), String(chat), kind, null], // the golden lake has no topics
      ...[own.length, replies, people(own)],
      ...[timeOf(Math.min(...times)), timeOf(Math.max(...times))],
    ]
  })
  return sorted(rows, [1, 2, 3]).sort((a, b) => Number(at(b, 4)) - Number(at(a, 4)))
}

function platformsPerDay(messages: readonly Message[]): Row[] {
  const timed = messages.filter(isTimed)
  const rows = [...group(timed, message => [local(message).day, message.platform]).values()].map((own): Row => {
    const [first] = own
    return [first ? local(first).day : '', first?.platform ?? '', own.length, people(own)]
  })
  return sorted(rows, [0, 1])
}

function arrivalsPerDay(messages: readonly Message[], rejects: readonly BrokenBody[]): Row[] {
  const kept = messages.map(({ arrival, platform }) => ({ day: arrival, source: platform, isMessage: true }))
  const lost = rejects.map(reject => ({ day: dayOf(arrivedAt(reject)), source: reject.source, isMessage: false }))
  const rows = [...group([...kept, ...lost], ({ day, source }) => [day, source]).values()].map((own): Row => {
    const count = own.filter(({ isMessage }) => isMessage).length
    return [own[0]?.day ?? '', own[0]?.source ?? '', count, own.length - count]
  })
  return sorted(rows, [0, 1])
}

function quarantined(delivery: BrokenBody): Row {
  const received = arrivedAt(delivery)
  const body = bodyOf(delivery)
  const key = `${delivery.source}/context_date=${dayOf(received)}/${createHash('sha256').update(body).digest('hex')}.json`
  return [key, delivery.reason, delivery.detail, body, received, delivery.source, dayOf(received)]
}

function quarantinePerReason(rejects: readonly BrokenBody[]): Row[] {
  const rows = [...group(rejects, ({ source, reason }) => [source, reason]).values()].map((own): Row => {
    const times = own.map(arrivedAt)
    const [first] = own
    return [
      ...[first?.source ?? '', first?.reason ?? '', own.length],
      ...[timeOf(Math.min(...times)), timeOf(Math.max(...times))],
    ]
  })
  return sorted(rows, [0, 1]).sort((a, b) => Number(at(b, 2)) - Number(at(a, 2)))
}
