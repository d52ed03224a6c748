import { isDeepStrictEqual } from 'node:util'
import { S3Client } from '@aws-sdk/client-s3'
import { environmentOf, secretOf } from '../../../handlers/ingest/testing/deliveries.ts'
import { type S3Server, startS3Server } from '../../../handlers/lake/testing/s3-server.ts'
import type { TestKit } from '../../../handlers/sources/testing/test-kit.ts'
import { testKits } from '../../../handlers/sources/testing/test-kits.ts'
import { type FaultyS3, openFaultyS3 } from './faulty-s3.ts'
import { IngestPools } from './ingest-pools.ts'
import { LakeBucket } from './lake.ts'
import { jsonOf, LakeChecks, type RawDays } from './lake-checks.ts'
import { DIST } from './lambda.ts'
import { LogCheck } from './log-check.ts'
import { expectedDays, must } from './oracle.ts'
import { RunState } from './run-state.ts'
import { alteration } from './sabotage.ts'
import { Sender } from './sender.ts'
import { DAYS, type Delivery, largestShare, trafficOf } from './traffic.ts'
import { Transforms } from './transforms.ts'

export interface RunOptions {
  readonly deliveries: number
  readonly seed: number
  /** The platforms; the registered ones unless given. */
  readonly kits?: readonly TestKit[]
  /** The folder of their bundles; `dist/` unless given. */
  readonly dist?: string
  /** The name of a sabotage that breaks the code on purpose: the run must fail. */
  readonly sabotage?: string
  readonly progress?: (text: string) => void
}

/** What a run did: counts by name, the most important first. */
export type Report = Readonly<Record<string, number>>

/** How many times a day is transformed while deliveries are still being sent. */
const TRANSFORMS_DURING_DELIVERY = 20

/**
 * Sends deliveries through a faulty network to functions that are killed at random points, transforms the days during
 * and after the delivery, and compares the lake with what was sent.
 * @throws Violation at the first guarantee that does not hold
 */
export async function runWithFaults(options: RunOptions): Promise<Report> {
  const server = await startS3Server()
  const client = new S3Client({ forcePathStyle: true })
  try {
    return await runOn(server, client, options)
  } finally {
    client.destroy()
    await server.stop()
  }
}

async function runOn(server: S3Server, client: S3Client, options: RunOptions): Promise<Report> {
  const { deliveries, seed, kits = testKits, dist = DIST, sabotage = '' } = options
  const rawBucket = await server.bucket()
  const raw = new LakeBucket(rawBucket.name, client)
  const enriched = new LakeBucket((await server.bucket()).name, client)
  const s3 = await openFaultyS3({
    endpoint: process.env.AWS_ENDPOINT_URL ?? '',
    seed,
    objectsPerDay: (deliveries * 0.8 * largestShare(kits)) / DAYS.length, // every fifth body is sent again
    ...(sabotage ? { alter: alteration(sabotage, { seed, raw: raw.name, enriched: enriched.name, client }) } : {}),
  })
  const run = new RunState(seed, kits, dist, options.progress)
  const log = new LogCheck(kits.flatMap(({ source }) => source.webhook.secrets.map(secretOf)))
  const environment = functionsEnvironment(kits, s3, raw, enriched, sabotage)
  const ingests = new IngestPools(run, environment, log.read)
  const sender = new Sender(run, ingests, raw)
  const transforms = new Transforms(run, environment, log.read)
  const traffic = trafficOf(seed, deliveries, kits)
  const checks = new LakeChecks({ run, traffic, sender, raw, rawFiles: rawBucket.files, enriched })

  const watch = new AbortController()
  const watching = checks.watchTables(watch.signal).catch(run.fail)
  try {
    await run.unlessFailed(sendAndTransform(run, sender, transforms, traffic))
    await s3.idle()
    run.progress('all deliveries are acknowledged; now every day is transformed until it succeeds')
    const days = await checks.checkRaw()
    await run.unlessFailed(transforms.runAllDays())
    await s3.idle()
    run.progress('the tables are compared with what was sent; then every day is transformed again without faults')
    const { digests } = await checks.checkTables(days)

    s3.stopFaults()
    await runEveryDayAgain(run, transforms, days)
    const again = await checks.checkTables(days)
    must(isDeepStrictEqual(again.digests, digests), 'a day that is transformed again has other bytes')
    run.count('rows', again.rows)
    run.count('rows in quarantine', again.quarantinedRows)
    log.verify()
    watch.abort()
    await run.unlessFailed(watching)
    const faults = [...s3.faults.values()].reduce((sum, times) => sum + times, 0)
    const sent = { deliveries: traffic.length, bodies: checks.bodies }
    return { ...sent, ...run.counts, 'log lines': log.lines, faults, ...Object.fromEntries(s3.faults) }
  } catch (error) {
    run.fail(error)
    throw error
  } finally {
    watch.abort()
    ingests.stop()
    s3.close()
    await watching
  }
}

/** The environment of the functions, whose way to S3 leads through the faulty network. */
const functionsEnvironment = (
  kits: readonly TestKit[],
  s3: FaultyS3,
  raw: LakeBucket,
  enriched: LakeBucket,
  sabotage: string,
): NodeJS.ProcessEnv => ({
  ...process.env,
  ...environmentOf(kits.map(({ source }) => source)),
  AWS_ENDPOINT_URL: s3.url,
  AWS_ENDPOINT_URL_S3: s3.url,
  AWS_S3_BUCKET: raw.name,
  AWS_S3_RAW: raw.name,
  AWS_S3_ENRICHED: enriched.name,
  SABOTAGE: sabotage,
  TIME_ZONE: '',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
})

/** Sends all deliveries and, during that time, transforms random days at regular intervals. */
async function sendAndTransform(
  run: RunState,
  sender: Sender,
  transforms: Transforms,
  traffic: readonly Delivery[],
): Promise<void> {
  const interval = Math.ceil(traffic.length / TRANSFORMS_DURING_DELIVERY)
  const underWay: Promise<void>[] = []
  await sender.sendAll(traffic, (first, last) => {
    if (first % interval === 0 || Math.floor(first / interval) !== Math.floor(last / interval)) {
      underWay.push(transforms.runRandomDay(first).catch(run.fail))
    }
  })
  await Promise.all(underWay)
}

/** Runs every day without faults and compares the returned counts with the expected ones. */
async function runEveryDayAgain(run: RunState, transforms: Transforms, days: RawDays): Promise<void> {
  for (const date of DAYS) {
    for (const source of run.sources) {
      const stats = await transforms.runUndisturbed(source, date)
      const expected = expectedDays(run.kitOf(source), days.get(source) ?? new Map()).get(date)?.stats
      must(
        isDeepStrictEqual({ ...stats }, expected),
        `the counts of ${source} on ${date} are ${jsonOf(stats)}, not ${jsonOf(expected)}`,
      )
    }
  }
}
