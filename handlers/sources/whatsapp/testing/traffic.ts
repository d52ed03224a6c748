import type { Random } from '../../testing/random.ts'
import { type Body, bodyOf, personal } from '../../testing/traffic.ts'
import { expectedOf } from './reference.ts'

/** Generates deliveries: batches, repeated messages, statuses, events, messages and bodies that are quarantined. */
export function traffic(random: Random): () => Body {
  let ids = 0
  const recent: { readonly json: object; readonly contact: object }[] = []

  function nextMessage(): { readonly json: object; readonly contact: object } {
    // Sometimes a message of an earlier body comes again, in another body.
    if (recent.length > 0 && random.chance(0.05)) return random.pick(recent)
    const n = ids++
    const { text, name, phone } = personal(n)
    const message = {
      json: { from: phone, id: `wamid.${n}`, timestamp: String(1_762_650_000 + n), type: 'text', text: { body: text } },
      contact: { wa_id: phone, user_id: `BR.${n}`, profile: { name } },
    }
    if (recent.length < 200) recent.push(message)
    else recent[n % 200] = message
    return message
  }

  function nextStatus(): object {
    const n = ids++
    const isFailed = random.chance(0.1)
    return {
      ...{ id: `wamid.sent-${n % 500}`, status: isFailed ? 'failed' : random.pick(['sent', 'delivered', 'read']) },
      ...{ timestamp: String(1_762_650_000 + n), recipient_id: personal(n).phone },
      ...(isFailed ? { errors: [{ code: 131026, title: 'Message undeliverable' }] } : {}),
    }
  }

  /** A change of another field, which is an event. */
  function nextEvent(): object {
    const value = random.pick(['stop', 'resume'])
    const preference = { wa_id: personal(ids++).phone, category: 'marketing_messages', value }
    return { field: 'user_preferences', value: { user_preferences: [preference] } }
  }

  return () => {
    const kind = random.next()
    if (kind < 0.03) return bodyOf('whatsapp', `{"object":"whatsapp_business_account","entry":[${ids++}`, expectedOf)
    if (kind < 0.04) return bodyOf('whatsapp', Buffer.from([0xff, 0xfe, ids & 255, (ids++ >> 8) & 255]), expectedOf)
    const written = Array.from({ length: random.chance(0.02) ? 40 : 1 + random.int(3) }, nextMessage)
    const messages: unknown[] = written.map(({ json }) => json)
    if (kind < 0.08) messages.splice(random.int(messages.length + 1), 0, `palavra-${ids++}`, { from: '5511912345678' })
    const statuses = Array.from({ length: random.chance(0.2) ? 1 + random.int(3) : 0 }, nextStatus)
    const contacts = written.map(({ contact }) => contact)
    const value = { metadata: { phone_number_id: '1065' }, contacts, messages, statuses }
    const changes = [{ field: 'messages', value }, ...(random.chance(0.1) ? [nextEvent()] : [])]
    const json = { object: 'whatsapp_business_account', entry: [{ id: '1', changes }] }
    return bodyOf('whatsapp', escaped(json), expectedOf)
  }
}

/** JSON in Meta's style: ASCII, everything else escaped. */
const escaped = (value: unknown) =>
  JSON.stringify(value).replace(/[^ -~]/g, it => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)
