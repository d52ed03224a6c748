import type { Int64 } from '../../lake/columns.ts'
import { isSameText, type Utf8Slice } from '../../lake/utf8-slice.ts'
import type { Collector } from '../collector.ts'
import type { Json, Node } from '../json.ts'

type Text = Utf8Slice | string

/**
 * The ids by which a delivery names one person.
 * @see https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference business-scoped user ids
 */
export interface Ids {
  /** As delivered, where it is a number of 1–19 digits. */
  readonly number: Int64 | null
  /** The number in its canonical spelling; where it is no number, the text as delivered. */
  readonly phone: Int64 | string | null
  /** The business-scoped user id. */
  readonly user: Text | null
  /** The user id at the parent business. */
  readonly parent: Text | null
}

/** An element of `value.contacts`, or the context of a thread of `history`. */
export interface Contact extends Ids {
  readonly name: Text | null
  /** Without the leading `@`. */
  readonly username: Text | null
}

export const NOBODY: Contact = { number: null, phone: null, user: null, parent: null, name: null, username: null }

/**
 * Ids out of the members that hold them. A business-scoped user id that stands where a number belongs is the user id.
 * @param phone the member for the number, as `from` or `wa_id`
 */
export function idsAt(json: Json, phone: Node, user: Node, parent: Node): Ids {
  const own = idText(json, user)
  const parentId = idText(json, parent)
  const number = json.digits(phone)
  if (number !== null) return { number, phone: canonical(number), user: own, parent: parentId }
  const text = idText(json, phone)
  if (text !== null && isUserId(text)) return { number: null, phone: null, user: own ?? text, parent: parentId }
  return { number: null, phone: text && String(text), user: own, parent: parentId }
}

const isUserId = (text: Text) => /^[A-Z]{2}\./.test(String(text))

/** An id's text; an empty string is no id. */
export function idText(json: Json, node: Node): Text | null {
  const text = json.text(node)
  return text !== null && text.length > 0 ? text : null
}

/**
 * A number in the one spelling that `person` uses. Brazil's mobile numbers get their ninth digit, Mexico's lose the 1
 * behind the country code, Argentina's get the 9 there.
 */
export function canonical(number: Int64): Int64 {
  if (typeof number === 'bigint') return number // longer than any of these
  const prefix = Math.floor(number / 1e10)
  if (prefix === 55 && Math.floor(number / 1e7) % 10 >= 6) return Math.floor(number / 1e8) * 1e9 + 9e8 + (number % 1e8)
  if (prefix === 521) return 52e10 + (number % 1e10)
  if (prefix === 54) return 549e10 + (number % 1e10)
  return number
}

/** `canonical` for digits as text; any other text unchanged. */
export const canonicalText = (text: string): string =>
  /^[1-9]\d{0,14}$/.test(text) ? String(canonical(Number(text))) : text

/** Every spelling of a number that `canonical` takes for the same: the given one first. */
export function spellingsOf(number: string): readonly string[] {
  const one = canonicalText(number)
  const others = [
    one.replace(/^(55\d\d)9(?=[6-9]\d{7}$)/, '$1'),
    one.replace(/^52(?=\d{10}$)/, '521'),
    one.replace(/^549(?=\d{10}$)/, '54'),
  ]
  return [...new Set([number, one, ...others])].filter(spelling => canonicalText(spelling) === one)
}

/** The column `person`: the user id, else the number in canonical spelling. */
export const personOf = ({ user, number, phone }: Pick<Ids, 'user' | 'number' | 'phone'>): Text | null =>
  user ?? (number === null ? null : String(phone))

/** The contacts of a value. Elements that are not objects are left out. */
export function contactsOf(json: Json, holder: Node): Contact[] {
  const contacts: Contact[] = []
  for (const contact of json.elements(json.at(holder, 'contacts'))) {
    if (!json.isObject(contact)) continue
    const ids = idsAt(json, json.at(contact, 'wa_id'), json.at(contact, 'user_id'), json.at(contact, 'parent_user_id'))
    const profile = json.at(contact, 'profile')
    contacts.push(withNames(ids, ids.user, json.text(json.at(profile, 'name')), usernameAt(json, profile)))
  }
  return contacts
}

/** Written out: spreading an object costs more than all else that is done with a contact. */
const withNames = ({ number, phone, parent }: Ids, user: Text | null, name: Text | null, username: Text | null) => ({
  number,
  phone,
  user,
  parent,
  name,
  username,
})

/** Ids completed by those of the contact that they name; its name and username come with them. */
export function identify(contacts: readonly Contact[], own: Ids, ties: Ties): Contact {
  const contact = contactOf(contacts, own)
  const user = own.user ?? contact.user
  ties.tie(own.number === null ? contact : own, user, own.parent ?? contact.parent)
  return withNames(own, user, contact.name, contact.username)
}

/** A profile's username without the `@` that some deliveries write in front of it. */
export function usernameAt(json: Json, profile: Node): Text | null {
  const text = idText(json, json.at(profile, 'username'))
  if (text === null) return null
  const name = String(text)
  return name.startsWith('@') ? name.slice(1) || null : text
}

/**
 * The contact that an element's ids name: by user id, else by parent user id, else by number in any spelling. The only
 * contact of a value serves where nothing says that it is somebody else's.
 */
function contactOf(contacts: readonly Contact[], ids: Ids): Contact {
  const [only = NOBODY] = contacts
  const { user, parent, phone } = ids
  const found = contacts.length > MAX_SEARCHED ? lookUp(indexOf(contacts), ids) : search(contacts, ids)
  if (found) return found
  const differs =
    (user !== null && only.user !== null) ||
    (parent !== null && only.parent !== null) ||
    (phone !== null && only.phone !== null)
  return contacts.length === 1 && !differs ? only : NOBODY
}

/** With more contacts an index is made: searching them all for each of as many messages takes quadratic time. */
const MAX_SEARCHED = 4

function search(contacts: readonly Contact[], { user, parent, phone }: Ids): Contact | undefined {
  if (user !== null)
    for (const contact of contacts) if (contact.user !== null && isSameText(contact.user, user)) return contact
  if (parent !== null)
    for (const contact of contacts) if (contact.parent !== null && isSameText(contact.parent, parent)) return contact
  if (phone !== null) for (const contact of contacts) if (contact.phone === phone) return contact
  return undefined
}

/** Contacts by each of their ids. Of several with the same id the first counts. */
interface ContactIndex {
  readonly users: Map<string, Contact>
  readonly parents: Map<string, Contact>
  readonly phones: Map<Int64 | string, Contact>
}

const indexes = new WeakMap<readonly Contact[], ContactIndex>()

function indexOf(contacts: readonly Contact[]): ContactIndex {
  const known = indexes.get(contacts)
  if (known) return known
  const index: ContactIndex = { users: new Map(), parents: new Map(), phones: new Map() }
  for (const contact of contacts.toReversed()) {
    if (contact.user !== null) index.users.set(String(contact.user), contact)
    if (contact.parent !== null) index.parents.set(String(contact.parent), contact)
    if (contact.phone !== null) index.phones.set(contact.phone, contact)
  }
  indexes.set(contacts, index)
  return index
}

const lookUp = ({ users, parents, phones }: ContactIndex, { user, parent, phone }: Ids): Contact | undefined =>
  (user === null ? undefined : users.get(String(user))) ??
  (parent === null ? undefined : parents.get(String(parent))) ??
  (phone === null ? undefined : phones.get(phone))

/** Ties the ids of one person to each other, except the business's own number. */
export class Ties {
  readonly #collector: Collector
  readonly #json: Json
  readonly #value: Node
  #business: Int64 | null | undefined
  #businessId: string | undefined

  /** @param value the change's value, whose metadata has the business's own number */
  constructor(collector: Collector, json: Json, value: Node) {
    this.#collector = collector
    this.#json = json
    this.#value = value
  }

  /** The business's own number in canonical spelling. Read when it is first needed: most deliveries tie nobody. */
  get business(): Int64 | null {
    if (this.#business === undefined) this.#business = businessNumber(this.#json, this.#value)
    return this.#business
  }

  /** Number to user id, user id to parent id: what follows over steps need not be said. */
  tie({ number, phone }: Pick<Ids, 'number' | 'phone'>, user: Text | null, parent: Text | null): void {
    if ((number === null ? 0 : 1) + (user === null ? 0 : 1) + (parent === null ? 0 : 1) < 2) return
    const ids = [number === null ? null : String(phone), idString(user), idString(parent)]
    const known = ids.filter(id => id !== null)
    for (let i = 1; i < known.length; i++) this.#pair(known[i - 1] as string, known[i] as string)
  }

  tieAll(ids: Ids): void {
    this.tie(ids, ids.user, ids.parent)
  }

  tieNumbers(a: Ids, b: Ids): void {
    if (a.number !== null && b.number !== null) this.#pair(String(a.phone), String(b.phone))
  }

  tieTexts(a: Text | null, b: Text | null): void {
    if (a !== null && b !== null) this.#pair(String(a), String(b))
  }

  /** The business's own number is nobody's, also where a delivery has it in the place of a user id. */
  #pair(a: string, b: string): void {
    this.#businessId ??= String(this.business)
    if (a !== this.#businessId && b !== this.#businessId) this.#collector.tie(a, b)
  }
}

const idString = (text: Text | null) => (text === null ? null : String(text))

/** The business's own number; the platform may write it with a plus sign and spaces. */
function businessNumber(json: Json, value: Node): Int64 | null {
  const text = json.string(json.at(value, 'metadata', 'display_phone_number'))?.replace(/\D/g, '') ?? ''
  if (!/^\d{1,18}$/.test(text)) return null
  return text.length <= 15 ? canonical(Number(text)) : asInt64(BigInt(text))
}

const asInt64 = (integer: bigint): Int64 => (Number.isSafeInteger(Number(integer)) ? Number(integer) : integer)
