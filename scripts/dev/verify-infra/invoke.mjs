import { pathToFileURL } from 'node:url'

/*
 * Stands for the Lambda runtime: imports a bundle, calls its handler with the event that the parent process sends, and
 * sends back the answer.
 */

const { handler } = await import(pathToFileURL(process.argv[2]).href)
process.once('message', async event => {
  try {
    process.send({ answer: await handler(event, { awsRequestId: 'verify' }) })
  } catch (error) {
    process.send({ error: String(error) })
  }
  process.disconnect()
})
