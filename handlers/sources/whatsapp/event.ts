import type { Collector } from '../collector.ts'
import { type EventRow, hashedId } from '../events.ts'
import { type Json, NOWHERE, type Node } from '../json.ts'
import { contentOf, senderOf, targetOf, textOf } from './message.ts'
import { type Contact, type Ids, identify, idsAt, idText, personOf, type Ties } from './people.ts'
import { recipientOf } from './status.ts'

/** What surrounds an event. */
export interface EventContext {
  /** The change's field; under `messages` or none, the name of the list. */
  readonly kind: string
  /** `entry.time`: the time of events that have none of their own. */
  readonly entryTime: Node
  readonly contacts: readonly Contact[]
  readonly ties: Ties
  readonly received_at: number
}

/** What one kind of item says; what is left out is null. */
type ItemFields = Partial<Pick<EventRow, 'person' | 'chat' | 'message_id' | 'text'>> & {
  /** The member that says what happened, by the platform's own word. */
  readonly event?: Node
  /** The member with the time, `timestamp` unless told. */
  readonly date?: Node
  /** The parts of the platform's own id of the event. If one is null, the others name a thing that has several events. */
  readonly id?: readonly EventRow['id'][]
}

export type ItemReader = (json: Json, item: Node, context: EventContext) => ItemFields

/**
 * The lists whose items are an event each, in whichever field they stand.
 * @see https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference
 */
export const EVENT_LISTS: Readonly<Record<string, ItemReader>> = {
  calls: (json, call, context) => ({
    event: json.at(call, 'event'),
    person: personOf(identify(context.contacts, customerOfCall(json, call, context.ties), context.ties)),
    id: [idText(json, json.at(call, 'id')), idText(json, json.at(call, 'event'))],
  }),
  user_preferences: (json, preference, { contacts, ties }) => ({
    event: json.at(preference, 'value'),
    person: personOf(identify(contacts, idsIn(json, preference, 'wa_id'), ties)),
  }),
  groups: (json, group, { ties }) => {
    ties.tieAll(idsIn(json, group, 'wa_id'))
    json.forEachMember(group, (name, participants) => {
      if (!name.endsWith('_participants')) return
      for (const participant of json.elements(participants)) ties.tieAll(idsIn(json, participant, 'wa_id'))
    })
    return { event: json.at(group, 'type'), chat: idText(json, json.at(group, 'group_id')) }
  },
  user_actions: (json, action) => ({ event: json.at(action, 'action_type') }),
  automatic_events: (json, event) => {
    const message_id = idText(json, json.at(event, 'id'))
    return {
      event: json.at(event, 'event_name'),
      message_id,
      id: [message_id, idText(json, json.at(event, 'event_name'))],
    }
  },
  errors: () => ({}),
  state_sync: (json, item, { ties }) => {
    const ids = idsIn(json, json.at(item, 'contact'), 'phone_number')
    ties.tieAll(ids)
    const synced = json.at(item, 'metadata', 'timestamp')
    const date = json.epochSeconds(synced) === null ? json.at(item, 'timestamp') : synced
    return { event: json.at(item, 'action'), date, person: personOf(ids) }
  },
  user_id_update: (json, item, { ties }) => {
    const [previous, current] = changed(json, json.at(item, 'user_id'))
    const [previousParent, currentParent] = changed(json, json.at(item, 'parent_user_id'))
    const phone = idsAt(json, json.at(item, 'wa_id'), NOWHERE, NOWHERE)
    const ids = { ...phone, user: current ?? previous ?? phone.user, parent: currentParent ?? previousParent }
    ties.tieAll(ids)
    ties.tieTexts(previous, current)
    ties.tieTexts(previousParent, currentParent)
    return { person: personOf(ids) }
  },
}

/** A status of a call. */
export const readCallStatus: ItemReader = (json, status, { contacts, ties }) => ({
  event: json.at(status, 'status'),
  person: personOf(identify(contacts, recipientOf(json, status).ids, ties)),
  id: [idText(json, json.at(status, 'id')), idText(json, json.at(status, 'status'))],
})

/** A message under a field whose messages are events. */
export const readStrayMessage: ItemReader = (json, message, context) => ({
  person: personOf(senderOf(json, message, context)),
  chat: idText(json, json.at(message, 'group_id')),
  message_id: targetOf(json, message),
  text: textOf(json, contentOf(json, message)),
  id: [idText(json, json.at(message, 'id'))],
})

/** Adds the event of a list's item. */
export function addItem(json: Json, item: Node, read: ItemReader, context: EventContext, collector: Collector): void {
  const { event = NOWHERE, date = json.at(item, 'timestamp'), id = [], ...fields } = read(json, item, context)
  const ownId = id.length > 0 && id.every(part => part !== null) ? id.join(':') : undefined
  addEvent(json, item, context, collector, { ...fields, event: idText(json, event), date, ownId })
}

/**
 * Adds the one event of a change.
 * @param payload its value, or the change where it has none
 */
export function addChange(json: Json, payload: Node, value: Node, context: EventContext, collector: Collector): void {
  const word = EVENT_WORDS.map(name => idText(json, json.at(value, name))).find(text => text !== null) ?? null
  const isHandover = context.kind === 'messaging_handovers'
  const sender = idsAt(json, json.at(json.at(value, 'sender'), 'phone_number'), NOWHERE, NOWHERE)
  const person = isHandover ? personOf(sender) : null
  addEvent(json, payload, context, collector, { event: word, date: json.at(value, 'timestamp'), person })
}

/** Members that say what happened, the more telling one first. */
const EVENT_WORDS = ['event', 'type', 'decision', 'status']

/** Adds the event of a body or an entry without changes, or of a chunk of `history` without messages. */
export const addBare = (
  json: Json,
  element: Node,
  context: Pick<EventContext, 'kind' | 'entryTime' | 'received_at'>,
  collector: Collector,
): void => addEvent(json, element, context, collector, { event: null, date: NOWHERE })

function addEvent(
  json: Json,
  payload: Node,
  { kind, entryTime, received_at }: Pick<EventContext, 'kind' | 'entryTime' | 'received_at'>,
  collector: Collector,
  fields: Omit<ItemFields, 'event' | 'id' | 'date'> & {
    readonly event: EventRow['event']
    readonly date: Node
    readonly ownId?: string | undefined
  },
): void {
  const date = json.epochSeconds(fields.date)
  collector.add('events', payload, {
    kind,
    event: fields.event,
    id: fields.ownId ?? hashedId(json, payload, date === null ? entryTime : NOWHERE),
    date: date ?? json.epochSeconds(entryTime),
    person: fields.person ?? null,
    chat: fields.chat ?? null,
    message_id: fields.message_id ?? null,
    text: fields.text ?? null,
    payload: json.slice(payload),
    raw_key: null,
    received_at,
  })
}

const idsIn = (json: Json, holder: Node, phone: string): Ids =>
  idsAt(json, json.at(holder, phone), json.at(holder, 'user_id'), json.at(holder, 'parent_user_id'))

const changed = (json: Json, change: Node) =>
  [idText(json, json.at(change, 'previous')), idText(json, json.at(change, 'current'))] as const

/**
 * The customer of a call. The direction tells which side that is; where examples of the platform swap `from` and `to`,
 * the business's own number tells.
 */
function customerOfCall(json: Json, call: Node, { business }: Ties): Ids {
  const side = (name: string) =>
    idsAt(json, json.at(call, name), json.at(call, `${name}_user_id`), json.at(call, `${name}_parent_user_id`))
  const isByBusiness = json.is(json.at(call, 'direction'), 'BUSINESS_INITIATED')
  const [customer, other] = isByBusiness ? [side('to'), side('from')] : [side('from'), side('to')]
  const isBusiness = ({ phone }: Ids) => business !== null && phone === business
  if (!isBusiness(customer) || isBusiness(other)) return customer
  return { ...other, user: other.user ?? customer.user, parent: other.parent ?? customer.parent }
}
