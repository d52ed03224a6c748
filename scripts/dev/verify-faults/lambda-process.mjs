import { createHmac } from 'node:crypto'

/*
 * One execution environment of a Lambda function: imports a bundle and calls its handler for every event that its parent
 * process sends. Plain JavaScript, because hundreds of these are started. SABOTAGE breaks the handler on purpose.
 */

const [bundle] = process.argv.slice(2)
const { handler } = await import(bundle)
const sabotage = process.env.SABOTAGE ?? ''

process.on('message', async ({ id, event }) => {
  try {
    const result = await handler(alteredEvent(event), {
      awsRequestId: `lambda-${id}`,
      getRemainingTimeInMillis: () => 900_000,
    })
    process.send({ id, result: alteredResult(result) })
  } catch (error) {
    // the format of the Lambda runtime
    console.error(JSON.stringify({ errorType: error.name, errorMessage: error.message, stack: error.stack }))
    process.send({ id, error: `${error.name}: ${error.message}` })
  }
})
process.on('disconnect', () => process.exit())
process.send({ ready: true })

function alteredEvent(event) {
  if (sabotage === 'process-clock' && event.requestContext) event.requestContext.requestTimeEpoch = Date.now()
  if (sabotage === 'rewritten-body' && event.headers?.['x-hub-signature-256']) {
    const body = Buffer.concat([Buffer.from(event.body, 'base64'), Buffer.from(' ')])
    const hmac = createHmac('sha256', process.env.WHATSAPP_APP_SECRET).update(body).digest('hex')
    event.headers['x-hub-signature-256'] = `sha256=${hmac}`
    event.body = body.toString('base64')
  }
  if (sabotage === 'talkative-log' && event.body)
    console.log(JSON.stringify({ body: Buffer.from(event.body, 'base64').toString() }))
  return event
}

function alteredResult(result) {
  if (sabotage === 'acknowledged-unstored' && result.statusCode === 500) return { ...result, statusCode: 200 }
  if (sabotage === 'unbalanced-account' && result.messages) return { ...result, rows: result.rows + 1 }
  return result
}
