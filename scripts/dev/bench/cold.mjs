import { createHmac, randomUUID } from 'node:crypto'

/*
 * Measures a bundle's first answer in a process of its own: `cold <index.mjs> <verify|unauthorized|post|day>`. Plain
 * JavaScript, so that only the bundle is loaded. Prints the CPU time since the start of the process, in milliseconds.
 */

const [bundle, what] = process.argv.slice(2)
const print = console.log
console.log = () => {}

const query = { 'hub.mode': 'subscribe', 'hub.verify_token': 'secret', 'hub.challenge': '1' }
const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [], nonce: randomUUID() })
const signature = createHmac('sha256', 'secret').update(body).digest('hex')
const events = {
  verify: { httpMethod: 'GET', queryStringParameters: query },
  unauthorized: { httpMethod: 'POST', headers: {}, body },
  post: { httpMethod: 'POST', headers: { 'x-hub-signature-256': `sha256=${signature}` }, body },
  day: { date: '2001-01-01' },
}

const { handler } = await import(bundle)
const answer = await handler(events[what], {})
if (what !== 'day' && answer.statusCode !== (what === 'unauthorized' ? 401 : 200))
  throw new Error(JSON.stringify(answer))
const { user, system } = process.cpuUsage()
print(JSON.stringify({ cpu: (user + system) / 1000 }))
process.exit()
