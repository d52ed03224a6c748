/*
 * What the data contract makes of a WhatsApp delivery, in the plainest code: the oracle of fixtures, fuzzer and faults.
 * It shares no code with the reader that production uses.
 */
import {
  at,
  booleanAt,
  doubleAt,
  type Expected,
  ExpectedCollector,
  hashedId,
  idAt,
  integerAt,
  numberOfDigits,
  objectOf,
  type ReferenceEvent,
  secondsOf,
  textAt,
} from '../../testing/reference.ts'
import type { JsonValue } from '../../testing/slow-json.ts'

/** Reads one stored body of WhatsApp. */
export function expectedOf(body: Uint8Array): Expected {
  const collector = new ExpectedCollector()
  const root = objectOf(body, collector)
  if (root !== undefined) new Delivery(collector).read(root)
  return collector.expected()
}

/** The ids that one object gives of a person. */
interface Ids {
  /** `from`, `to`, `wa_id` …, unless it is a user id. */
  readonly phone: string | null
  readonly userId: string | null
  readonly parentId: string | null
}

const NO_IDS: Ids = { phone: null, userId: null, parentId: null }

interface Contact extends Ids {
  readonly name: string | null
  readonly username: string | null
}

/** What a change says of all that is in it. */
interface Surroundings {
  /** The change's field; null without one. */
  readonly field: string | null
  readonly entryTime: JsonValue | undefined
  readonly contacts: readonly Contact[]
  readonly phoneNumberId: string | null
  /** The business's own number in canonical spelling. */
  readonly ownNumber: string | null
}

/** The lists whose items are an event each, wherever they stand. */
const EVENT_LISTS = [
  'calls',
  'user_preferences',
  'groups',
  'user_actions',
  'automatic_events',
  'errors',
  'state_sync',
  'user_id_update',
] as const

/** A user id of a business portfolio (BSUID): a country, a dot, letters and digits. */
const BSUID = /^[A-Z]{2}\./

class Delivery {
  readonly #collector: ExpectedCollector

  constructor(collector: ExpectedCollector) {
    this.#collector = collector
  }

  read(root: JsonValue): void {
    const object = at(root, 'object')
    if (object !== undefined && object.text !== 'whatsapp_business_account') {
      this.#wholeEvent('other_object', root, undefined)
      return
    }
    const entries = this.#list(root, 'entry')
    if (entries?.length === 0) this.#wholeEvent(emptyKind(root), root, undefined)
    for (const entry of entries ?? []) this.#entry(entry)
  }

  #entry(entry: JsonValue): void {
    if (entry.kind !== 'object') {
      this.#collector.quarantine('not_object', entry)
      return
    }
    const changes = this.#list(entry, 'changes')
    if (changes?.length === 0) this.#wholeEvent(emptyKind(entry), entry, at(entry, 'time'))
    for (const change of changes ?? []) this.#change(change, at(entry, 'time'))
  }

  #change(change: JsonValue, entryTime: JsonValue | undefined): void {
    if (change.kind !== 'object') {
      this.#collector.quarantine('not_object', change)
      return
    }
    const field = idAt(change, 'field')
    const value = at(change, 'value')
    const surroundings: Surroundings = {
      field,
      entryTime,
      contacts: this.#contacts(value, []),
      phoneNumberId: idAt(value, 'metadata', 'phone_number_id'),
      ownNumber: canonicalOf(textAt(value, 'metadata', 'display_phone_number')?.replace(/[^0-9]/g, '') ?? null),
    }
    this.#tieContacts(surroundings)
    const before = this.#collector.items
    const hasEvent = idAt(value, 'event') !== null
    if (value?.kind === 'object') this.#value(value, surroundings, hasEvent)
    if (hasEvent || this.#collector.items === before) this.#changeEvent(value ?? change, value, surroundings)
  }

  /** Reads the lists of a change's value. With an event of its own the value is one event, so its lists give none. */
  #value(value: JsonValue, surroundings: Surroundings, hasEvent: boolean): void {
    const { field } = surroundings
    const isInbound = field === null || field === 'messages' || field === 'standby'
    if (field === 'history' || isInbound) {
      for (const item of this.#list(value, 'messages') ?? []) this.#message(item, surroundings, 'inbound')
    } else if (!hasEvent) {
      for (const item of this.#list(value, 'messages') ?? []) this.#listedEvent('messages', item, surroundings)
    }
    for (const item of this.#list(value, 'message_echoes') ?? []) this.#message(item, surroundings, 'outbound')
    for (const chunk of this.#list(value, 'history') ?? []) this.#historyChunk(chunk, surroundings)
    for (const item of this.#list(value, 'statuses') ?? []) {
      const isOfCall = field === 'calls' || textAt(item, 'type') === 'call'
      if (!isOfCall) this.#status(item, surroundings)
      else if (!hasEvent) this.#listedEvent('statuses', item, surroundings)
    }
    if (!hasEvent)
      for (const list of EVENT_LISTS)
        for (const item of this.#list(value, list) ?? []) this.#listedEvent(list, item, surroundings)
    this.#standby(at(value, 'standby'), surroundings)
  }

  /** While Meta's AI agent holds a chat, all that happens in it stands one level deeper. */
  #standby(standby: JsonValue | undefined, around: Surroundings): void {
    const surroundings = { ...around, contacts: this.#contacts(standby, around.contacts) }
    this.#tieContacts(surroundings)
    for (const item of this.#list(standby, 'messages') ?? []) this.#message(item, surroundings, 'inbound')
    for (const item of this.#list(standby, 'message_echoes') ?? []) this.#message(item, surroundings, 'outbound')
    for (const item of this.#list(standby, 'statuses') ?? []) {
      if (textAt(item, 'type') === 'call') this.#listedEvent('statuses', item, surroundings)
      else this.#status(item, surroundings)
    }
  }

  #historyChunk(chunk: JsonValue, surroundings: Surroundings): void {
    if (chunk.kind !== 'object') {
      this.#collector.quarantine('not_object', chunk)
      return
    }
    const before = this.#collector.items
    for (const thread of this.#list(chunk, 'threads') ?? []) {
      if (thread.kind === 'object') {
        this.#tieAll(idsAt(at(thread, 'context'), 'wa_id'), surroundings)
        for (const item of this.#list(thread, 'messages') ?? []) this.#message(item, surroundings, 'inbound', thread)
      } else this.#collector.quarantine('not_object', thread)
    }
    if (this.#collector.items === before)
      this.#event(
        chunk,
        surroundings,
        { kind: kindOf(surroundings.field, 'history'), ...NOTHING, date: null },
        undefined,
      )
    else for (const error of this.#list(chunk, 'errors') ?? []) this.#listedEvent('errors', error, surroundings)
  }

  /**
   * A row of `whatsapp`. A message of `history` says by itself which way it went.
   * @param thread the thread of `history` that it stands in
   */
  #message(item: JsonValue, around: Surroundings, list: 'inbound' | 'outbound', thread?: JsonValue): void {
    const messageId = this.#idOf(item)
    if (messageId === null) return
    const isOfHistory = around.field === 'history' || thread !== undefined
    const isOwn = idAt(item, 'to') !== null || this.#isOwn(idAt(item, 'from'), around)
    const direction = list === 'outbound' || (isOfHistory && isOwn) ? 'outbound' : 'inbound'
    const said = saidIn(item, direction)
    const groupId = groupOf(item, said, direction)
    const isOfNobody = direction === 'outbound' && groupId !== null
    const who = isOfNobody ? NOBODY : this.#customer(item, said, direction, around, thread)
    const content = contentOf(said)
    this.#collector.row('whatsapp', item, {
      name: who.name,
      number: numberOfDigits(who.phone),
      message: content.message,
      date: secondsOf(at(item, 'timestamp')),
      type: textAt(said, 'type'),
      message_id: messageId,
      user_id: who.userId,
      phone_number_id: around.phoneNumberId,
      reply_to: idAt(item, 'context', 'id') ?? (said === item ? null : idAt(said, 'context', 'message_id')),
      media_id: content.mediaId,
      media_type: content.mediaType,
      direction,
      field: around.field,
      person: personOf(who),
      username: who.username,
      group_id: groupId,
      target_id: targetOf(said),
      selection_id: selectionOf(said),
      response: textAt(said, 'interactive', 'nfm_reply', 'response_json'),
      forwarded: forwardedOf(at(item, 'context')),
      referral_id: idAt(item, 'referral', 'source_id'),
      ctwa_clid: idAt(item, 'referral', 'ctwa_clid'),
      latitude: doubleAt(said, 'location', 'latitude'),
      longitude: doubleAt(said, 'location', 'longitude'),
      error_code: integerAt(firstError(item), 'code'),
      payload: item.json,
    })
  }

  /** The customer of a message. */
  #customer(
    item: JsonValue,
    said: JsonValue,
    direction: 'inbound' | 'outbound',
    around: Surroundings,
    thread?: JsonValue,
  ): Contact {
    const side = direction === 'inbound' ? 'from' : 'to'
    const own = idsOf(
      idAt(item, side) ?? idAt(said, side),
      idAt(item, `${side}_user_id`) ?? idAt(said, `${side}_user_id`),
      idAt(item, `${side}_parent_user_id`) ?? idAt(said, `${side}_parent_user_id`),
    )
    if (thread !== undefined) return this.#personOfThread(own, thread, around)
    if (textAt(item, 'type') !== 'system') return this.#personWith(own, around)
    this.#tieSystem(own, at(item, 'system'), around)
    const hasSender = own.phone !== null || own.userId !== null
    return this.#personWith(hasSender ? own : { ...own, userId: idAt(item, 'system', 'user_id') }, around)
  }

  /** The customer of a message in a thread of `history`: the thread's context is the contact. */
  #personOfThread(own: Ids, thread: JsonValue, around: Surroundings): Contact {
    const context = contactOf(at(thread, 'context'), at(thread, 'context'))
    const chat = idsOf(idAt(thread, 'id'), null, null)
    const ids = {
      phone: numberOfDigits(chat.phone) === null ? context.phone : chat.phone,
      userId: own.userId ?? chat.userId ?? context.userId,
      parentId: own.parentId,
    }
    this.#tieAll(ids, around)
    return { ...ids, name: context.name, username: context.username }
  }

  /** A person by their own ids and by what their contact adds. */
  #personWith(ids: Ids, around: Surroundings): Contact {
    const contact = matchingContact(ids, around.contacts) ?? NOBODY
    const userId = ids.userId ?? contact.userId
    this.#tieAll({ phone: ids.phone ?? contact.phone, userId, parentId: ids.parentId ?? contact.parentId }, around)
    return { ...ids, userId, name: contact.name, username: contact.username }
  }

  /** The id of a message or a status; null after quarantining one without it. */
  #idOf(item: JsonValue): string | null {
    const id = item.kind === 'object' ? idAt(item, 'id') : null
    if (id === null) this.#collector.quarantine(item.kind === 'object' ? 'missing_id' : 'not_object', item)
    return id
  }

  /** A row of `whatsapp_statuses`. */
  #status(item: JsonValue, around: Surroundings): void {
    const messageId = this.#idOf(item)
    if (messageId === null) return
    const { ids, groupId } = recipientOf(item)
    const who = this.#personWith(ids, around)
    const pricing = (name: string) => at(item, 'pricing', name) ?? at(item, 'conversation', 'pricing', name)
    this.#collector.row('whatsapp_statuses', item, {
      message_id: messageId,
      status: textAt(item, 'status'),
      date: secondsOf(at(item, 'timestamp')),
      type: textAt(item, 'type'),
      person: personOf(who),
      number: numberOfDigits(who.phone),
      user_id: who.userId,
      username: who.username,
      group_id: groupId,
      phone_number_id: around.phoneNumberId,
      pricing_category: pricing('category')?.text ?? null,
      pricing_type: pricing('type')?.text ?? null,
      pricing_model: pricing('pricing_model')?.text ?? null,
      billable: pricing('billable')?.boolean ?? null,
      conversation_id: idAt(item, 'conversation', 'id'),
      conversation_type: textAt(item, 'conversation', 'origin', 'type'),
      error_code: integerAt(firstError(item), 'code'),
      error_title: textAt(firstError(item), 'title'),
      callback_data: textAt(item, 'biz_opaque_callback_data'),
      payload: item.json,
    })
  }

  /** An event of an item of a list. */
  #listedEvent(list: string, item: JsonValue, around: Surroundings): void {
    if (item.kind !== 'object') {
      this.#collector.quarantine('not_object', item)
      return
    }
    const { field } = around
    const kind = kindOf(field, list)
    const date = secondsOf(at(item, 'timestamp'))
    const about = { kind, ...NOTHING, date }
    switch (list) {
      case 'calls': {
        const person = personOf(this.#personWith(this.#customerOfCall(item, around), around))
        const event = idAt(item, 'event')
        this.#event(item, around, { ...about, event, person }, joined(idAt(item, 'id'), event))
        break
      }
      case 'statuses': {
        const person = personOf(this.#personWith(recipientOf(item).ids, around))
        const event = idAt(item, 'status')
        this.#event(item, around, { ...about, event, person }, joined(idAt(item, 'id'), event))
        break
      }
      case 'user_preferences': {
        const person = personOf(this.#personWith(idsAt(item, 'wa_id'), around))
        this.#event(item, around, { ...about, event: idAt(item, 'value'), person }, undefined)
        break
      }
      case 'groups': {
        this.#tieAll(idsAt(item, 'wa_id'), around)
        for (const [name, members] of item.members)
          if (name.endsWith('_participants'))
            for (const member of members.items) this.#tieAll(idsAt(member, 'wa_id'), around)
        this.#event(item, around, { ...about, event: idAt(item, 'type'), chat: idAt(item, 'group_id') }, undefined)
        break
      }
      case 'user_actions':
        this.#event(item, around, { ...about, event: idAt(item, 'action_type') }, undefined)
        break
      case 'automatic_events': {
        const [id, event] = [idAt(item, 'id'), idAt(item, 'event_name')]
        this.#event(item, around, { ...about, event, message_id: id }, joined(id, event))
        break
      }
      case 'state_sync': {
        const ids = idsAt(at(item, 'contact'), 'phone_number')
        this.#tieAll(ids, around)
        const synced = secondsOf(at(item, 'metadata', 'timestamp')) ?? date
        const event = idAt(item, 'action')
        this.#event(item, around, { ...about, event, date: synced, person: personOf(ids) }, undefined)
        break
      }
      case 'user_id_update': {
        const person = this.#tieUpdatedIds(item, around)
        this.#event(item, around, { ...about, person }, undefined)
        break
      }
      case 'messages': {
        const person = personOf(this.#customer(item, item, 'inbound', around))
        const { message: text } = contentOf(item)
        const chat = idAt(item, 'group_id')
        const message_id = targetOf(item)
        this.#event(item, around, { ...about, person, chat, message_id, text }, idAt(item, 'id') ?? undefined)
        break
      }
      default:
        this.#event(item, around, about, undefined)
    }
  }

  /** The event of a change that has none of the lists, or whose value is an event. */
  #changeEvent(payload: JsonValue, value: JsonValue | undefined, around: Surroundings): void {
    const event = idAt(value, 'event') ?? idAt(value, 'type') ?? idAt(value, 'decision') ?? idAt(value, 'status')
    const sender = idsOf(idAt(value, 'sender', 'phone_number'), null, null)
    const isHandover = around.field === 'messaging_handovers'
    const person = isHandover ? personOf(sender) : null
    const date = secondsOf(at(value, 'timestamp'))
    this.#event(payload, around, { kind: around.field ?? 'messages', ...NOTHING, event, person, date }, undefined)
  }

  /** The event of a body or an entry that has nothing in it that is known. */
  #wholeEvent(kind: string, payload: JsonValue, time: JsonValue | undefined): void {
    const around = { field: null, entryTime: time, contacts: [], phoneNumberId: null, ownNumber: null }
    this.#event(payload, around, { kind, ...NOTHING, date: null }, undefined)
  }

  /**
   * A row of `events`. Without a date of its own it has the entry's, which is then part of its hash.
   * @param id the platform's id; undefined where it gives none
   */
  #event(payload: JsonValue, around: Surroundings, event: Omit<ReferenceEvent, 'id'>, id: string | undefined): void {
    const time = event.date === null ? around.entryTime : undefined
    this.#collector.row('events', payload, {
      kind: event.kind,
      event: event.event,
      id: id ?? hashedId(payload, time),
      date: event.date ?? secondsOf(time),
      person: event.person,
      chat: event.chat,
      message_id: event.message_id,
      text: event.text,
      payload: payload.json,
    })
  }

  /** The items of a list; none if it is missing or null; undefined after quarantining what is no list. */
  #list(parent: JsonValue | undefined, name: string): readonly JsonValue[] | undefined {
    const list = at(parent, name)
    if (list === undefined) return []
    if (list.kind === 'array') return list.items
    this.#collector.quarantine('not_array', list)
    return undefined
  }

  #contacts(parent: JsonValue | undefined, fallback: readonly Contact[]): readonly Contact[] {
    const list = at(parent, 'contacts')
    if (list?.kind !== 'array') return fallback
    return list.items.filter(item => item.kind === 'object').map(contact => contactOf(contact))
  }

  #isOwn(phone: string | null, { ownNumber }: Surroundings): boolean {
    return ownNumber !== null && canonicalOf(phone) === ownNumber
  }

  /** A call's customer. Examples mix up `from` and `to`, so the business's own number is never the customer. */
  #customerOfCall(call: JsonValue, around: Surroundings): Ids {
    const from = idsOf(idAt(call, 'from'), idAt(call, 'from_user_id'), idAt(call, 'from_parent_user_id'))
    const to = idsOf(idAt(call, 'to'), idAt(call, 'to_user_id'), idAt(call, 'to_parent_user_id'))
    const isByBusiness = textAt(call, 'direction') === 'BUSINESS_INITIATED'
    const [customer, other] = isByBusiness ? [to, from] : [from, to]
    if (this.#isOwn(customer.phone, around) && !this.#isOwn(other.phone, around))
      return { ...other, ...userIdsOf(customer, other) }
    return customer
  }

  #tieContacts(around: Surroundings): void {
    for (const contact of around.contacts) this.#tieAll(contact, around)
  }

  /** Ties the ids of one object: number and user id, user id and parent id. */
  #tieAll(ids: Ids, around: Surroundings): void {
    const known = idsInOrder(ids)
    for (const [i, id] of known.entries()) {
      const next = known[i + 1]
      if (next !== undefined) this.#tie(id, next, around)
    }
  }

  /** Ties a system message's old and new number, user id and parent id. */
  #tieSystem(sender: Ids, system: JsonValue | undefined, around: Surroundings): void {
    const phone = idAt(system, 'wa_id') ?? idAt(system, 'new_wa_id')
    const now = idsOf(phone, idAt(system, 'user_id'), idAt(system, 'parent_user_id'))
    this.#tieAll(now.phone === null ? { ...now, phone: sender.phone } : now, around)
    this.#tieBoth(canonicalOf(sender.phone), canonicalOf(now.phone), around)
    this.#tieBoth(sender.userId, now.userId, around)
    this.#tieBoth(idAt(system, 'previous_user_id'), now.userId, around)
    this.#tieBoth(idAt(system, 'previous_parent_user_id'), now.parentId, around)
  }

  /** Ties the ids of an item of `user_id_update`, and says whom it is about. */
  #tieUpdatedIds(item: JsonValue, around: Surroundings): string | null {
    const [previous, current] = [idAt(item, 'user_id', 'previous'), idAt(item, 'user_id', 'current')]
    const parents = [idAt(item, 'parent_user_id', 'previous'), idAt(item, 'parent_user_id', 'current')] as const
    const ids = idsOf(idAt(item, 'wa_id'), current ?? previous, parents[1] ?? parents[0])
    this.#tieAll(ids, around)
    this.#tieBoth(previous, current, around)
    this.#tieBoth(...parents, around)
    return personOf(ids)
  }

  #tieBoth(a: string | null, b: string | null, around: Surroundings): void {
    if (a !== null && b !== null) this.#tie(a, b, around)
  }

  #tie(a: string, b: string, { ownNumber }: Surroundings): void {
    if (a !== ownNumber && b !== ownNumber) this.#collector.tie(a, b)
  }
}

const NOBODY: Contact = { ...NO_IDS, name: null, username: null }

/** What most events do not have. */
const NOTHING = { event: null, person: null, chat: null, message_id: null, text: null }

/** The kind of the event of what holds nothing known: `empty` if it has ids alone. */
function emptyKind(object: JsonValue): 'empty' | 'other_object' {
  const names = ['object', 'entry', 'id', 'time', 'changes']
  const others = [...object.members].filter(([name, { kind }]) => !names.includes(name) && kind !== 'null')
  return others.length === 0 ? 'empty' : 'other_object'
}

/** The id of an event of a thing that has several; undefined where it lacks the thing or what happened. */
const joined = (id: string | null, event: string | null): string | undefined =>
  id === null || event === null ? undefined : `${id}:${event}`

function idsOf(phone: string | null, userId: string | null, parentId: string | null): Ids {
  const isUserId = phone !== null && BSUID.test(phone)
  return { phone: isUserId ? null : phone, userId: userId ?? (isUserId ? phone : null), parentId }
}

const idsAt = (object: JsonValue | undefined, phone: string): Ids =>
  idsOf(idAt(object, phone), idAt(object, 'user_id'), idAt(object, 'parent_user_id'))

/** The user ids of a call's customer, given on either side. */
const userIdsOf = (a: Ids, b: Ids) => ({ userId: b.userId ?? a.userId, parentId: b.parentId ?? a.parentId })

/** An event's kind: the change's field; under `messages` or none, the list's own name. */
const kindOf = (field: string | null, list: string) => (field === null || field === 'messages' ? list : field)

/** A contact, or the context of a thread of `history`. @param usernameOf holds the username */
function contactOf(contact: JsonValue | undefined, usernameOf = at(contact, 'profile')): Contact {
  const username = textAt(usernameOf, 'username')
  return {
    ...idsAt(contact, 'wa_id'),
    name: textAt(contact, 'profile', 'name'),
    username: username?.replace(/^@/, '') || null,
  }
}

/** By user id, else by parent user id, else by number in any spelling, else the only one if no id says otherwise. */
function matchingContact(ids: Ids, contacts: readonly Contact[]): Contact | undefined {
  const isSame = (a: string | null, b: string | null) => a !== null && a === b
  const found =
    contacts.find(contact => isSame(contact.userId, ids.userId)) ??
    contacts.find(contact => isSame(contact.parentId, ids.parentId)) ??
    contacts.find(
      contact => isSame(contact.phone, ids.phone) || isSame(canonicalOf(contact.phone), canonicalOf(ids.phone)),
    )
  const [only] = contacts
  if (found !== undefined || only === undefined || contacts.length > 1) return found
  const isOther = (a: string | null, b: string | null) => a !== null && b !== null
  const saysOtherwise =
    isOther(only.userId, ids.userId) || isOther(only.parentId, ids.parentId) || isOther(only.phone, ids.phone)
  return saysOtherwise ? undefined : only
}

/**
 * A number as it identifies a person: mobile numbers of Brazil with their ninth digit, of Mexico without the 1, of
 * Argentina with the 9. Null if it is no number.
 */
function canonicalOf(phone: string | null): string | null {
  const number = numberOfDigits(phone)
  if (number === null) return null
  return String(number)
    .replace(/^55(\d\d)([6-9]\d{7})$/, '55$19$2')
    .replace(/^521(\d{10})$/, '52$1')
    .replace(/^54(\d{10})$/, '549$1')
}

const personOf = (ids: Ids): string | null => ids.userId ?? canonicalOf(ids.phone)

/** The ids of one person as `person` and `identities` spell them. */
const idsInOrder = (ids: Ids): string[] => [canonicalOf(ids.phone), ids.userId, ids.parentId].filter(id => id !== null)

/** Whom a status is about, and in which group: sources disagree about some members' names. */
function recipientOf(status: JsonValue): { ids: Ids; groupId: string | null } {
  const first = (...names: readonly string[]) => names.map(name => idAt(status, name)).find(id => id !== null) ?? null
  const participant = idsOf(
    first('recipient_participant_id', 'participant_recipient_id'),
    first('recipient_participant_user_id', 'participant_recipient_user_id'),
    first(
      'recipient_participant_parent_user_id',
      'participant_recipient_parent_user_id',
      'parent_recipient_participant_user_id',
    ),
  )
  const userId = first('recipient_user_id')
  const parentId = first('recipient_parent_user_id', 'parent_recipient_user_id')
  const isToGroup = textAt(status, 'recipient_type') === 'group' || idsInOrder(participant).length > 0
  if (!isToGroup) return { ids: idsOf(first('recipient_id'), userId, parentId), groupId: null }
  const ids = {
    phone: participant.phone,
    userId: participant.userId ?? userId,
    parentId: participant.parentId ?? parentId,
  }
  return { ids, groupId: first('recipient_id') }
}

/** Where a message's content stands: an echo of `standby` holds the message as it was sent one level deeper. */
function saidIn(item: JsonValue, direction: 'inbound' | 'outbound'): JsonValue {
  const sent = at(item, 'message')
  return direction === 'outbound' && at(item, 'type') === undefined && sent?.kind === 'object' ? sent : item
}

function groupOf(item: JsonValue, said: JsonValue, direction: 'inbound' | 'outbound'): string | null {
  const isToGroup = direction === 'outbound' && textAt(said, 'recipient_type') === 'group'
  return idAt(item, 'group_id') ?? (isToGroup ? (idAt(item, 'to') ?? idAt(said, 'to')) : null)
}

const MEDIA = ['image', 'video', 'audio', 'voice', 'document', 'sticker']

interface Content {
  readonly message: string | null
  readonly mediaId: string | null
  readonly mediaType: string | null
}

/** What a message says, and its file; of an edit, what the edited message says. */
function contentOf(message: JsonValue): Content {
  let said: JsonValue | undefined = message
  while (said !== undefined && textAt(said, 'type') === 'edit') said = at(said, 'edit', 'message')
  const type = textAt(said, 'type')
  if (type !== null && MEDIA.includes(type)) {
    const medium = at(said, type)
    return { message: textAt(medium, 'caption'), mediaId: idAt(medium, 'id'), mediaType: textAt(medium, 'mime_type') }
  }
  return { message: wordsOf(said, type), mediaId: null, mediaType: null }
}

function wordsOf(said: JsonValue | undefined, type: string | null): string | null {
  switch (type) {
    case 'button':
      return textAt(said, 'button', 'text')
    case 'interactive':
      return (
        textAt(said, 'interactive', 'button_reply', 'title') ??
        textAt(said, 'interactive', 'list_reply', 'title') ??
        textAt(said, 'interactive', 'nfm_reply', 'body') ??
        textAt(said, 'interactive', 'call_permission_reply', 'response')
      )
    case 'reaction':
      return idAt(said, 'reaction', 'emoji')
    case 'system':
      return textAt(said, 'system', 'body')
    case 'order':
      return textAt(said, 'order', 'text')
    case 'location':
      return textAt(said, 'location', 'name') ?? textAt(said, 'location', 'address')
    case 'contacts':
      return textAt(at(said, 'contacts')?.items[0], 'name', 'formatted_name')
    default:
      return textAt(said, 'text', 'body')
  }
}

/** The message that a reaction, an edit or a revoke is about. */
function targetOf(said: JsonValue): string | null {
  const type = textAt(said, 'type')
  if (type === 'reaction') return idAt(said, 'reaction', 'message_id')
  return type === 'edit' || type === 'revoke' ? idAt(said, type, 'original_message_id') : null
}

/** The id behind the button or row that was chosen, or the name of the form that was filled in. */
function selectionOf(said: JsonValue): string | null {
  return (
    idAt(said, 'button', 'payload') ??
    idAt(said, 'interactive', 'button_reply', 'id') ??
    idAt(said, 'interactive', 'list_reply', 'id') ??
    idAt(said, 'interactive', 'nfm_reply', 'name')
  )
}

function forwardedOf(context: JsonValue | undefined): string | null {
  if (booleanAt(context, 'frequently_forwarded') === true) return 'frequently_forwarded'
  return booleanAt(context, 'forwarded') === true ? 'forwarded' : null
}

const firstError = (item: JsonValue): JsonValue | undefined => at(item, 'errors')?.items[0]
