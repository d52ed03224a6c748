import type { Source } from '../../handlers/sources/source.ts'
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

/**
 * Performs a platform's handshake.
 * @param at the time of the handshake, in epoch milliseconds
 * @returns whether the webhook answered as the platform expects
 */
export async function shakeHands(
  url: string,
  { name, sample, webhook }: Source,
  secret: (name: string) => string,
  at: number,
): Promise<boolean> {
  if (!sample.handshake) return true
  const { method, query = {}, body, answer } = sample.handshake(secret)
  const request = body ? { method, body, headers: webhook.sign(body, secret, at) } : { method }
  const response = await fetch(`${url}/${name}?${new URLSearchParams(query)}`, request)
  return response.status === 200 && (await response.text()) === answer
}
