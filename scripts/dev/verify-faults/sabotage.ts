import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { Answer } from './faulty-s3.ts'
import { randomOf } from './random.ts'

/*
 * Ways in which the code could be broken, each to be found by a run. What the handler itself would do wrong is done in
 * its process (lambda-process.mjs); what it would make of S3's answers is done to the answers.
 */

export const SABOTAGES: Readonly<Record<string, string>> = {
  'acknowledged-unstored': 'an ingest that says 2xx though the store failed',
  'rewritten-body': 'an ingest that stores other bytes than came',
  'process-clock': "an ingest that takes the day from its own clock instead of the request's",
  'talkative-log': 'an ingest that logs what people write',
  'forgetful-listing': 'a transform that leaves out the end of a page',
  'swallowed-read': 'a transform that takes an object it cannot read for an empty one',
  'no-look-back': 'a transform that does not look at the days before',
  'half-written': 'a transform that writes a table in two steps',
  'unbalanced-account': 'a transform whose account does not balance',
}

interface Place {
  readonly seed: number
  readonly raw: string
  readonly enriched: string
  readonly direct: S3Client
}

/** What a sabotage does to the answers of S3. */
export function alteration(sabotage: string, { seed, raw, enriched, direct }: Place) {
  let reads = 0
  return async ({ method = '', url = '' }: IncomingMessage, answer: Answer): Promise<Answer> => {
    const { pathname, searchParams } = new URL(url, 'http://s3.invalid')
    const [, bucket, ...parts] = decodeURIComponent(pathname).split('/')
    const Key = parts.join('/')
    if (sabotage === 'forgetful-listing' && searchParams.has('list-type')) {
      return {
        ...answer,
        body: Buffer.from(answer.body.toString().replace(/<Contents>(?!.*<Contents>).*?<\/Contents>/s, '')),
      }
    }
    if (
      sabotage === 'swallowed-read' &&
      method === 'GET' &&
      bucket === raw &&
      Key &&
      randomOf(seed, ++reads).chance(0.02)
    ) {
      const { 'last-modified': lastModified } = answer.headers
      return { status: 200, headers: { 'last-modified': lastModified }, body: Buffer.from('{}') }
    }
    if (sabotage === 'no-look-back' && method === 'GET' && bucket === enriched && Key) {
      return {
        status: 404,
        headers: { 'content-type': 'application/xml' },
        body: Buffer.from('<Error><Code>NoSuchKey</Code></Error>'),
      }
    }
    if (sabotage === 'half-written' && method === 'PUT' && bucket === enriched && answer.status === 200) {
      const { Body } = await direct.send(new GetObjectCommand({ Bucket: bucket, Key }))
      const whole = (await Body?.transformToByteArray()) ?? new Uint8Array()
      await direct.send(new PutObjectCommand({ Bucket: bucket, Key, Body: whole.subarray(0, whole.length >> 1) }))
      await sleep(300)
      await direct.send(new PutObjectCommand({ Bucket: bucket, Key, Body: whole }))
    }
    return answer
  }
}
