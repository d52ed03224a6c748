import { DirectoryStore } from '../../lake/directory-store.ts'
import { S3Store } from '../../lake/s3-store.ts'
import type { TestStore } from '../../lake/testing/stores.ts'
import { telegram } from '../../sources/telegram/index.ts'
import { Configuration } from '../../webhook/configuration.ts'
import { ingestHandler } from '../handler.ts'
import { telegramPost } from './deliveries.ts'

/*
 * A process with Telegram's ingest. Its parent sends it a place for raw, then updates, each of which it answers.
 */

/** What the parent sends first. */
export interface Place extends Pick<TestStore, 'files' | 'bucket'> {
  readonly env: NodeJS.ProcessEnv
}

/** The answer to an update. */
export interface Answered {
  readonly status: number
  /** The events that it logged. */
  readonly events: readonly string[]
}

let deliver: (update: unknown) => Promise<Answered> = () => Promise.reject(new Error('no place'))

process.on('message', async (message: Place | { readonly update: unknown }) => {
  if ('update' in message) process.send?.(await deliver(message.update))
  else deliver = open(message)
})

function open({ files, bucket, env }: Place): typeof deliver {
  const store = bucket === undefined ? new DirectoryStore(files) : new S3Store(bucket)
  let events: string[] = []
  const ingest = { configuration: new Configuration(env), raw: () => store, day: () => '2026-11-28' }
  const handler = ingestHandler(telegram, ingest, line => events.push(JSON.parse(line).event))
  return async update => {
    events = []
    const { statusCode } = await handler(telegramPost(update))
    return { status: statusCode, events }
  }
}
