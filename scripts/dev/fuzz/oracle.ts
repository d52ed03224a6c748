import { isObject } from '../../../handlers/sources/testing/mutations.ts'

/*
 * What a body contains according to the data contract. Uses none of the tested code.
 */

/** A message that becomes a row, with its id (null where the id is no int64), or one that is quarantined. */
export type ExpectedMessage = { readonly id: string | null } | 'quarantined'

type Json = Readonly<Record<string, unknown>>

const listOf = (parent: unknown, key: string): readonly unknown[] => {
  const value = isObject(parent) ? Reflect.get(parent, key) : undefined
  return Array.isArray(value) ? value : []
}

/** The messages of a parsed body in their order, by source. */
export const readers: Readonly<Record<string, (parsed: unknown) => readonly ExpectedMessage[]>> = {
  telegram(parsed) {
    if (!isObject(parsed)) return ['quarantined']
    const message = parsed.message ?? parsed.channel_post ?? null
    if (message === null) return []
    const { update_id } = parsed
    const hasChat = isObject(message) && isObject(message.chat) && typeof message.chat.id === 'number'
    if (!hasChat || typeof update_id !== 'number') return ['quarantined']
    return [{ id: Number.isSafeInteger(update_id) ? String(BigInt(update_id)) : null }]
  },
  whatsapp(parsed) {
    if (!isObject(parsed)) return ['quarantined']
    if ((parsed.object ?? 'whatsapp_business_account') !== 'whatsapp_business_account') return []
    const changes = listOf(parsed, 'entry').flatMap(entry => listOf(entry, 'changes'))
    return changes.flatMap((change): readonly ExpectedMessage[] => {
      if (!isObject(change) || (change.field ?? 'messages') !== 'messages' || !isObject(change.value)) return []
      const messages = change.value.messages ?? []
      if (!Array.isArray(messages)) return ['quarantined']
      return messages.map(message => {
        const id = isObject(message) ? message.id : undefined
        return typeof id === 'string' && id !== '' ? { id: id.toWellFormed() } : 'quarantined'
      })
    })
  },
}

/** The ids of the chats of a Telegram update. */
export function chatsOf(parsed: Json): unknown[] {
  return Object.entries(parsed).flatMap(([kind, content]) => {
    const holder = kind === 'callback_query' && isObject(content) ? content.message : content
    const chat = kind !== 'guest_message' && isObject(holder) ? holder.chat : undefined
    return isObject(chat) && typeof chat.id === 'number' ? [chat.id] : []
  })
}

/** The status with which an ingest must answer an authentic delivery, and whether it must store it. */
export function expectedAnswer(source: string, parsed: unknown, configured: ReadonlySet<unknown>) {
  if (source === 'whatsapp') return { status: 200, isStored: true }
  if (!isObject(parsed)) return { status: 400, isStored: false }
  return { status: 200, isStored: chatsOf(parsed).some(chat => configured.has(chat)) }
}
