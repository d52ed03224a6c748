import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { randomOf } from '../../../handlers/sources/testing/random.ts'
import type { Answer } from './faulty-s3.ts'

/*
 * Ways to break the code on purpose, each of which a run must find. Errors of the handler itself are made in its process
 * (lambda-process.mjs); errors in reading or writing S3 are made by altering the answers of S3.
 */

export const SABOTAGES: Readonly<Record<string, string>> = {
  'acknowledged-unstored': 'an ingest that answers 2xx although storing failed',
  'rewritten-body': 'an ingest that stores other bytes than it received',
  'process-clock': "an ingest that takes the day from its own clock instead of the request's time",
  'talkative-log': 'an ingest that logs message bodies',
  'forgetful-listing': 'a transform that skips the last object of every page of a listing',
  'swallowed-read': 'a transform that treats an object it cannot read as an empty one',
  'no-look-back': 'a transform that does not read the days before',
  'half-written': 'a transform that writes a table in two steps',
  'unbalanced-account': 'a transform whose counts do not add up',
}

/** Where a sabotage acts. */
interface Target {
  readonly seed: number
  readonly raw: string
  readonly enriched: string
  /** Reaches the S3 server without the faulty network. */
  readonly client: S3Client
}

/** The function that alters S3's answers for a sabotage. */
export function alteration(sabotage: string, { seed, raw, enriched, client }: Target) {
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
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
      const whole = (await Body?.transformToByteArray()) ?? new Uint8Array()
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: whole.subarray(0, whole.length >> 1) }))
      await sleep(300)
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: whole }))
    }
    return answer
  }
}
