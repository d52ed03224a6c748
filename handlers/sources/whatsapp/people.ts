import type { Int64 } from '../../lake/columns.ts'
import type { Utf8Slice } from '../../lake/utf8-slice.ts'
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
  readonly phone: string | null
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
  const text = idText(json, phone)
  const own = idText(json, user)
  const parentId = idText(json, parent)
  if (text !== null && USER_ID.test(String(text)))
    return { number: null, phone: null, user: own ?? text, parent: parentId }
  const number = json.digits(phone)
  return { number, phone: number === null ? text && String(text) : canonical(number), user: own, parent: parentId }
}

const USER_ID = /^[A-Z]{2}\./

/** An id's text; an empty string is no id. */
export function idText(json: Json, node: Node): Text | null {
  const text = json.text(node)
  return text !== null && text.length > 0 ? text : null
}

/**
 * A number in the one spelling that `person` uses. Brazil's mobile numbers get their ninth digit, Mexico's lose the 1
 * behind the country code, Argentina's get the 9 there.
 */
export function canonical(number: Int64 | string): string {
  const digits = String(number)
  if (digits.length === 12 && digits.startsWith('55') && digits.charCodeAt(4) >= 0x36)
    return `${digits.slice(0, 4)}9${digits.slice(4)}`
  if (digits.length === 13 && digits.startsWith('521')) return `52${digits.slice(3)}`
  if (digits.length === 12 && digits.startsWith('54')) return `549${digits.slice(2)}`
  return digits
}

/** Every spelling of a number that `canonical` takes for the same: the given one first. */
export function spellingsOf(number: string): readonly string[] {
  const one = canonical(number)
  const others = [
    one.replace(/^(55\d\d)9(?=[6-9]\d{7}$)/, '$1'),
    one.replace(/^52(?=\d{10}$)/, '521'),
    one.replace(/^549(?=\d{10}$)/, '54'),
  ]
  return [...new Set([number, one, ...others])].filter(spelling => canonical(spelling) === one)
}

/** The column `person`: the user id, else the number in canonical spelling. */
export const personOf = ({ user, number }: Pick<Ids, 'user' | 'number'>): Text | null =>
  user ?? (number === null ? null : canonical(number))

/** The contacts of a value; elements that are no objects say nothing of anybody. */
export const contactsOf = (json: Json, holder: Node): Contact[] =>
  json
    .elements(json.at(holder, 'contacts'))
    .filter(contact => json.isObject(contact))
    .map(contact => ({
      ...idsAt(json, json.at(contact, 'wa_id'), json.at(contact, 'user_id'), json.at(contact, 'parent_user_id')),
      name: json.text(json.at(contact, 'profile', 'name')),
      username: usernameOf(json, json.at(contact, 'profile', 'username')),
    }))

/** Ids completed by those of the contact that they name; its name and username come with them. */
export function identify(contacts: readonly Contact[], own: Ids, ties: Ties): Contact {
  const contact = contactOf(contacts, own)
  const user = own.user ?? contact.user
  ties.tie({ number: own.number ?? contact.number, user, parent: own.parent ?? contact.parent })
  return { ...own, user, name: contact.name, username: contact.username }
}

/** A username without the `@` that some deliveries write in front of it. */
export function usernameOf(json: Json, node: Node): Text | null {
  const text = idText(json, node)
  if (text === null) return null
  const name = String(text)
  return name.startsWith('@') ? name.slice(1) || null : text
}

/**
 * The contact that an element's ids name: by user id, else by parent user id, else by number in any spelling. The only
 * contact of a value serves where nothing says that it is somebody else's.
 */
function contactOf(contacts: readonly Contact[], ids: Ids): Contact {
  if (contacts.length === 0) return NOBODY
  const found =
    findBy(contacts, ids.user, contact => contact.user) ??
    findBy(contacts, ids.parent, contact => contact.parent) ??
    findBy(contacts, ids.phone, contact => contact.phone)
  if (found) return found
  const [only = NOBODY] = contacts
  const differs =
    (ids.user !== null && only.user !== null) ||
    (ids.parent !== null && only.parent !== null) ||
    (ids.phone !== null && only.phone !== null)
  return contacts.length === 1 && !differs ? only : NOBODY
}

function findBy(
  contacts: readonly Contact[],
  id: Text | null,
  idOf: (contact: Contact) => Text | null,
): Contact | undefined {
  if (id === null) return undefined
  const wanted = String(id)
  return contacts.find(contact => {
    const own = idOf(contact)
    return own !== null && String(own) === wanted
  })
}

/** Ties the ids of one person to each other, except the business's own number. */
export class Ties {
  readonly #collector: Collector
  readonly #business: string | null

  /** @param business the business's own number in canonical spelling */
  constructor(collector: Collector, business: string | null) {
    this.#collector = collector
    this.#business = business
  }

  /** Number to user id, user id to parent id: what follows over steps need not be said. */
  tie({ number, user, parent }: Pick<Ids, 'number' | 'user' | 'parent'>): void {
    if ((number === null ? 0 : 1) + (user === null ? 0 : 1) + (parent === null ? 0 : 1) < 2) return
    const ids = [this.#numberId(number), idString(user), idString(parent)].filter(id => id !== null)
    for (let i = 1; i < ids.length; i++) this.#collector.tie(ids[i - 1] as string, ids[i] as string)
  }

  tieNumbers(a: Int64 | null, b: Int64 | null): void {
    this.#collector.tie(this.#numberId(a), this.#numberId(b))
  }

  tieTexts(a: Text | null, b: Text | null): void {
    this.#collector.tie(idString(a), idString(b))
  }

  #numberId(number: Int64 | null): string | null {
    const id = number === null ? null : canonical(number)
    return id === this.#business ? null : id
  }
}

const idString = (text: Text | null) => (text === null ? null : String(text))

/** The business's own number in canonical spelling; the platform may write it with a plus sign and spaces. */
export function businessNumber(json: Json, value: Node): string | null {
  const text = json.string(json.at(value, 'metadata', 'display_phone_number'))?.replace(/\D/g, '') ?? ''
  return /^\d{1,18}$/.test(text) ? canonical(Number(text)) : null
}
