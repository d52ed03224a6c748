import type { Random } from '../../testing/random.ts'
import { type Body, bodyOf, type Message, personal } from '../../testing/traffic.ts'

/** Generates deliveries: batches, repeated messages, statuses, messages and bodies that are quarantined. */
export function traffic(random: Random): () => Body {
  let ids = 0
  const recent: Message[] = []

  function nextMessage(): { readonly message: Message; readonly json: object; readonly contact: object } {
    // Sometimes a message of an earlier body comes again, in another body.
    const again = recent.length > 0 && random.chance(0.05) ? random.pick(recent) : undefined
    const n = again ? Number(again.id.split('.')[1]) : ids++
    const { text, name, phone } = personal(n)
    const date = 1_762_650_000 + n
    const message = again ?? {
      id: `wamid.${n}`,
      row: {
        ...{ name, number: BigInt(phone), message: text, date: BigInt(date), type: 'text', message_id: `wamid.${n}` },
        ...{ user_id: null, phone_number_id: '1065', reply_to: null, media_id: null, media_type: null },
      },
    }
    if (!again) recent[ids % 200] = message
    return {
      message,
      json: { from: phone, id: message.id, timestamp: String(date), type: 'text', text: { body: text } },
      contact: { wa_id: phone, profile: { name } },
    }
  }

  return () => {
    const kind = random.next()
    if (kind < 0.03)
      return bodyOf('whatsapp', `{"object":"whatsapp_business_account","entry":[${ids++}`, { quarantined: 1 })
    if (kind < 0.04)
      return bodyOf('whatsapp', Buffer.from([0xff, 0xfe, ids & 255, (ids++ >> 8) & 255]), { quarantined: 1 })
    const written = Array.from({ length: random.chance(0.02) ? 40 : 1 + random.int(3) }, nextMessage)
    const messages: unknown[] = written.map(({ json }) => json)
    const quarantined = kind < 0.08 ? 2 : 0
    if (quarantined) messages.splice(random.int(messages.length + 1), 0, `palavra-${ids++}`, { from: '5511912345678' })
    const statuses = Array.from({ length: random.chance(0.2) ? 1 + random.int(3) : 0 }, () => ({
      id: `s${ids++}`,
      status: 'read',
    }))
    const contacts = written.map(({ contact }) => contact)
    const value = { metadata: { phone_number_id: '1065' }, contacts, messages, statuses }
    const json = { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] }
    return bodyOf('whatsapp', escaped(json), {
      messages: written.map(({ message }) => message),
      quarantined,
      ignored: statuses.length,
    })
  }
}

/** JSON in Meta's style: ASCII, everything else escaped. */
const escaped = (value: unknown) =>
  JSON.stringify(value).replace(/[^ -~]/g, it => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)
