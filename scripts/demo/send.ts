import type { Delivery } from './deliveries.ts'

/**
 * Sends a delivery as its platform does. A forgery is signed with a wrong secret.
 * @returns the response's status
 */
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

/** Performs Meta's handshake. @returns whether the webhook echoed the challenge */
export async function verify(url: string, token: string): Promise<boolean> {
  const challenge = '1158201444'
  const query = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': challenge })
  const response = await fetch(`${url}/whatsapp?${query}`)
  return response.status === 200 && (await response.text()) === challenge
}
