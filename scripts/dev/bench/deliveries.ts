import { randomOf } from '../../../handlers/sources/testing/random.ts'

/*
 * WhatsApp deliveries in Meta's format, generated from a seed: the same seed gives the same bytes on every machine.
 */

/**
 * Generates `count` bodies with messages of the common types, batches, statuses with prices, what the business itself
 * wrote, and opt-outs: about 1.05 rows each.
 * @param start epoch seconds of the day's beginning, over which the messages are spread
 */
export function* deliveries(count: number, seed: number, start = 1_795_000_000): Generator<Buffer> {
  const { next: random, pick: oneOf } = randomOf('deliveries', seed)
  const id = () => wamid('5511980000000', `3A${Array.from({ length: 18 }, () => oneOf(HEXADECIMAL)).join('')}`)
  const hash = () => Buffer.from(Array.from({ length: 32 }, () => random() * 256)).toString('base64')
  const words = () => Array.from({ length: 2 + random() * 14 }, () => oneOf(WORDS)).join(' ')

  const content = (): Readonly<Record<string, unknown>> => {
    const kind = random()
    if (kind < 0.7) return { type: 'text', text: { body: words() } }
    if (kind < 0.8) {
      const image = { caption: words(), mime_type: 'image/jpeg', sha256: hash(), id: media() }
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

  const optOut = (wa_id: string, timestamp: string) => ({
    wa_id,
    detail: 'User requested to stop marketing messages',
    category: 'marketing_messages',
    value: 'stop',
    timestamp: Number(timestamp),
  })

  for (let i = 0; i < count; i++) {
    const timestamp = String(start + Math.floor((i / count) * 86_400))
    const people = random() < 0.92 ? 1 : 2 + Math.floor(random() * 4)
    const senders = Array.from({ length: people }, () => {
      const number = Math.floor(random() * 20_000)
      const phone = `55119${80_000_000 + number}`
      const user = number % 5 === 0 ? `BR.1${String(number).padStart(16, '0')}` : undefined
      return { phone, user, name: `${NAMES[number % NAMES.length]} ${number}` }
    })
    const own = (to: string) => ({ from: BUSINESS, to, id: id(), timestamp })
    const status = (recipient_id: string) => {
      const pricing = {
        billable: true,
        pricing_model: 'PMP',
        category: oneOf(['marketing', 'utility']),
        type: 'regular',
      }
      const result = random() < 0.05 ? { errors: [{ code: 131026, title: 'Message undeliverable' }] } : { pricing }
      const status = 'errors' in result ? 'failed' : oneOf(['sent', 'delivered', 'read'])
      return { id: id(), status, timestamp, recipient_id, ...result }
    }
    const kind = random()
    const [field, value] =
      kind < 0.01
        ? ['user_preferences', { user_preferences: senders.map(({ phone }) => optOut(phone, timestamp)) }]
        : kind < 0.04
          ? ['smb_message_echoes', { message_echoes: senders.map(({ phone }) => ({ ...own(phone), ...content() })) }]
          : kind < 0.16
            ? ['messages', { statuses: senders.map(({ phone }) => status(phone)) }]
            : [
                'messages',
                {
                  contacts: senders.map(({ phone, user, name }) => ({
                    profile: { name },
                    wa_id: phone,
                    user_id: user,
                  })),
                  messages: senders.map(({ phone, user }) => ({
                    ...(random() < 0.1 ? { context: { from: phone, id: id() } } : {}),
                    from: phone,
                    from_user_id: user,
                    id: id(),
                    timestamp,
                    ...content(),
                  })),
                },
              ]
    const metadata = { display_phone_number: BUSINESS, phone_number_id: '106540352242922' }
    const changes = [{ value: { messaging_product: 'whatsapp', metadata, ...value }, field }]
    yield Buffer.from(
      JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes }] }),
    )
  }
}

/** A message id as WhatsApp makes it: the other side's number and a random part, in base64. */
const wamid = (number: string, random: string) =>
  `wamid.${Buffer.from(`\x1c\x18\x0d${number}\x15\x02\x00\x12\x18\x14${random}\x00`, 'latin1').toString('base64')}`

const HEXADECIMAL = [...'0123456789ABCDEF']

const BUSINESS = '551130001000'

const NAMES = ['Ana', 'João', 'Conceição', 'José', 'Marília', 'Zoë', '李娜', 'Ahmed', 'Renée', 'Müller']

export const WORDS =
  'bom dia oi tudo bem quero saber o preço da entrega amanhã não sim obrigada até você está às 10h 😀 pedido número'.split(
    ' ',
  )
