import { tables } from '../../../handlers/sources/tables.ts'
import { savedViews } from '../../../sql/views.ts'
import type { Row, Value } from '../engine.ts'
import { arrivedAt, type Delivery, isOther, type OtherBody } from './golden-lake.ts'
import { dayOf, distinct, group, isTimed, type Message, timeOf } from './golden-reference.ts'

/* The rows of the views over the golden lake, computed from what was delivered without SQL. */

type Cells = Readonly<Record<string, Value>>

/** Rows by view name. */
export function expectedViewRows(deliveries: readonly Delivery[]): Map<string, Row[]> {
  const others = deliveries.filter(isOther)
  const statuses = others.flatMap(statusesOf)
  const ids = personIds(statuses)
  const messages = distinct(deliveries).map(message => messageCells(message, ids))
  const cells: Readonly<Record<string, readonly Cells[]>> = {
    messages,
    current_messages: messages.map(message => ({ ...message, ...changesOf(message, others) })),
    person_ids: [...ids].map(([id, person]) => ({ platform: 'whatsapp', id, person })),
    people: people(messages, statuses, ids),
    outgoing: [...group(statuses, ({ id }) => id).values()].map(own => outgoingCells(own, ids)),
  }
  return new Map(
    savedViews().map(({ name, columns }) => [
      name,
      (cells[name] ?? []).map(row => columns.map(column => row[column.name] ?? null)),
    ]),
  )
}

/** The cells of a table's row, by column. */
function tableCells({ platform, row }: Message): Cells {
  const columns = tables.find(({ name }) => name === platform)?.columns ?? {}
  return Object.fromEntries([...Object.keys(columns), 'context_date'].map((name, i) => [name, row[i] ?? null]))
}

const textOrNull = (value: Value | undefined) => (value == null ? null : String(value))

function messageCells(message: Message, ids: ReadonlyMap<string, string>): Cells {
  const { platform, received } = message
  const cells = tableCells(message)
  const times = { sent_at: isTimed(message) ? timeOf(message.date) : null, received_at: timeOf(received) }
  const delay_seconds = isTimed(message) ? received - message.date : null
  const sent_epoch = isTimed(message) ? message.date : null
  const common = { ...cells, ...times, platform, is_automatic_forward: false, delay_seconds, sent_epoch }
  if (platform === 'whatsapp') {
    const person = ids.get(String(cells.person)) ?? cells.person ?? null
    return {
      ...common,
      person,
      is_bot: false,
      chat: person,
      chat_type: 'private',
      kind: cells.field ?? null,
      is_service: false,
      text: cells.message ?? null,
      counted_as: cells.type === 'reaction' ? null : (cells.message_id ?? null),
    }
  }
  const isOutbound = cells.direction === 'outbound'
  return {
    ...common,
    person: isOutbound ? textOrNull(cells.chat_id) : (cells.person ?? null),
    name: isOutbound ? null : message.name,
    is_bot: cells.user_is_bot ?? false,
    chat: textOrNull(cells.chat_id),
    message_id: textOrNull(cells.message_id),
    thread_id: null,
    reply_to: textOrNull(cells.reply_to),
    is_service: cells.type === 'new_chat_members',
    counted_as:
      cells.type === 'new_chat_members'
        ? null
        : [cells.business_connection_id, cells.chat_id, cells.message_id, cells.date]
            .filter(part => part != null)
            .join(' '),
  }
}

interface TelegramUpdate {
  readonly edited_message?: {
    readonly chat: { readonly id: number }
    readonly message_id: number
    readonly edit_date: number
    readonly text: string
  }
  readonly deleted_business_messages?: { readonly chat: { readonly id: number }; readonly message_ids: number[] }
}

/** What the edits and deletions change of a message. */
function changesOf({ platform, chat, message_id }: Cells, others: readonly OtherBody[]): Cells {
  const changes = others.flatMap(({ source, json, arrives }): Cells[] => {
    const { edited_message: edit, deleted_business_messages: deletion } = json as TelegramUpdate
    if (source !== platform) return []
    if (String(edit?.chat.id) === chat && String(edit?.message_id) === message_id)
      return [{ text: edit?.text ?? null, edited_at: timeOf(edit?.edit_date ?? 0) }]
    return String(deletion?.chat.id) === chat && deletion?.message_ids.map(String).includes(String(message_id))
      ? [{ deleted_at: timeOf(Date.parse(arrives) / 1000) }]
      : []
  })
  return Object.assign({}, ...changes)
}

interface Status {
  readonly id: string
  readonly status: string
  /** Epoch seconds. */
  readonly seconds: number
  /** Local time. */
  readonly at: string
  readonly number: string
  readonly user: string | null
  readonly username: string | null
  readonly arrival: string
  readonly category: string | null
  readonly error: readonly [code: number, title: string] | null
  readonly callback: string | null
}

interface StatusValue {
  readonly contacts?: readonly { readonly user_id: string; readonly profile: { readonly username: string } }[]
  readonly statuses?: readonly {
    readonly id: string
    readonly status: string
    readonly timestamp: string
    readonly recipient_id: string
    readonly pricing?: { readonly category: string }
    readonly errors?: readonly { readonly code: number; readonly title: string }[]
    readonly biz_opaque_callback_data?: string
  }[]
}

function statusesOf(delivery: OtherBody): Status[] {
  const { entry = [] } = delivery.json as { entry?: { changes: { value: StatusValue }[] }[] }
  return entry
    .flatMap(({ changes }) => changes)
    .flatMap(({ value: { statuses = [], contacts: [contact] = [] } }) =>
      statuses.map(({ id, status, timestamp, recipient_id, pricing, errors: [error] = [], ...more }) => ({
        id,
        status,
        seconds: Number(timestamp),
        at: timeOf(Number(timestamp)),
        number: recipient_id,
        user: contact?.user_id ?? null,
        username: contact?.profile.username.replace('@', '') ?? null,
        arrival: dayOf(arrivedAt(delivery)),
        category: pricing?.category ?? null,
        error: error ? ([error.code, error.title] as const) : null,
        callback: more.biz_opaque_callback_data ?? null,
      })),
    )
}

const idOf = ({ user, number }: Status) => user ?? number

/** The smallest id of a person, by each of the person's ids. Nobody has more than two in the golden lake. */
const personIds = (statuses: readonly Status[]) =>
  new Map(
    statuses.flatMap(({ number, user }) =>
      user === null ? [] : [number, user].map(id => [id, number < user ? number : user] as const),
    ),
  )

function outgoingCells(own: readonly Status[], ids: ReadonlyMap<string, string>): Cells {
  const [first] = own
  const at = (status: string) => own.find(other => other.status === status)?.at ?? null
  const error = own.find(({ error }) => error !== null)?.error ?? [null, null]
  const category = first?.category ?? null
  return {
    message_id: first?.id ?? null,
    person: first ? (ids.get(idOf(first)) ?? idOf(first)) : null,
    number: Number(first?.number),
    username: first?.username ?? null,
    phone_number_id: '1',
    status: own.at(-1)?.status ?? null,
    sent_at: at('sent'),
    delivered_at: at('delivered'),
    read_at: at('read'),
    failed_at: at('failed'),
    error_code: error[0],
    error_title: error[1],
    pricing_category: category,
    ...(category !== null && { pricing_type: 'regular', pricing_model: 'PMP', billable: true }),
    callback_data: own.find(({ callback }) => callback !== null)?.callback ?? null,
    context_date: own.map(({ arrival }) => arrival).sort()[0] ?? null,
    chat: first ? (ids.get(idOf(first)) ?? idOf(first)) : null,
    platform: 'whatsapp',
    sent_epoch: own.find(({ status }) => status === 'sent')?.seconds ?? null,
  }
}

function people(
  messages: readonly Cells[],
  statuses: readonly Status[],
  ids: ReadonlyMap<string, string>,
): readonly Cells[] {
  const ofMessages = messages.map(cells => {
    const { platform, direction, counted_as } = cells
    return {
      platform,
      id: cells.is_bot === true ? null : textOrNull(cells.person),
      number: textOrNull(cells.number),
      name: textOrNull(cells.name),
      username: null,
      at: String(cells.sent_at ?? cells.received_at),
      direction: counted_as === null ? null : direction,
      message: String(counted_as),
    }
  })
  const ofStatuses = statuses.map(status => ({
    platform: 'whatsapp',
    id: idOf(status),
    number: status.number,
    name: null,
    username: status.username,
    at: status.at,
    direction: 'outbound',
    message: status.id,
  }))
  const contacts = [...ofMessages, ...ofStatuses]
    .filter(({ id }) => id !== null)
    .map(contact => ({ ...contact, person: ids.get(contact.id ?? '') ?? contact.id }))
  return [...group(contacts, ({ platform, person }) => [platform, person]).values()].map(own => {
    const inOrder = own.toSorted((a, b) => (a.at < b.at ? -1 : 1))
    const all = (values: readonly (string | null)[]) =>
      [...new Set(values.filter(value => value !== null))].sort().join(', ') || null
    const last = (values: readonly (string | null)[]) => values.findLast(value => value !== null) ?? null
    const count = (direction: string) =>
      new Set(own.filter(contact => contact.direction === direction).map(({ message }) => message)).size
    const [names, usernames] = [inOrder.map(({ name }) => name), inOrder.map(({ username }) => username)]
    const person = own[0]?.person ?? null
    return {
      platform: own[0]?.platform ?? null,
      person,
      ids: all([person, ...[...ids].map(([id, other]) => (other === person ? id : null))]),
      name: last(names),
      names: all(names),
      numbers: all(own.map(({ number }) => number)),
      username: last(usernames),
      usernames: all(usernames),
      first_seen: inOrder[0]?.at ?? null,
      last_seen: inOrder.at(-1)?.at ?? null,
      messages_in: count('inbound'),
      messages_out: count('outbound'),
    }
  })
}
