import { randomOf } from '../../../handlers/sources/testing/random.ts'

/*
 * WhatsApp deliveries in Meta's format, generated from a seed: the same seed gives the same bytes on every machine.
 */

/** Generates `count` bodies with messages of the common types, batches and statuses: about 1.05 messages each. */
export function* deliveries(count: number, seed: number): Generator<Buffer> {
  const { next: random, pick: oneOf } = randomOf('deliveries', seed)
  const id = () => `wamid.${Buffer.from(Array.from({ length: 42 }, () => random() * 256)).toString('base64')}`
  const words = () => Array.from({ length: 2 + random() * 14 }, () => oneOf(WORDS)).join(' ')

  const content = (): Readonly<Record<string, unknown>> => {
    const kind = random()
    if (kind < 0.7) return { type: 'text', text: { body: words() } }
    if (kind < 0.8) {
      const image = { caption: words(), mime_type: 'image/jpeg', sha256: id().slice(6, 50), id: media() }
      return { type: 'image', image }
    }
    if (kind < 0.86) return { type: 'audio', audio: { mime_type: 'audio/ogg; codecs=opus', id: media(), voice: true } }
    if (kind < 0.91)
      return { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: '1', title: words() } } }
    if (kind < 0.95) return { type: 'reaction', reaction: { message_id: id(), emoji: oneOf(['👍', '❤️', '😂']) } }
    if (kind < 0.98) return { type: 'location', location: { latitude: -23.55, longitude: -46.63, name: words() } }
    return { type: 'sticker', sticker: { mime_type: 'image/webp', id: media(), animated: false } }
  }
  const media = () => String(Math.floor(random() * 1e15))

  for (let i = 0; i < count; i++) {
    const timestamp = String(1_795_000_000 + Math.floor((i / count) * 86_400))
    const people = random() < 0.92 ? 1 : 2 + Math.floor(random() * 4)
    const senders = Array.from({ length: people }, () => {
      const number = Math.floor(random() * 20_000)
      return { phone: `55119${80_000_000 + number}`, name: `${NAMES[number % NAMES.length]} ${number}` }
    })
    const value =
      random() < 0.12
        ? { statuses: senders.map(({ phone }) => ({ id: id(), status: 'delivered', timestamp, recipient_id: phone })) }
        : {
            contacts: senders.map(({ phone, name }) => ({ profile: { name }, wa_id: phone })),
            messages: senders.map(({ phone }) => ({
              ...(random() < 0.1 ? { context: { from: phone, id: id() } } : {}),
              from: phone,
              id: id(),
              timestamp,
              ...content(),
            })),
          }
    const metadata = { display_phone_number: '551130001000', phone_number_id: '106540352242922' }
    const changes = [{ value: { messaging_product: 'whatsapp', metadata, ...value }, field: 'messages' }]
    yield Buffer.from(
      JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes }] }),
    )
  }
}

const NAMES = ['Ana', 'João', 'Conceição', 'José', 'Marília', 'Zoë', '李娜', 'Ahmed', 'Renée', 'Müller']

const WORDS =
  'bom dia oi tudo bem quero saber o preço da entrega amanhã não sim obrigada até você está às 10h 😀 pedido número'.split(
    ' ',
  )
