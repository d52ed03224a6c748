import { isAscii } from '../../lake/utf8-slice.ts'
import { Collector } from '../collector.ts'
import { type Json, NOWHERE, type Node, parseObject } from '../json.ts'
import type { ParseResult } from '../source.ts'
import {
  addBare,
  addChange,
  addItem,
  EVENT_LISTS,
  type EventContext,
  type ItemReader,
  readCallStatus,
  readStrayMessage,
} from './event.ts'
import { type Direction, type MessageContext, messageRow } from './message.ts'
import { type Contact, canonical, contactsOf, idsAt, idText, Ties, usernameAt } from './people.ts'
import { statusRow } from './status.ts'

/**
 * Parses a WhatsApp Business delivery. Messages become rows of `whatsapp`, statuses of `whatsapp_statuses`, everything
 * else of `events`.
 * @see https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
 */
export function parse(body: Uint8Array, receivedAt: number): ParseResult {
  const parsed = parseObject(body)
  if ('reject' in parsed) return { rows: [], rejects: [parsed.reject], identities: [] }
  const delivery = new Delivery(parsed.json, Math.floor(receivedAt / 1000))
  delivery.addBody(parsed.root)
  return delivery.collector.result()
}

const EVENT_LIST_ENTRIES = Object.entries(EVENT_LISTS)

class Delivery {
  readonly collector: Collector
  readonly #json: Json
  readonly #receivedAt: number

  constructor(json: Json, receivedAt: number) {
    this.#json = json
    this.#receivedAt = receivedAt
    this.collector = new Collector(json)
  }

  addBody(body: Node): void {
    const json = this.#json
    const object = json.at(body, 'object')
    if (!json.isNothing(object) && !json.is(object, 'whatsapp_business_account')) {
      this.#addBare(body, NOWHERE, 'other_object')
      return
    }
    const entries = this.#list(body, 'entry')
    if (entries?.length === 0) this.#addBare(body, NOWHERE)
    for (const entry of entries ?? []) this.#addEntry(entry)
  }

  #addEntry(entry: Node): void {
    const json = this.#json
    if (!this.collector.isObject(entry, 'entry')) return
    const time = json.at(entry, 'time')
    const changes = this.#list(entry, 'changes')
    if (changes?.length === 0) this.#addBare(entry, time)
    for (const change of changes ?? []) if (this.collector.isObject(change, 'change')) this.#addChange(change, time)
  }

  /** A body or an entry that holds no change. */
  #addBare(element: Node, entryTime: Node, kind = this.#hasOnlyIds(element) ? 'empty' : 'other_object'): void {
    addBare(this.#json, element, { kind, entryTime, received_at: this.#receivedAt }, this.collector)
  }

  #hasOnlyIds(element: Node): boolean {
    const json = this.#json
    return [...json.members(element)].every(([name, value]) => BARE_MEMBERS.includes(name) || json.isNothing(value))
  }

  #addChange(change: Node, entryTime: Node): void {
    const json = this.#json
    const { collector } = this
    const fieldNode = json.at(change, 'field')
    const field = idText(json, fieldNode)
    const isMessages = field === null || isAscii(field, 'messages')
    const isHistory = json.is(fieldNode, 'history')
    const value = json.at(change, 'value')
    const ties = new Ties(collector, json, value)
    const contacts = contactsOf(json, value)
    for (const contact of contacts) ties.tieAll(contact)
    const received_at = this.#receivedAt
    const messages: MessageContext = {
      field,
      phone_number_id: idText(json, json.at(value, 'metadata', 'phone_number_id')),
      contacts,
      ties,
      received_at,
    }
    const events = (list: string): EventContext => {
      return { kind: isMessages ? list : String(field), entryTime, contacts, ties, received_at }
    }
    const before = collector.elements
    // A value with an event of its own is that one event, whatever else it lists.
    const hasEvent = idText(json, json.at(value, 'event')) !== null
    if (json.isObject(value)) {
      if (isHistory) this.#addMessages(value, 'messages', message => this.#directionOf(message, ties), messages)
      else if (isMessages || json.is(fieldNode, 'standby'))
        this.#addMessages(value, 'messages', () => 'inbound', messages)
      else if (!hasEvent) this.#addEvents(value, 'messages', readStrayMessage, events)
      this.#addMessages(value, 'message_echoes', () => 'outbound', messages)
      this.#addHistory(value, messages, events)
      this.#addStatuses(value, json.is(fieldNode, 'calls'), hasEvent, messages, events)
      if (!hasEvent) for (const [name, read] of EVENT_LIST_ENTRIES) this.#addEvents(value, name, read, events)
      this.#addStandby(json.at(value, 'standby'), messages, events)
    }
    if (hasEvent || collector.elements === before)
      addChange(json, json.isNothing(value) ? change : value, value, events('messages'), collector)
  }

  #addMessages(
    holder: Node,
    name: string,
    directionOf: (message: Node) => Direction,
    context: MessageContext,
    thread?: Contact,
  ): void {
    for (const message of this.#list(holder, name) ?? NONE) {
      if (!this.#hasId(message, 'message')) continue
      const row = messageRow(this.#json, message, directionOf(message), context, thread)
      this.collector.add('whatsapp', message, row)
    }
  }

  #addStatuses(
    holder: Node,
    areOfCalls: boolean,
    hasEvent: boolean,
    context: MessageContext,
    events: (list: string) => EventContext,
  ): void {
    const json = this.#json
    for (const status of this.#list(holder, 'statuses') ?? NONE) {
      if (!areOfCalls && !json.is(json.at(status, 'type'), 'call')) {
        if (this.#hasId(status, 'status'))
          this.collector.add('whatsapp_statuses', status, statusRow(json, status, context))
      } else if (!hasEvent && this.collector.isObject(status, 'status')) {
        addItem(json, status, readCallStatus, { ...events('statuses'), contacts: context.contacts }, this.collector)
      }
    }
  }

  /**
   * What an automated agent of the platform does with a conversation that it holds.
   * @see https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/standby
   */
  #addStandby(standby: Node, around: MessageContext, events: (list: string) => EventContext): void {
    const json = this.#json
    if (!json.isObject(standby)) return
    const contacts = json.isArray(json.at(standby, 'contacts')) ? contactsOf(json, standby) : around.contacts
    const context = { ...around, contacts }
    for (const contact of contacts) context.ties.tieAll(contact)
    this.#addMessages(standby, 'messages', () => 'inbound', context)
    this.#addMessages(standby, 'message_echoes', () => 'outbound', context)
    this.#addStatuses(standby, false, false, context, events)
  }

  /**
   * Conversations of before the business joined, in chunks of threads.
   * @see https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/history
   */
  #addHistory(value: Node, context: MessageContext, events: (list: string) => EventContext): void {
    const json = this.#json
    const { collector } = this
    for (const chunk of this.#list(value, 'history') ?? NONE) {
      if (!collector.isObject(chunk, 'chunk of history')) continue
      const before = collector.elements
      for (const thread of this.#list(chunk, 'threads') ?? []) {
        if (!collector.isObject(thread, 'thread')) continue
        const contact = this.#threadContact(thread, context.ties)
        this.#addMessages(thread, 'messages', message => this.#directionOf(message, context.ties), context, contact)
      }
      if (collector.elements === before) addBare(json, chunk, events('history'), collector)
      else this.#addEvents(chunk, 'errors', EVENT_LISTS.errors as ItemReader, events)
    }
  }

  /** The customer of a thread: the thread's context is the contact. */
  #threadContact(thread: Node, ties: Ties): Contact {
    const json = this.#json
    const context = json.at(thread, 'context')
    const byContext = idsAt(
      json,
      json.at(context, 'wa_id'),
      json.at(context, 'user_id'),
      json.at(context, 'parent_user_id'),
    )
    const byId = idsAt(json, json.at(thread, 'id'), NOWHERE, NOWHERE)
    ties.tieAll(byContext)
    const { number, phone } = byId.number === null ? byContext : byId
    return {
      number,
      phone,
      user: byId.user ?? byContext.user,
      parent: null,
      name: json.text(json.at(context, 'profile', 'name')),
      username: usernameAt(json, context),
    }
  }

  /** In `history` a message is outbound that says to whom it was sent, or comes from the business's own number. */
  #directionOf(message: Node, { business }: Ties): Direction {
    const json = this.#json
    if (idText(json, json.at(message, 'to')) !== null) return 'outbound'
    const from = json.digits(json.at(message, 'from'))
    return business !== null && from !== null && canonical(from) === business ? 'outbound' : 'inbound'
  }

  #addEvents(holder: Node, name: string, read: ItemReader, contextOf: (list: string) => EventContext): void {
    const items = this.#list(holder, name) ?? NONE
    if (items.length === 0) return
    const context = contextOf(name)
    for (const item of items)
      if (this.collector.isObject(item, `item of ${name}`)) addItem(this.#json, item, read, context, this.collector)
  }

  /** The elements of a list; none where it is absent, undefined where it is no list, which is one rejected element. */
  #list(holder: Node, name: string): readonly Node[] | undefined {
    const json = this.#json
    const list = json.at(holder, name)
    if (json.isNothing(list)) return NONE
    return this.collector.isList(list, name) ? json.elements(list) : undefined
  }

  #hasId(element: Node, name: string): boolean {
    const json = this.#json
    if (!this.collector.isObject(element, name)) return false
    const id = json.at(element, 'id')
    if (json.isString(id) && !json.is(id, '')) return true
    const detail =
      json.isNothing(id) || json.isString(id)
        ? `the ${name} has no id`
        : `the ${name}'s id is ${json.kind(id)}, not a string`
    this.collector.reject(element, 'missing_id', detail)
    return false
  }
}

const NONE: readonly Node[] = []

/** Members of an `empty` body or entry. */
const BARE_MEMBERS = ['object', 'entry', 'changes', 'id', 'time']
