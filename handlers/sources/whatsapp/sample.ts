import type { Sample } from '../sample.ts'

const CHALLENGE = '1158201444'

export const sample: Sample = {
  settings: {},
  body(n, text) {
    const from = `551191${String(n).padStart(7, '0')}`
    const message = { from, id: `wamid.sample-${n}`, timestamp: '1794226860', type: 'text', text: { body: text } }
    const value = {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: '551130000000', phone_number_id: '106540352242922' },
      contacts: [{ wa_id: from, profile: { name: `Sample ${n}` } }],
      messages: [message],
    }
    const entry = [{ id: '102290129340398', changes: [{ field: 'messages', value }] }]
    return Buffer.from(JSON.stringify({ object: 'whatsapp_business_account', entry }))
  },
  handshake: secret => ({
    method: 'GET',
    query: {
      'hub.mode': 'subscribe',
      'hub.verify_token': secret('VERIFY_TOKEN'),
      'hub.challenge': CHALLENGE,
    },
    answer: CHALLENGE,
  }),
}
