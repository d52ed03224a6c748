import { pathToFileURL } from 'node:url'

/*
 * Stands for Lambda: imports the bundle that is named, gives its handler the event that is sent, sends its answer.
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
