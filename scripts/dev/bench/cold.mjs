import { createHmac, randomUUID } from 'node:crypto'

/*
 * A bundle's first answer, in a process of its own: `cold <index.mjs> <verify|post|day>`. Plain JavaScript, so that
 * nothing but the bundle is loaded. Prints the CPU of the process since it started.
 */

const [bundle, what] = process.argv.slice(2)
const print = console.log
console.log = () => {}

const query = { 'hub.mode': 'subscribe', 'hub.verify_token': 'secret', 'hub.challenge': '1' }
const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [], nonce: randomUUID() })
const signature = createHmac('sha256', 'secret').update(body).digest('hex')
const events = {
  verify: { httpMethod: 'GET', queryStringParameters: query },
  unproven: { httpMethod: 'POST', headers: {}, body },
  post: { httpMethod: 'POST', headers: { 'x-hub-signature-256': `sha256=${signature}` }, body },
  day: { date: '2001-01-01' },
}

const { handler } = await import(bundle)
const answer = await handler(events[what], {})
if (what !== 'day' && answer.statusCode !== (what === 'unproven' ? 401 : 200)) throw new Error(JSON.stringify(answer))
const { user, system } = process.cpuUsage()
print(JSON.stringify({ cpu: (user + system) / 1000 }))
process.exit()
