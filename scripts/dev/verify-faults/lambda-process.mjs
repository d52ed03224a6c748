import { createHmac } from 'node:crypto'

/*
 * One execution environment of a Lambda: imports a bundle and runs its handler for every event it is sent. Plain
 * JavaScript, since it is started (and killed) by the hundred. SABOTAGE breaks it on purpose, in ways that must be found.
 */

const [bundle] = process.argv.slice(2)
const { handler } = await import(bundle)
const sabotage = process.env.SABOTAGE ?? ''

process.on('message', async ({ id, event }) => {
  try {
    const result = await handler(before(event), {
      awsRequestId: `lambda-${id}`,
      getRemainingTimeInMillis: () => 900_000,
    })
    process.send({ id, result: after(result, event) })
  } catch (error) {
    console.error(JSON.stringify({ errorType: error.name, errorMessage: error.message, stack: error.stack })) // as the Lambda runtime does
    process.send({ id, error: `${error.name}: ${error.message}` })
  }
})
process.on('disconnect', () => process.exit())
process.send({ ready: true })

function before(event) {
  if (sabotage === 'process-clock' && event.requestContext) event.requestContext.requestTimeEpoch = Date.now()
  if (sabotage === 'rewritten-body' && event.headers?.['X-Hub-Signature-256']) {
    const body = Buffer.concat([Buffer.from(event.body, 'base64'), Buffer.from(' ')])
    const hmac = createHmac('sha256', process.env.WHATSAPP_APP_SECRET).update(body).digest('hex')
    event.headers['X-Hub-Signature-256'] = `sha256=${hmac}`
    event.body = body.toString('base64')
  }
  if (sabotage === 'talkative-log' && event.body)
    console.log(JSON.stringify({ body: Buffer.from(event.body, 'base64').toString() }))
  return event
}

function after(result) {
  if (sabotage === 'acknowledged-unstored' && result.statusCode === 500) return { ...result, statusCode: 200 }
  if (sabotage === 'unbalanced-account' && result.messages) return { ...result, rows: result.rows + 1 }
  return result
}
