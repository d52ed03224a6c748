import type { Delivery } from './deliveries.ts'

/** Sends a delivery as its platform does; a forged one is signed with a secret that is not ours. */
export async function send(
  url: string,
  { source, body, arrivesAt, isAuthentic }: Delivery,
  secret: (name: string) => string,
): Promise<number> {
  const headers = source.webhook.sign(body, isAuthentic ? secret : () => 'guessed', arrivesAt)
  const response = await fetch(`${url}/${source.name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  await response.arrayBuffer()
  return response.status
}

/** Meta's handshake; whether the challenge came back. */
export async function verify(url: string, token: string): Promise<boolean> {
  const challenge = '1158201444'
  const query = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': challenge })
  const response = await fetch(`${url}/whatsapp?${query}`)
  return response.status === 200 && (await response.text()) === challenge
}
